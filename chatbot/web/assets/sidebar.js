// The list of conversations: open, rename, export, delete.

import { call, element, state, toast } from "./net.js";
import * as store from "./store.js";
import { sent } from "./turns.js";

export function show(currentId, open) {
  const items = store.all().map((each) => item(each, currentId, open));
  document.getElementById("conversations").replaceChildren(...items);
}

function item(conversation, currentId, open) {
  const { words } = state;
  const name = store.nameOf(conversation, words);
  const opener = element("button", { type: "button", class: "open", dir: "auto" }, name);
  if (conversation.id === currentId) opener.setAttribute("aria-current", "true");
  opener.addEventListener("click", () => open(conversation.id));
  const again = () => show(currentId, open);
  const menu = element("details", { class: "more" }, element("summary", { "aria-label": `${words.menu}: ${name}` }, "⋯"));
  const choices = [
    ["rename", words.rename, () => rename(made, conversation.id, again)],
    ["markdown", words.export_markdown, () => save(conversation.id, "md")],
    ["json", words.export_json, () => save(conversation.id, "json")],
    ["delete", words.delete, () => remove(conversation.id, currentId, open)],
  ];
  const list = element("div", { class: "choices" });
  for (const [what, label, run] of choices) {
    const button = element("button", { type: "button", "data-choice": what }, label);
    button.addEventListener("click", () => {
      menu.open = false;
      run();
    });
    list.append(button);
  }
  menu.append(list);
  const made = element("li", {}, opener, menu);
  return made;
}

function rename(node, id, again) {
  const conversation = store.load(id);
  if (!conversation) return;
  const field = element("input", { type: "text", maxlength: "80", dir: "auto", "aria-label": state.words.rename });
  field.value = store.nameOf(conversation, state.words);
  let done = false;
  const finish = (keep) => {
    if (done) return;
    done = true;
    if (keep) store.save({ ...store.load(id), name: field.value.trim() });
    again();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") finish(true);
    if (event.key === "Escape") {
      event.stopPropagation();
      finish(false);
    }
  });
  field.addEventListener("blur", () => finish(true));
  node.replaceChildren(field);
  field.focus();
  field.select();
}

function remove(id, currentId, open) {
  const removed = store.load(id);
  store.remove(id);
  if (id === currentId) open(null);
  else show(currentId, open);
  const undo = () => {
    store.save(removed);
    open(id);
  };
  toast(state.words.deleted, { label: state.words.undo, run: undo });
}

async function save(id, ending) {
  const conversation = store.load(id);
  if (!conversation) return;
  const name = store.nameOf(conversation, state.words);
  try {
    const made = await call(`/page/export.${ending}`, { name, turns: conversation.turns.map(sent) });
    const text = typeof made === "string" ? made : JSON.stringify(made, null, 2);
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    const link = element("a", { href: address, download: `${name.replace(/[^\p{L}\p{N} -]/gu, "").slice(0, 60) || "chat"}.${ending}` });
    document.body.append(link);
    link.click();
    link.remove();
    URL.revokeObjectURL(address);
  } catch (failure) {
    toast(failure.message);
  }
}

export function toggleDrawer(open = document.getElementById("app").dataset.drawer !== "open") {
  document.getElementById("app").dataset.drawer = open ? "open" : "closed";
  document.getElementById("menu").setAttribute("aria-expanded", String(open));
  if (open) document.getElementById("new").focus();
}
