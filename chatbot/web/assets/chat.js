// The page's script. Gradio places the components and calls the functions that are exported here;
// the rest listens to the controls in the server's HTML, each named by its `data-do`.

import * as conversations from "./conversations.js";
import * as evidence from "./evidence.js";
import { at, copy, pause, places, run, runPatiently, toast, words } from "./net.js";
import * as turns from "./turns.js";

let conversation = conversations.newConversation();
let page = null; // the first reply of the server: `filters`, the serving `build`, …

export function submit(question) {
  const tooLong = question.length > page.longest && page.too_long;
  const problem = /[\p{L}\p{N}_]/u.test(question) ? tooLong : words.problem_question_without_words;
  if (problem) {
    toast(problem, "dismiss");
    return question; // stays in the box
  }
  sessionStorage.removeItem("draft");
  const said = conversation.turns.map((turn) => turn.asked ?? turn.question);
  ask({ question, before: said.slice(-4), filters: page.filters });
  return "";
}

function ask(turn) {
  conversation.turns.push(turn);
  turn.at = conversation.at = Date.now();
  const node = turns.turnElement(turn);
  answer(node, true); // first, so that the server works while the page is laid out
  keep();
  conversations.setCurrent(conversation.id);
  places.turns.append(node);
  at("welcome").hidden = true;
  node.scrollIntoView(); // reading begins with the best sentence
}

async function answer(node, isNew = false) {
  const answered = await turns.answer(node);
  if (!answered) return;
  keep(isNew); // an open menu stays open while old turns are answered
  if (!isNew) return;
  at("announce").textContent = answered.said;
  node.scrollIntoView();
  if (answered.serving === page.build) return;
  page.build = answered.serving;
  at("standing").innerHTML = answered.standing;
  toast(words.build_switched);
}

function askAgain(control, changes) {
  const node = control.closest(".turn");
  Object.assign(turns.turnOf(node), { build: "" }, changes);
  return answer(node);
}

function keep(listed = true) {
  // It may have been renamed in the meantime, here or in another tab, or deleted there.
  const kept = conversations.load(conversation.id);
  if (!kept && !listed) return;
  conversation.name = kept?.name ?? conversation.name;
  if (conversation.turns.length && !conversations.save(conversation)) toast(words.storage_full);
  if (listed) conversations.list(conversation.id);
}

// In a long conversation, only turns near the visible part are answered again.
const nearing = new IntersectionObserver((seen) => {
  for (const { target } of seen.filter((entry) => entry.isIntersecting)) {
    nearing.unobserve(target);
    answer(target);
  }
}, { rootMargin: "800px" });

export function open(id) {
  conversation = (id && conversations.load(id)) || conversations.newConversation();
  conversations.setCurrent(conversation.id);
  const nodes = conversation.turns.map(turns.turnElement);
  places.turns.replaceChildren(...nodes);
  nearing.disconnect();
  nodes.at(-1)?.scrollIntoView();
  for (const node of nodes) nearing.observe(node);
  at("welcome").hidden = nodes.length > 0;
  conversations.list(conversation.id);
  toggleDrawer(false);
  if (!id && matchMedia("(pointer: fine)").matches) at("question").focus({ preventScroll: true });
}

// The server turns the values of Gradio's boxes into filters; returns updates of the panel.
export async function narrow(...boxes) {
  const asking = runPatiently(() => {}, "page_filters", page.filters, boxes, isOpen("narrow"));
  asking.catch(({ message }) => toast(message)); // the filters stay as they were
  const reply = await asking;
  page.filters = reply.filters;
  history.replaceState(history.state, "", reply.address);
  places.chips.innerHTML = reply.chips; // made by the server, all text escaped
  places.left.innerHTML = reply.left;
  const typing = ["date_from", "date_to"].indexOf(document.activeElement.closest(".block")?.id);
  if (typing >= 0 && !boxes.length) delete reply.updates.at(typing - 2)?.value; // typed meanwhile
  for (const [id, open] of reply.folds) at(id)?.setAttribute("aria-expanded", open || isOpen(id));
  return reply.updates;
}

export function setFilters(filters) {
  page.filters = filters;
  places.chips.narrow(); // Gradio calls the above
}

function toggleDrawer(open = !isOpen("menu")) {
  at("menu").ariaExpanded = String(open);
  at("app").dataset.drawer = open ? "open" : "closed";
  if (open) at("new").focus();
}

const ACTIONS = {
  again: (button) => answer(button.closest(".turn")),
  apply: (form) => askAgain(form, { asked: form.querySelector("input").value, fresh: false }),
  "as-new": (button) => askAgain(button, { fresh: true, asked: null }),
  "as-follow-up": (button) => askAgain(button, { fresh: false, asked: null }),
  "search-all": (button) => { setFilters({}); return askAgain(button, { filters: {} }); },
  context: turns.toggleContext,
  copy: ({ dataset }) => copy(dataset),
  rate: (control) => evidence.rate(control).then(keep),
  print: () => window.print(), // the print style picks the turn whose button has the focus
  source: evidence.open,
  filter: ({ dataset }) => setFilters(JSON.parse(dataset.filters)),
  word: ({ dataset }) => type(dataset.question),
  example: ({ dataset }) => submit(dataset.question),
  menu: () => toggleDrawer(),
  find: keep,
  open: (button) => open(button.closest("li").dataset.id),
  rename: (form) => { conversations.rename(form); keep(); },
  export: conversations.download,
  delete: (button) => (conversations.remove(button) === conversation.id ? open() : keep()),
  undo: () => open(conversations.undo()),
  dismiss: () => at("toast").replaceChildren(),
  "pane-close": evidence.close,
  "pane-step": ({ dataset }) => evidence.walk(Number(dataset.step)),
};

async function act(event) {
  const fold = event.type === "click" && event.target.closest(".fold");
  if (fold) fold.ariaExpanded = String(fold.ariaExpanded !== "true");
  const control = event.target.closest(event.type === "submit" ? "form" : "[data-do]:not(form)");
  if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  control.closest(".more")?.removeAttribute("open");
  try {
    await ACTIONS[control.dataset.do](control);
  } catch (failure) {
    toast(failure.message);
  }
}

function type(text) {
  at("question").value = text;
  at("question").dispatchEvent(new Event("input")); // tells Gradio's component
  at("question").focus();
}

function pressed(event) {
  const { key, target } = event;
  const field = target.closest("input, textarea");
  const isHelp = key === "?" && (!field || (field.id === "question" && !field.value));
  if (key === "Escape") return leave(target);
  const isSubmit = key === "Enter" && field?.id === "question" && !event.shiftKey;
  if (isHelp) toast(words.shortcuts, "dismiss");
  else if (isSubmit && !event.isComposing) type(submit(field.value)); // Gradio's is 12 ms slower
  else if (field || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  else if (key === "Enter" && target.matches(".evidence")) evidence.open(target);
  else if (key === "j" || key === "k") evidence.walk(key === "j" ? 1 : -1);
  else if (key === "/") at("question").focus();
  else return undefined;
  return event.preventDefault();
}

function leave(target) {
  if (target.closest("[popover]") || evidence.close()) return; // a popover closes by itself
  if (isOpen("narrow")) at("narrow").click();
  else if (isOpen("menu")) toggleDrawer(false);
  else target.blur();
}

const isOpen = (id) => at(id).ariaExpanded === "true";
const callBegin = () => runPatiently(() => {}, "page_begin", location.search).catch(notYet);
const firstPage = callBegin();

// Gradio passes an element of the page, and a function that triggers its event.
export function placed(name, element, trigger) {
  places[name] = Object.assign(element, { narrow: () => trigger("change") });
}

function fill() {
  Object.assign(words, page.words);
  document.documentElement.lang = page.language;
  document.title = words.title;
  for (const [name, html] of Object.entries(page.html)) places[name].innerHTML = html;
}

async function notYet({ message }) {
  while (!places.waiting || !at("app")) await pause(50); // Gradio may not have made them yet
  places.waiting.replaceChildren(message);
  if (message) at("app").dataset.waiting = "true";
  await pause(5_000);
  return callBegin();
}

// Without an index the page shows how to build one, and polls until there is one.
export async function begin(components) {
  // Gradio's components load one by one.
  const isMade = () => at("box")?.querySelector("textarea") && at("narrow");
  while (!isMade() || Object.keys(places).length < components) await pause(10);
  document.addEventListener("click", act, true); // before Gradio reads what is open
  page = await firstPage;
  for (fill(); !page.build; fill()) {
    at("app").dataset.waiting = "true";
    await pause(2_000);
    page = await callBegin();
  }
  conversations.belongTo(page.account);
  const field = document.querySelector("#box textarea");
  Object.assign(field, { id: "question", dir: "auto" });
  field.setAttribute("aria-describedby", "hint");
  if (sessionStorage.getItem("draft")) type(sessionStorage.getItem("draft"));
  field.addEventListener("input", () => sessionStorage.setItem("draft", field.value));
  document.addEventListener("submit", act);
  document.addEventListener("keydown", pressed);
  addEventListener("popstate", evidence.closed);
  addEventListener("storage", () => conversations.list(conversation.id)); // from another tab
  at("narrow").ariaExpanded = "false";
  at(`language-${page.language}`).ariaPressed = "true";
  history.replaceState(null, "", page.address);
  open(page.asked || page.fresh ? null : conversations.current()?.id);
  if (page.asked) ask(page.asked);
  at("app").dataset.ready = "true";
  const examples = at("examples");
  if (examples.childElementCount) return page.updates;
  run("page_examples").then(({ html }) => { examples.innerHTML = html; }, () => {});
  return page.updates;
}
