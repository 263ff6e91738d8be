// Passages: move between them, open a source beside the answer, rate one.

import { voice } from "./conversations.js";
import { at, copyOf, places, run, toast, words } from "./net.js";
import { turnOf } from "./turns.js";

let [opened, returnTo] = [null, null]; // the passage whose source is shown; where to go back

// Unfolded passages only; passages scrolled out of view count.
const passages = (root) =>
  [...root.querySelectorAll(".evidence")].filter((node) => node.checkVisibility());

// Move the focus, or the open source, to the next passage (1) or the previous one (-1).
export function walk(step) {
  const here = opened ?? document.activeElement?.closest?.(".evidence");
  const all = passages(opened?.closest(".turn") ?? places.turns);
  const latest = passages(places.turns.lastElementChild ?? places.turns)[0];
  const next = here ? all[all.indexOf(here) + step] : latest;
  if (!next) return;
  if (opened) show(next, next);
  else next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

// From a passage or a link to its source; the best sentence's link is the first passage's.
export function open(from) {
  if (!opened) history.pushState({ pane: true }, "");
  at("app").dataset.pane = "open";
  show(from.closest(".evidence") ?? from.closest(".answer").querySelector(".evidence"), from);
  at("pane").querySelector("[data-do=pane-close]").focus({ preventScroll: true });
}

function show(evidence, from) {
  opened?.classList.remove("opened");
  [opened, returnTo] = [evidence, from];
  evidence.classList.add("opened");
  const link = evidence.querySelector(".source");
  // A new frame each time, because changing a frame's address adds to the history.
  const frame = copyOf("source-frame");
  frame.src = at("pane-tab").href = link.href;
  frame.onload = () => {
    const inside = frame.contentDocument; // none in the browser's own page: the server is away
    at("pane").dataset.lost = String(!inside);
    if (!inside) setTimeout(() => { frame.src = link.href; }, 2_000);
    const passOn = (event) => frame.dispatchEvent(new KeyboardEvent("keydown", event));
    inside?.addEventListener("keydown", passOn); // it runs no script of its own
  };
  at("pane-frame").replaceChildren(frame);
  at("pane-place").textContent = link.textContent;
  const all = passages(evidence.closest(".turn"));
  at("pane").querySelector('[data-step="-1"]').disabled = evidence === all[0];
  at("pane").querySelector('[data-step="1"]').disabled = evidence === all.at(-1);
}

// The browser's own Back closes the source, so that every way out is the same.
export function close() {
  if (opened) history.back();
  return opened !== null;
}

export function closed() {
  if (!opened) return;
  opened.classList.remove("opened");
  opened = null;
  at("app").dataset.pane = "closed";
  at("pane-frame").replaceChildren();
  returnTo.focus();
}

// A thumb is pressed, or withdrawn by a second press, or the comment on it is sent.
export async function rate(control) {
  const rating = control.closest(".rating");
  const comment = control.querySelector("input")?.value.trim();
  const verdict = control.ariaPressed === "true" ? "none" : control.dataset.verdict;
  const thumb = { ...JSON.parse(rating.dataset.thumb), verdict, comment, voice: voice() };
  const { html } = await run("page_feedback", turnOf(rating), thumb);
  turnOf(rating).votes[thumb.passage_id] = verdict;
  rating.innerHTML = html;
  rating.querySelector(".thumb").focus();
  if (verdict !== "none") toast(words.thanks);
}
