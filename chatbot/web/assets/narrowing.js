// Filters: a form of facets, chips for those that are set, and the address that keeps them.

import { call, element, state } from "./net.js";
import { filtersFrom } from "./store.js";

const NAMES = ["document", "tag", "source", "language", "date_from", "date_to"];
const labels = new Map(); // how a value is called, where that is not the value itself

let filters = {};

export const chosen = () => structuredClone(filters);

export function fromAddress(parameters) {
  const found = {};
  for (const name of NAMES) {
    const values = parameters.getAll(name);
    if (values.length) found[name] = name.startsWith("date_") ? values[0] : values;
  }
  return filtersFrom(found);
}

export function set(wanted) {
  filters = filtersFrom(wanted);
  const address = new URL(location.href);
  for (const name of NAMES) {
    address.searchParams.delete(name);
    for (const value of [filters[name] ?? []].flat()) address.searchParams.append(name, value);
  }
  history.replaceState(history.state, "", address);
  showChips();
  if (!document.getElementById("narrowing").hidden) refresh();
}

// Both ends of the same year are that year.
const isYear = (from, to) => from === to && /^[0-9]{4}$/.test(from ?? "");

function showChips() {
  const year = isYear(filters.date_from, filters.date_to) ? [chip("year", filters.date_from)] : null;
  const chips = NAMES.flatMap((name) => year && name.startsWith("date_") ? [] : [filters[name] ?? []].flat().map((value) => chip(name, value)));
  chips.push(...(year ?? []));
  document.getElementById("chips").replaceChildren(...chips);
}

function chip(name, value) {
  const label = labels.get(`${name} ${value}`) ?? value;
  const kind = state.words[`narrow_${name}`];
  const made = element("button", { type: "button", class: "chip", "aria-label": state.words.remove_filter.replace("{name}", label) });
  made.append(`${kind}: `, element("bdi", {}, label), element("span", { "aria-hidden": "true" }, " ×"));
  made.addEventListener("click", () => set(without(name, value)));
  return made;
}

function without(name, value) {
  const kept = chosen();
  if (name === "year") return withYear(kept, null);
  if (name.startsWith("date_")) delete kept[name];
  else kept[name] = kept[name].filter((each) => each !== value);
  return kept;
}

function withYear(kept, year) {
  delete kept.date_from;
  delete kept.date_to;
  return year ? { ...kept, date_from: year, date_to: year } : kept;
}

export function toggle(open = document.getElementById("narrowing").hidden) {
  const panel = document.getElementById("narrowing");
  panel.hidden = !open;
  document.getElementById("narrow").setAttribute("aria-expanded", String(open));
  if (open) refresh();
  else if (panel.contains(document.activeElement)) document.getElementById("narrow").focus();
}

async function refresh() {
  const panel = document.getElementById("narrowing");
  const open = [...panel.querySelectorAll("details")].map((each) => each.open);
  const focus = document.activeElement;
  const at = panel.contains(focus) ? [focus.name, focus.value] : null;
  try {
    const found = await call("/page/facets", filters);
    panel.innerHTML = found.html; // made by the server, every word of a document escaped
  } catch (failure) {
    panel.querySelector(".problem")?.remove();
    panel.prepend(element("p", { class: "problem", role: "alert" }, failure.message));
    return;
  }
  panel.querySelectorAll("details").forEach((each, place) => { if (open[place]) each.open = true; });
  for (const box of panel.querySelectorAll("input[type=checkbox]")) {
    labels.set(`${box.name} ${box.value}`, box.parentElement.querySelector("bdi").textContent);
    if (at && box.name === at[0] && box.value === at[1]) box.focus();
  }
  showChips();
}

export function listen() {
  const panel = document.getElementById("narrowing");
  panel.addEventListener("change", (event) => {
    const { name, value, checked, type } = event.target;
    const kept = chosen();
    if (name === "year") return set(withYear(kept, checked ? value : null));
    if (type !== "checkbox") kept[name] = value.trim();
    else kept[name] = [...(kept[name] ?? []).filter((each) => each !== value), ...(checked ? [value] : [])];
    return set(kept);
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.type === "text") event.preventDefault();
  });
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-do=clear]")) set({});
  });
}
