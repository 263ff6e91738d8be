// The page: Gradio gives the frame, this file fills it and listens.

import * as evidence from "./evidence.js";
import * as narrowing from "./narrowing.js";
import { announce, call, callPatiently, state, tellTimes, toast } from "./net.js";
import * as pane from "./pane.js";
import * as sidebar from "./sidebar.js";
import * as store from "./store.js";
import * as turns from "./turns.js";

const DRAFT = "chatbot.draft";
const LANGUAGE = "chatbot-language"; // a cookie: the pages of sources and documents follow it
const LOOK = 2_000; // how long to wait before looking again whether there is an index
const BEFORE = 4; // earlier questions that a follow-up is sent with; the server needs fewer

let conversation = store.newConversation();
let build = "";
let longest = 4000;
let nearing = null;

const at = (id) => document.getElementById(id);

// -- asking ----------------------------------------------------------------------------------

function ask(question, { before, filters = narrowing.chosen(), asked = null, of = "" } = {}) {
  const said = conversation.turns.map((turn) => turn.asked ?? turn.question);
  const turn = store.turnFrom({ question, asked, before: before ?? said.slice(-BEFORE), filters, build: of });
  conversation.turns.push(turn);
  conversation.at = Date.now();
  keep();
  store.setCurrent(conversation.id);
  const node = turns.turnElement(turn);
  at("turns").append(node);
  showWelcome();
  bringUp(node);
  showAnswer(node, { latest: true });
}

async function showAnswer(node, { latest = false } = {}) {
  const found = await turns.answer(node, keep);
  if (!found || !latest) return;
  announce(found.said);
  bringUp(node);
  if (found.serving !== build) {
    if (build) toast(state.words.build_switched);
    build = found.serving;
    at("standing").innerHTML = found.standing;
    tellTimes(at("standing"));
  }
}

// The question at the top of the window, so that reading begins with the best sentence.
function bringUp(node) {
  if (node.previousElementSibling) node.scrollIntoView({ block: "start" });
  else scrollTo(0, 0);
}

function submit() {
  const field = at("question");
  const question = field.value;
  if (!/[\p{L}\p{N}_]/u.test(question)) {
    toast(state.words.problem_question_without_words);
    field.focus();
    return;
  }
  field.value = "";
  sessionStorage.removeItem(DRAFT);
  fit();
  // More than the server takes is refused there, with a sentence; no need to keep a megabyte.
  ask(question.slice(0, longest + 1));
}

function keep() {
  if (!conversation.turns.length) return;
  if (!store.save(conversation)) toast(state.words.storage_full);
  sidebar.show(conversation.id, open);
}

function fit() {
  const field = at("question");
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
}

// -- conversations ---------------------------------------------------------------------------

function open(id) {
  conversation = (id && store.load(id)) || store.newConversation();
  store.setCurrent(conversation.id);
  const nodes = conversation.turns.map(turns.turnElement);
  at("turns").replaceChildren(...nodes);
  nearing?.disconnect();
  // Of a long conversation only what is near to be seen is answered anew.
  nearing = new IntersectionObserver((seen) => {
    for (const { target } of seen.filter((each) => each.isIntersecting)) {
      nearing.unobserve(target);
      showAnswer(target);
    }
  }, { rootMargin: "800px" });
  if (nodes.length) bringUp(nodes.at(-1));
  for (const node of nodes) nearing.observe(node);
  showWelcome();
  sidebar.show(conversation.id, open);
  sidebar.toggleDrawer(false);
}

function showWelcome() {
  at("welcome").hidden = conversation.turns.length > 0;
}

// -- clicks and keys -------------------------------------------------------------------------

const DOINGS = {
  context: turns.toggleContext,
  cite: (button) => evidence.cite(button.closest(".evidence")),
  link: (button) => evidence.copy(evidence.sourceOf(button.closest(".evidence"))),
  up: (button) => evidence.vote(button, keep),
  down: (button) => evidence.vote(button, keep),
  permalink: (button) => evidence.copy(evidence.permalink(button)),
  "copy-command": () => evidence.copy(document.querySelector(".command code").textContent),
  print: (button) => printOne(button.closest(".turn")),
  edit: (button) => turns.edit(button, keep),
  "as-new": (button) => turns.askedAnew(button.closest(".turn"), { fresh: true, asked: null }, keep),
  "as-follow-up": (button) => turns.askedAnew(button.closest(".turn"), { fresh: false, asked: null }, keep),
  word: (button) => askWith(button),
  "search-all": (button) => { narrowing.set({}); turns.askedAnew(button.closest(".turn"), { filters: {} }, keep); },
  example: (button) => ask(button.dataset.question),
  new: () => { open(null); at("question").focus(); },
  menu: () => sidebar.toggleDrawer(),
  narrow: () => narrowing.toggle(),
  language: (button) => { document.cookie = `${LANGUAGE}=${button.dataset.language}; path=/; max-age=31536000; samesite=lax`; location.reload(); },
  "pane-close": () => pane.close(),
  "pane-next": () => pane.step(1),
  "pane-previous": () => pane.step(-1),
};

function clicked(event) {
  const source = event.target.closest("#turns a.source");
  if (source && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    const shown = source.closest(".evidence") ?? source.closest(".answer").querySelector(".cards .evidence");
    pane.open(shown, source);
    return;
  }
  const button = event.target.closest("[data-do]");
  if (button) DOINGS[button.dataset.do]?.(button);
}

function askWith({ dataset: { word, other } }) {
  const [turn] = conversation.turns.slice(-1);
  const field = at("question");
  field.value = (turn?.asked ?? turn?.question ?? "").replace(new RegExp(word.replace(/\W/g, "\\$&"), "iu"), other);
  field.focus();
  fit();
}

function printOne(node) {
  document.querySelectorAll(".printed").forEach((each) => each.classList.remove("printed"));
  node.classList.add("printed");
  document.body.classList.add("print-one");
  window.print();
  document.body.classList.remove("print-one");
}

function pressed(event) {
  if (event.key === "Escape") return escape(event);
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  // Nobody begins a question with a question mark.
  const help = event.key === "?" && (!typing || (typing.id === "question" && !typing.value));
  if (help) toast(state.words.shortcuts, { label: state.words.close, run: () => {} });
  else if (typing || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  else if (event.key === "Enter" && event.target.matches(".evidence")) pane.open(event.target, event.target);
  else if (event.key === "j") pane.isOpen() ? pane.step(1) : evidence.walk(1);
  else if (event.key === "k") pane.isOpen() ? pane.step(-1) : evidence.walk(-1);
  else if (event.key === "/") at("question").focus();
  else return undefined;
  return event.preventDefault();
}

function escape(event) {
  if (pane.isOpen()) pane.close();
  else if (!at("narrowing").hidden) narrowing.toggle(false);
  else if (at("app").dataset.drawer === "open") sidebar.toggleDrawer(false);
  else event.target.blur?.();
}

// -- beginning -------------------------------------------------------------------------------

const there = (id) => new Promise((resolve) => {
  const look = () => at(id) && (watching.disconnect(), resolve(at(id)));
  const watching = new MutationObserver(look);
  watching.observe(document, { childList: true, subtree: true });
  look();
});

function listen() {
  const field = at("question");
  document.addEventListener("keydown", pressed);
  addEventListener("popstate", () => pane.closed());
  at("asking").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  field.addEventListener("input", () => { sessionStorage.setItem(DRAFT, field.value); fit(); });
  field.value = sessionStorage.getItem(DRAFT) ?? "";
  narrowing.listen();
}

// What the address asks for: a question, the build it was asked of, and filters.
function followAddress() {
  const asked = new URLSearchParams(location.search);
  narrowing.set(narrowing.fromAddress(asked));
  const question = asked.get("q");
  if (question) {
    const address = new URL(location.href);
    for (const name of ["q", "build", "after"]) address.searchParams.delete(name);
    history.replaceState(null, "", address);
    open(null);
    ask(question.slice(0, longest + 1), { before: asked.getAll("after").slice(-BEFORE), of: asked.get("build") ?? "" });
  } else open(store.current()?.id);
}

function speak(frame) {
  Object.assign(state, { words: frame.words, language: frame.language });
  document.documentElement.lang = frame.language;
  document.title = frame.words.title;
}

// Without an index the page says how to build one, and looks for it until it is there.
async function indexed(app, frame) {
  for (let shown = ""; !frame.build;) {
    if (frame.html !== shown) {
      speak(frame);
      app.innerHTML = shown = frame.html; // made by the server, the names of folders escaped
      app.dataset.waiting = "true";
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    frame = await call("/page/frame").catch(() => frame);
  }
  delete app.dataset.waiting;
  return frame;
}

async function begin() {
  const coming = callPatiently("/page/frame", undefined, () => {});
  document.addEventListener("click", clicked);
  const app = await there("app");
  const frame = await indexed(app, await coming);
  speak(frame);
  ({ build, longest } = frame);
  app.innerHTML = frame.html; // made by the server from its own texts
  tellTimes(app);
  listen();
  followAddress();
  if (matchMedia("(pointer: fine)").matches && !pane.isOpen()) at("question").focus({ preventScroll: true });
  app.dataset.ready = "true";
  const examples = await call("/page/examples").catch(() => ({ html: "" }));
  at("examples").innerHTML = examples.html;
}

begin();
