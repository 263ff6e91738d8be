// Conversations in this browser, each under a key of its own so that two tabs never overwrite
// each other. Only questions, filters, names of builds and verdicts are kept, never HTML: what
// comes back from here is data, and every answer is made anew by the server.

const PREFIX = "chatbot.conversation.";
const CURRENT = "chatbot.current";
const VOICE = "chatbot.voice";
const LONGEST_NAME = 80;

const text = (value, longest = 10_000) => (typeof value === "string" ? value.slice(0, longest) : "");
const texts = (value) => (Array.isArray(value) ? value.filter((each) => typeof each === "string") : []);

const chance = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

export function newConversation() {
  return { id: chance(), name: "", at: Date.now(), turns: [] };
}

// Made by chance, so that a verdict takes the place of one's own earlier one and of nobody else's.
export function voice() {
  try {
    const kept = localStorage.getItem(VOICE) ?? chance();
    localStorage.setItem(VOICE, kept);
    return kept;
  } catch {
    return chance();
  }
}

// As much of what was stored as is of the right kind.
function conversationFrom(id, stored) {
  const turns = Array.isArray(stored?.turns) ? stored.turns : [];
  return { id, name: text(stored?.name, LONGEST_NAME), at: Number(stored?.at) || 0, turns: turns.map(turnFrom) };
}

export function turnFrom(stored) {
  return {
    question: text(stored?.question),
    asked: typeof stored?.asked === "string" ? text(stored.asked) : null,
    before: texts(stored?.before).slice(-4),
    fresh: stored?.fresh === true,
    filters: filtersFrom(stored?.filters),
    build: text(stored?.build, 100),
    votes: votesFrom(stored?.votes),
  };
}

function votesFrom(stored) {
  const known = Object.entries(stored ?? {}).filter(([, vote]) => vote === "up" || vote === "down");
  return Object.fromEntries(known);
}

export function filtersFrom(stored) {
  const found = {};
  for (const name of ["document", "tag", "source", "language"]) {
    const values = texts(stored?.[name]);
    if (values.length) found[name] = values;
  }
  for (const name of ["date_from", "date_to"]) {
    if (text(stored?.[name], 10)) found[name] = text(stored[name], 10);
  }
  return found;
}

export function load(id) {
  try {
    const stored = JSON.parse(localStorage.getItem(PREFIX + id));
    return stored ? conversationFrom(id, stored) : null;
  } catch {
    return null;
  }
}

// Newest first; what can't be read is passed over.
export function all() {
  const ids = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  const found = ids.map((key) => load(key.slice(PREFIX.length))).filter(Boolean);
  return found.sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
}

// False where the browser has no room left.
export function save(conversation) {
  try {
    localStorage.setItem(PREFIX + conversation.id, JSON.stringify(conversation));
    return true;
  } catch {
    return false;
  }
}

export function remove(id) {
  localStorage.removeItem(PREFIX + id);
}

// The conversation of this tab: a reload comes back to it, another tab begins its own.
export function current() {
  return load(sessionStorage.getItem(CURRENT) ?? "");
}

export function setCurrent(id) {
  sessionStorage.setItem(CURRENT, id);
}

export function nameOf(conversation, words) {
  return conversation.name || conversation.turns[0]?.question.slice(0, LONGEST_NAME) || words.conversation_unnamed;
}
