// Requests to the server. What fails, fails with a sentence for the person who reads it.

const WAITS = [300, 700, 1500, 3000, 3000, 3000, 5000, 5000, 5000, 5000];

export const state = { words: {}, language: "" };

// The server said no, and why.
export class Refused extends Error {}

// There was no answer at all: no network, or the server is being restarted.
export class Lost extends Error {}

export async function call(path, body) {
  const address = new URL(path, location.origin);
  if (state.language) address.searchParams.set("lang", state.language);
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(address, options);
    if (response.ok) return await response.clone().json().catch(() => response.text());
  } catch {
    throw new Lost(state.words.lost_for_good);
  }
  const said = await response.json().catch(() => null);
  if (!said && response.status >= 502 && response.status <= 504) throw new Lost(state.words.lost_for_good);
  throw new Refused(said?.message ?? state.words.problem_failed);
}

// The same, but waiting for a server that comes back. To ask twice does no harm.
export async function callPatiently(path, body, whileLost) {
  for (const wait of WAITS) {
    try {
      return await call(path, body);
    } catch (failure) {
      if (!(failure instanceof Lost)) throw failure;
      whileLost();
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return call(path, body);
}

let fading;

export function toast(message, action) {
  const place = document.getElementById("toast");
  place.replaceChildren(Object.assign(document.createElement("span"), { textContent: message }));
  if (action) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: action.label });
    button.addEventListener("click", () => {
      place.replaceChildren();
      action.run();
    });
    place.append(button);
  }
  clearTimeout(fading);
  fading = setTimeout(() => place.replaceChildren(), action ? 10_000 : 4_000);
}

export function announce(message) {
  document.getElementById("announce").textContent = message;
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// "3 hours ago", in the reader's language.
export function tellTimes(root) {
  const format = new Intl.RelativeTimeFormat(state.language || "en", { numeric: "always" });
  const units = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
  for (const each of root.querySelectorAll("time")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(each.dateTime)) / 1000);
    const [unit, size] = units.find(([, length]) => seconds >= length) ?? units.at(-1);
    each.title = new Date(each.dateTime).toLocaleString(state.language);
    each.textContent = format.format(-Math.floor(seconds / size), unit);
  }
}
