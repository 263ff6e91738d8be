// Gradio's upload takes no folders and forgets paths, so a file from one gets its path as its name.

const language = document.cookie.match(/chatbot-language=(\w+)/)?.[1];
if (language) Object.defineProperty(navigator, "language", { value: language });
const named = (file, path) => new File([file], path || file.name, { type: file.type });
const promised = (from, method) => new Promise((...ends) => from[method](...ends));

async function filesIn(entry) {
  if (entry.isFile) return [named(await promised(entry, "file"), entry.fullPath.slice(1))];
  const reader = entry.createReader();
  const inside = [];
  for (let some; (some = await promised(reader, "readEntries")).length;) inside.push(...some);
  return (await Promise.all(inside.map(filesIn))).flat();
}

// Only this component shows how far the upload is. It has no input while it uploads.
function upload(files) {
  const input = document.querySelector("#drop input[type=file]");
  const all = new DataTransfer();
  // Like a build, it leaves out what a folder hides, such as .git and .DS_Store.
  for (const file of files) if (!file.name.includes("/.")) all.items.add(file);
  if (input) Object.assign(input, { files: all.files }).dispatchEvent(new Event("change"));
}

addEventListener("change", (event) => {
  if (!event.isTrusted || event.target.type !== "file") return;
  event.stopPropagation();
  upload([...event.target.files].map((file) => named(file, file.webkitRelativePath)));
}, true);

addEventListener("drop", async (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  event.stopPropagation();
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry());
  upload((await Promise.all(entries.filter(Boolean).map(filesIn))).flat());
}, true);
addEventListener("dragover", (event) => event.preventDefault()); // else the browser opens the file
