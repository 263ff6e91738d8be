// Conversations in this browser, each under a key of its own so that two tabs never overwrite
// each other. Only questions, filters, build names and thumbs are stored, never HTML. The server
// checks what it gets back, and makes every answer again.

import { at, copyOf, run, toast, words } from "./net.js";

const PREFIX = "chatbot.conversation.";
const randomText = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

// False if the browser has no room left.
function write(key, value) {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

// A random text, so that a thumb replaces only an earlier thumb of the same browser.
export function voice() {
  const kept = localStorage.getItem("chatbot.voice") ?? randomText();
  write("chatbot.voice", kept);
  return kept;
}

export const newConversation = () => ({ id: randomText(), name: "", at: Date.now(), turns: [] });

export function load(id) {
  try {
    const { name, at, turns } = JSON.parse(localStorage.getItem(PREFIX + id));
    const asked = [turns].flat().filter((turn) => turn?.question);
    return { id, name, at: Number(at) || 0, turns: asked };
  } catch {
    return null;
  }
}

export const save = (conversation) => write(PREFIX + conversation.id, JSON.stringify(conversation));

// The conversation of this tab: a reload reopens it, and another tab starts its own.
export const current = () => load(sessionStorage.getItem("chatbot.current") ?? "");
export const setCurrent = (id) => sessionStorage.setItem("chatbot.current", id);

const nameOf = ({ name, turns }) =>
  String(name || turns[0]?.question || words.conversation_unnamed).slice(0, 80);

// List them newest first; what can't be read is left out.
export function list(currentId) {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  const readable = keys.map((key) => load(key.slice(PREFIX.length))).filter(Boolean);
  readable.sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
  at("conversations").replaceChildren(...readable.map((conversation) => {
    const node = copyOf("new-conversation");
    const opener = node.querySelector(".open");
    node.dataset.id = conversation.id;
    opener.textContent = node.querySelector("input").value = nameOf(conversation);
    opener.ariaCurrent = conversation.id === currentId ? "true" : null;
    node.querySelector("summary").ariaLabel += `: ${opener.textContent}`;
    return node;
  }));
}

// The actions of the controls in the list, by name.
const of = (control) => load(control.closest("li").dataset.id);

export const rename = (form) => save({ ...of(form), name: form.querySelector("input").value });
let removed = null;

export function remove(button) {
  removed = of(button);
  localStorage.removeItem(PREFIX + removed.id);
  toast(words.deleted, "undo");
  return removed.id;
}

export function undo() {
  save(removed);
  return removed.id;
}

export async function download(button) {
  const { kind } = button.dataset;
  const { turns, name } = { ...of(button), name: nameOf(of(button)) };
  const text = await run("page_export", { name, turns }, kind);
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const file = `${name.replace(/[^\p{L}\p{N} -]/gu, "").slice(0, 60) || "chat"}.${kind}`;
  Object.assign(document.createElement("a"), { href, download: file }).click();
  URL.revokeObjectURL(href);
}
