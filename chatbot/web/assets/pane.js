// The source beside the answer; over it where there is no room. Back, Esc and a button return.

import { element, state } from "./net.js";
import { passages, sourceOf } from "./evidence.js";

let opened = null; // the passage whose source is shown
let returnTo = null;

export const isOpen = () => opened !== null;

export function open(evidence, from) {
  if (!isOpen()) history.pushState({ pane: true }, "");
  returnTo = from ?? returnTo ?? evidence;
  show(evidence);
  document.getElementById("app").dataset.pane = "open";
  const pane = document.getElementById("pane");
  pane.hidden = false;
  pane.querySelector("[data-do=pane-close]").focus({ preventScroll: true });
}

function show(evidence) {
  opened?.classList.remove("opened");
  opened = evidence;
  evidence.classList.add("opened");
  const address = sourceOf(evidence);
  // A frame of its own each time: to change the address of one would add to the history.
  const frame = element("iframe", { src: address, title: state.words.source });
  document.getElementById("pane-frame").replaceChildren(frame);
  document.getElementById("pane-tab").href = address;
  document.getElementById("pane-place").textContent = evidence.querySelector(".source").textContent;
  const found = around(evidence);
  const place = found.indexOf(evidence);
  document.querySelector("[data-do=pane-previous]").disabled = place <= 0;
  document.querySelector("[data-do=pane-next]").disabled = place < 0 || place === found.length - 1;
}

const around = (evidence) => passages(evidence.closest(".turn"));

export function step(by) {
  const next = around(opened)[around(opened).indexOf(opened) + by];
  if (!next) return;
  show(next);
  returnTo = next;
  next.scrollIntoView({ block: "nearest" });
}

// The browser's own Back closes the pane, so that every way out is the same.
export function close() {
  if (isOpen()) history.back();
}

export function closed() {
  if (!isOpen()) return;
  opened.classList.remove("opened");
  opened = null;
  document.getElementById("app").dataset.pane = "closed";
  document.getElementById("pane").hidden = true;
  document.getElementById("pane-frame").replaceChildren();
  returnTo?.focus({ preventScroll: true });
  returnTo?.scrollIntoView({ block: "nearest" });
  returnTo = null;
}
