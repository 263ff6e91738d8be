// A turn is a question with its answer. Only the new turn is sent and rendered.

import { at, copyOf, run, runPatiently } from "./net.js";

const stored = new WeakMap();
const latest = new WeakMap(); // the last request for a turn

export const turnOf = (node) => stored.get(node.closest(".turn"));

export function turnElement(turn) {
  const node = copyOf("new-turn");
  node.querySelector(".question").textContent = turn.question;
  stored.set(node, turn);
  return node;
}

// Show the answer to a turn, from the build that it names or else the current one.
export async function answer(node) {
  const reply = node.querySelector(".reply");
  const whileLost = () => reply.replaceChildren(copyOf("lost"));
  const asking = runPatiently(whileLost, "page_answer", stored.get(node));
  latest.set(node, asking);
  node.ariaBusy = "true";
  const answered = await asking.catch((failure) => ({ problem: failure.message }));
  if (latest.get(node) !== asking) return null;
  node.ariaBusy = null;
  if (answered.problem) {
    reply.replaceChildren(copyOf("problem"));
    reply.querySelector("p").textContent = at("announce").textContent = answered.problem;
    return null;
  }
  reply.innerHTML = answered.html; // made by the server, which escapes all document text
  for (const link of reply.querySelectorAll(".source")) link.dataset.address = link.href; // paper
  Object.assign(stored.get(node), answered.turn);
  return answered;
}

// The text around a passage, fetched when it is first asked for.
export async function toggleContext(button) {
  const passage = button.closest(".evidence").querySelector(".passage");
  if (!passage.parentElement.querySelector(".context")) {
    const context = await run("page_context", ...JSON.parse(button.dataset.place));
    passage.insertAdjacentHTML("beforebegin", context.before); // escaped by the server
    passage.insertAdjacentHTML("afterend", context.after);
  }
  button.ariaExpanded = String(button.ariaExpanded !== "true");
}
