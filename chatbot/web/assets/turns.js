// A turn: a question and what the server answers. Only the new turn travels; the earlier ones
// stay in the page as they are.

import { announce, call, callPatiently, element, state, tellTimes } from "./net.js";

const known = new WeakMap();

export const turnOf = (node) => known.get(node.closest(".turn"));

export function sent(turn) {
  const alone = turn.fresh || turn.asked !== null;
  return {
    question: turn.asked ?? turn.question,
    history: alone ? [] : turn.before,
    filters: turn.filters,
    build: turn.build,
    as_new: turn.fresh && turn.asked === null,
  };
}

export function turnElement(turn) {
  const question = element("h2", { class: "question", dir: "auto" }, turn.question);
  const reply = element("div", { class: "reply" });
  const made = element("article", { class: "turn", "aria-label": state.words.you_asked }, question, reply);
  known.set(made, turn);
  return made;
}

// Show the answer to a turn, from the build that it was asked of, or else from today's.
export async function answer(node, changed) {
  const turn = known.get(node);
  const reply = node.querySelector(".reply");
  const number = (node.asking = (node.asking ?? 0) + 1);
  const wait = (words) => reply.replaceChildren(element("p", { class: "working" }, words));
  node.setAttribute("aria-busy", "true");
  if (reply.querySelector(".answer")) reply.classList.add("stale");
  else wait(state.words.working);
  try {
    const found = await callPatiently("/page/answer", sent(turn), () => wait(state.words.lost));
    if (number !== node.asking) return null;
    reply.innerHTML = found.html; // made by the server, every word of a document escaped
    if (!turn.build) turn.build = found.build;
    if (turn.asked !== null) showAsked(reply.querySelector(".answer"), turn);
    tellTimes(reply);
    for (const each of reply.querySelectorAll(".source")) each.dataset.address = each.href; // for paper
    showVotes(reply, turn);
    changed?.(found);
    return found;
  } catch (failure) {
    if (number === node.asking) reply.replaceChildren(problem(node, failure, changed));
    return null;
  } finally {
    if (number === node.asking) {
      reply.classList.remove("stale");
      node.removeAttribute("aria-busy");
    }
  }
}

function problem(node, failure, changed) {
  const again = element("button", { type: "button" }, state.words.again);
  again.addEventListener("click", () => answer(node, changed));
  announce(failure.message);
  return element("section", { class: "answer problem" }, element("p", {}, failure.message), again);
}

function showAsked(answered, turn) {
  const chip = element("p", { class: "understood" });
  chip.append(
    element("span", {}, state.words.asked_as), " ",
    element("bdi", { class: "interpreted" }, turn.asked), " ",
    element("button", { type: "button", "data-do": "edit" }, state.words.edit),
  );
  if (turn.before.length) {
    chip.append(element("button", { type: "button", "data-do": "as-follow-up" }, state.words.as_follow_up));
  }
  answered.prepend(chip);
}

function showVotes(reply, turn) {
  for (const each of reply.querySelectorAll(".evidence")) {
    const vote = turn.votes[each.dataset.passage];
    for (const thumb of each.querySelectorAll(".thumb")) {
      thumb.setAttribute("aria-pressed", String(thumb.dataset.do === vote));
    }
  }
}

// -- how a question was understood -----------------------------------------------------------

export function askedAnew(node, changes, changed) {
  Object.assign(known.get(node), { build: "" }, changes);
  return answer(node, changed);
}

export function edit(button, changed) {
  const node = button.closest(".turn");
  const chip = button.closest(".understood");
  const field = element("input", { type: "text", dir: "auto", "aria-label": state.words.understood });
  field.value = chip.querySelector(".interpreted").textContent;
  const apply = element("button", { type: "submit" }, state.words.apply);
  const cancel = element("button", { type: "button" }, state.words.cancel);
  const form = element("form", { class: "understood editing" }, field, apply, cancel);
  const back = () => form.replaceWith(chip);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) askedAnew(node, { asked: field.value, fresh: false }, changed);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      back();
      chip.querySelector("button").focus();
    }
  });
  cancel.addEventListener("click", back);
  chip.replaceWith(form);
  field.focus();
}

// -- a passage in its surroundings -----------------------------------------------------------

export async function toggleContext(button) {
  const evidence = button.closest(".evidence");
  const shown = evidence.querySelectorAll(".context");
  const open = button.getAttribute("aria-expanded") === "true";
  if (!shown.length && !open) await addContext(evidence);
  for (const each of evidence.querySelectorAll(".context")) each.hidden = open;
  button.setAttribute("aria-expanded", String(!open));
  button.textContent = open ? state.words.context : state.words.context_hide;
}

async function addContext(evidence) {
  const [start, end] = evidence.dataset.span.split("-");
  const build = evidence.closest(".answer").dataset.build;
  const wanted = new URLSearchParams({ doc_id: evidence.dataset.doc, start, end, build });
  const before = element("div", { class: "context" });
  const after = element("div", { class: "context" });
  try {
    const found = await call(`/page/context?${wanted}`);
    before.innerHTML = found.before; // as escaped as an answer
    after.innerHTML = found.after;
    if (!found.before && !found.after) after.textContent = state.words.context_none;
  } catch (failure) {
    after.textContent = failure.message;
  }
  evidence.querySelector(".passage").before(before);
  evidence.querySelector(".passage").after(after);
}
