// What can be done with a passage: walk through them, cite, judge.

import { Refused, call, element, state, toast } from "./net.js";
import { voice } from "./store.js";
import { sent, turnOf } from "./turns.js";

// Within what is unfolded; what is only scrolled out of view counts.
const visible = (node) => node.checkVisibility();

export function passages(root) {
  return [...root.querySelectorAll(".evidence")].filter(visible);
}

// Move the focus to the next passage (1) or the previous one (-1).
export function walk(step) {
  const turns = document.getElementById("turns");
  const here = document.activeElement?.closest?.(".evidence");
  const found = passages(turns);
  const latest = passages(turns.querySelector(".turn:last-child") ?? turns)[0];
  const next = here ? found[found.indexOf(here) + step] : latest;
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

export const sourceOf = (evidence) => evidence.querySelector(".source").href;

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(state.words.copied);
  } catch {
    toast(state.words.not_copied);
  }
}

export function cite(evidence) {
  return copy(`${evidence.dataset.citation}\n${sourceOf(evidence)}`);
}

// The address that asks the same of the same build, for whoever opens it.
export function permalink(node) {
  const asked = sent(turnOf(node));
  const parameters = new URLSearchParams({ q: asked.question });
  const answered = node.closest(".turn").querySelector(".answer")?.dataset.build;
  parameters.set("build", asked.build || answered || "");
  for (const each of asked.history) parameters.append("after", each);
  for (const [name, values] of Object.entries(asked.filters)) {
    for (const value of [values].flat()) parameters.append(name, value);
  }
  return `${location.origin}/?${parameters}`;
}

// -- thumbs ----------------------------------------------------------------------------------

export async function vote(thumb, keep) {
  const evidence = thumb.closest(".evidence");
  const verdict = thumb.dataset.do;
  if (!(await send(evidence, verdict))) return;
  for (const each of evidence.querySelectorAll(".thumb")) {
    each.setAttribute("aria-pressed", String(each === thumb));
  }
  turnOf(evidence).votes[evidence.dataset.passage] = verdict;
  keep();
  toast(state.words.thanks);
  offerComment(evidence, verdict);
}

async function send(evidence, verdict, comment) {
  const asked = sent(turnOf(evidence));
  const judged = {
    question: asked.question,
    history: asked.history,
    build: evidence.closest(".answer").dataset.build,
    doc_id: evidence.dataset.doc,
    passage_id: evidence.dataset.passage,
    verdict,
    voice: voice(),
    ...(comment ? { comment } : {}),
  };
  try {
    await call("/api/v1/feedback", judged);
    return true;
  } catch (failure) {
    toast(failure instanceof Refused ? failure.message : state.words.feedback_failed);
    return false;
  }
}

function offerComment(evidence, verdict) {
  evidence.querySelector(".comment")?.remove();
  const field = element("input", {
    type: "text", maxlength: "1000", dir: "auto",
    placeholder: state.words.comment_placeholder, "aria-label": state.words.comment_label,
  });
  const form = element(
    "form", { class: "comment" }, field, element("button", { type: "submit" }, state.words.comment_send),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (field.value.trim() && !(await send(evidence, verdict, field.value.trim()))) return;
    form.remove();
    toast(state.words.thanks);
    evidence.focus();
  });
  evidence.querySelector(".actions").after(form);
}
