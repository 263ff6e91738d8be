// Calls of the server's named events. A failure has a sentence for the reader.

const WAITS = [300, 700, 1500, 3000, 3000, 3000, 5000, 5000, 5000, 5000];
export const words = {}; // the texts of the page, in the reader's language
export const places = {}; // the elements that Gradio placed, by name

export const at = (id) => document.getElementById(id);
export const copyOf = (template) => at(template).content.cloneNode(true).firstElementChild;
export const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

export async function run(event, ...data) {
  const body = JSON.stringify({ data: [...data, document.documentElement.lang] });
  const request = { method: "POST", headers: { "content-type": "application/json" }, body };
  const response = await fetch(`/gradio_api/run/${event}`, request).catch(() => null);
  if (response?.status === 401) location.reload(); // to the login
  const reply = await response?.json().catch(() => null);
  if (response?.ok && reply) return reply.data[0];
  // No response: the network is down, or the server is restarting.
  const lost = !reply && (!response || response.ok || [502, 503, 504].includes(response.status));
  const sentence = lost && (words[`lost_${event}`] ?? words.lost_for_good);
  const { message: said, next_step: next } = reply?.error ?? {}; // Gradio's are plain text
  const problem = sentence || (said ? `${said} ${next}` : reply?.error) || words.problem_failed;
  throw Object.assign(new Error(problem), { lost });
}

// The same, but waits until the server is back. Asking twice does no harm.
export function runPatiently(whileLost, ...call) {
  const again = (wait) => async (failure) => {
    if (!failure.lost) throw failure;
    whileLost();
    await pause(wait);
    return run(...call);
  };
  return WAITS.reduce((trying, wait) => trying.catch(again(wait)), run(...call));
}

// Show a notice for some seconds, optionally with a button.
export function toast(message, button) {
  at("toast").replaceChildren(copyOf("notice"), ...(button ? [copyOf(button)] : []));
  at("toast").firstElementChild.textContent = message;
  clearTimeout(toast.fading);
  toast.fading = setTimeout(() => at("toast").replaceChildren(), button ? 10_000 : 4_000);
}

// As text and, if there is any, as HTML. Paths on this server become full addresses.
export async function copy({ copy: text, html = "" }) {
  const parts = [["text/plain", text.replace(/^\//gm, `${location.origin}/`)]];
  if (html) parts.push(["text/html", html.replaceAll('href="/', `href="${location.origin}/`)]);
  const blobs = Object.fromEntries(parts.map(([type, part]) => [type, new Blob([part], { type })]));
  const copying = navigator.clipboard?.write([new ClipboardItem(blobs)]) ?? Promise.reject();
  toast(await copying.then(() => words.copied, () => words.not_copied));
}
