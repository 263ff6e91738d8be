// Conversations in this browser, each under its own key: two tabs never overwrite each other.
// Never HTML: the server checks the questions that it gets back, and makes every answer again.

import { at, copyOf, run, toast, words } from "./net.js";

const PREFIX = "chatbot.conversation.";
const randomText = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

// False if the browser has no room left.
function write(key, value) {
  try { localStorage.setItem(key, value); } catch { return false; }
  return true;
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
    return { id, name, at: Number(at) || 0, turns: [turns].flat().filter((t) => t?.question) };
  } catch {
    return null;
  }
}

// With the turns that another tab has added to it, in the order of their times.
export function save({ id, ...conversation }) {
  const own = new Set(conversation.turns.map((turn) => turn.at));
  const others = load(id)?.turns.filter((turn) => !own.has(turn.at)) ?? [];
  const turns = [...others, ...conversation.turns].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return write(PREFIX + id, JSON.stringify({ id, ...conversation, turns }));
}

// The conversation of this tab: a reload reopens it, and another tab starts its own.
export const current = () => load(sessionStorage.getItem("chatbot.current") ?? "");
export const setCurrent = (id) => sessionStorage.setItem("chatbot.current", id);

// Delete those of another person, whose login may have ended without a logout.
export function belongTo(account) {
  const before = localStorage.getItem("chatbot.account") ?? account;
  if (before !== account) for (const storage of [localStorage, sessionStorage]) storage.clear();
  write("chatbot.account", account);
}

const nameOf = ({ name, turns }) =>
  String(name || turns[0]?.question || words.conversation_unnamed).slice(0, 80);

// List those with the words searched for, newest first; what can't be read is left out.
export function list(currentId) {
  const wanted = at("find").value.trim().toLowerCase();
  const textOf = ({ name, turns }) => [name, ...turns.map((turn) => turn.question)].join("\n");
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  const readable = keys.map((key) => load(key.slice(PREFIX.length))).filter(Boolean);
  const matching = readable.filter((each) => textOf(each).toLowerCase().includes(wanted));
  matching.sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
  at("conversations").replaceChildren(...matching.map((each) => {
    const node = copyOf("new-conversation");
    const [opener, when] = node.querySelectorAll(".open, time");
    node.dataset.id = each.id;
    opener.textContent = node.querySelector("input").value = nameOf(each);
    opener.ariaCurrent = each.id === currentId ? "true" : null;
    when.textContent = Intl.DateTimeFormat(words.locale, { dateStyle: "medium" }).format(each.at);
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

export const undo = () => save(removed) && removed.id;

export async function download(button) {
  const { kind } = button.dataset;
  const { turns, name } = { ...of(button), name: nameOf(of(button)) };
  const text = await run("page_export", { name, turns }, kind);
  const href = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
  const file = `${name.replace(/[^\p{L}\p{N} -]/gu, "").slice(0, 60) || "chat"}.${kind}`;
  Object.assign(document.createElement("a"), { href, download: file }).click();
}
