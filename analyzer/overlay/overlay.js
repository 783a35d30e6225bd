// The agent's page: messages in, one prompt out.  It never shows a prompt whose time is over, nor one while the
// link is down.  What was said and how the level moved meanwhile is listed when the link is back; prompts of that time are
// not: one that still holds comes with the state, and any other is too late.

const SHAPES = { listen: "●", mirror: "◆", probe: "▲", "de-escalate": "■" };
const LEVEL_MARKS = { calm: "▁", tense: "▃", heated: "▅", abusive: "█", stuck: "↻" };
const SILENT_MS = 5000; // the server is heard from every second; after five the link counts as down
const RETRY_MS = 1000;
const CONFIRM_MS = 250; // after a turn its level and its prompt are here at once, or will not come
const EARLY_MS = 3000; // what was shown early is confirmed by then, or its speaker goes on
const GLANCE_MS = 500; // a key that comes sooner was meant for the prompt before, which a new one has just replaced
const MISSED_MS = 30000; // what was missed is listed for so long, or until Esc
const MOST_MISSED = 8; // the last of it: nobody reads more in the middle of a call
const PIP = { width: 380, height: 430 };

const part = (id) => parts[id];
const parts = Object.fromEntries([...document.querySelectorAll("[id]")].map((node) => [node.id, node]));
const asked = new URLSearchParams(location.search);

const shown = { call: null, prompt: null, since: 0, until: 0, clock: 0, clockAt: 0, speed: 1, over: true, why: "", answers: {}, level: "calm", early: null };
let heard = 0; // when the server was last heard from, in ms of this page's own clock
let last = 0; // the number of the newest message
let missed = []; // finished turns and levels of the time without a link, of any call
let missedUntil = 0;
let source = null;
let popup = null;

function connect() {
  const query = new URLSearchParams();
  for (const name of ["call", "agent"]) if (asked.get(name)) query.set(name, asked.get(name));
  if (last) query.set("after", last);
  missed = [];
  source = new EventSource(`/events?${query}`);
  source.onmessage = (message) => {
    heard = performance.now();
    if (message.lastEventId) last = Number(message.lastEventId);
    take(JSON.parse(message.data));
  };
  source.onerror = () => {
    source.close();
    setTimeout(connect, RETRY_MS);
  };
}

function take(message) {
  if (message.type === "alive") return showLink();
  if (message.type === "call" && !message.missed) return begin(message.call_id, message.agent);
  if (message.type === "state") return takeState(message);
  if (message.missed) return missed.push(message); // the state that follows says how it stands
  if (shown.call && message.call_id !== shown.call) return;
  const takers = { partial: takePartial, early: takeEarly, turn: takeTurn, level: takeLevel, prompt: takePrompt, health: takeHealth, over: takeOver, "put away": takeAway };
  takers[message.type]?.(message);
}

function begin(call, agent) {
  part("whose").textContent = `Customer of ${agent ? `${agent}, ` : ""}call ${call}`;
  Object.assign(shown, { call, over: false, why: "", clock: 0, clockAt: performance.now(), answers: {}, early: null });
  clearPrompt("Listening.");
  part("words").replaceChildren();
  part("missed").hidden = true;
  showLevel("calm");
}

function takeState(state) {
  if (state.over && shown.call && shown.call !== state.call_id) return;
  if (shown.call !== state.call_id) begin(state.call_id, state.agent);
  setClock(state.clock_s);
  showLevel(state.level);
  const said = state.turns.filter((turn) => turn.speaker !== "agent").at(-1);
  if (said) takeTurn(said);
  if (state.prompt) takePrompt(state.prompt);
  else clearPrompt("Listening.");
  if (state.over) takeOver(state);
  showMissed(missed.filter((message) => message.call_id === state.call_id && MISSED[message.type]));
}

const MISSED = {
  turn: (turn) => `${clockText(turn.start_s)} ${turn.speaker}: ${turn.text}`,
  level: (level) => `${clockText(level.at_s)} the call became ${level.level}`,
};

function showMissed(messages) {
  if (!messages.length) return;
  const lines = messages.slice(-MOST_MISSED).map((message) => {
    const line = document.createElement("li");
    line.className = message.type;
    line.textContent = MISSED[message.type](message);
    return line;
  });
  const left = messages.length - lines.length;
  part("missed-head").textContent = `While the link was down${left ? `, the last ${lines.length}` : ""}`;
  part("missed-list").replaceChildren(...lines);
  part("missed").hidden = false;
  missedUntil = performance.now() + MISSED_MS;
}

// What seems to come, while somebody still speaks.  The finished turn confirms it, or it goes.
function takeEarly(early) {
  const before = shown.early?.prompt;
  shown.early = { ...early, until: performance.now() + EARLY_MS };
  showLevel(shown.level);
  if (early.prompt) takePrompt(early.prompt);
  else if (before) takeBack(before);
}

function dropEarly() {
  const { prompt } = shown.early;
  shown.early = null;
  showLevel(shown.level);
  if (prompt) takeBack(prompt);
}

function takeBack(prompt) {
  delete shown.answers[prompt.number]; // the next prompt will have that number
  if (shown.prompt === prompt) clearPrompt("Listening.");
}

function takePartial(partial) {
  if (shown.early?.speaker === partial.speaker) shown.early.until = performance.now() + EARLY_MS;
  if (partial.speaker === "agent") return;
  const words = document.createElement("span");
  words.className = "so-far";
  words.textContent = `${partial.text} …`;
  part("words").replaceChildren(words);
}

function takeTurn(turn) {
  if (shown.early?.speaker === turn.speaker) shown.early.until = performance.now() + CONFIRM_MS;
  if (turn.speaker !== "agent") part("words").textContent = turn.text;
}

function takeLevel(level) {
  showLevel(level.level);
}

function showLevel(level) {
  const early = shown.early?.level ?? "";
  shown.level = level;
  part("overlay").dataset.level = level;
  part("overlay").dataset.early = early;
  part("level-word").textContent = early && early !== level ? `${level}, ${early}?` : level;
  part("level-mark").textContent = LEVEL_MARKS[level] ?? "";
}

function takePrompt(prompt) {
  if (shown.early?.prompt && shown.early.prompt !== prompt) shown.early.prompt = null; // confirmed, or overtaken
  if (prompt.left_s <= 0 || shown.over || shown.answers[prompt.number]) return;
  const same = shown.prompt?.number === prompt.number && shown.prompt.line === prompt.line;
  shown.prompt = prompt;
  shown.until = performance.now() + (prompt.left_s * 1000) / shown.speed;
  if (!same) shown.since = performance.now();
  if (same) return showEvidence(prompt); // it was shown early: nothing moves, and no screen reader says it twice
  part("prompt").dataset.move = prompt.move;
  part("shape").textContent = SHAPES[prompt.move] ?? "";
  part("move-word").textContent = prompt.move;
  part("line").textContent = prompt.line;
  part("cause").textContent = prompt.cause;
  showEvidence(prompt);
  for (const id of ["done", "later", "helpful", "why"]) part(id).disabled = false;
  part("helpful").setAttribute("aria-pressed", "false");
  performance.mark?.(`prompt-${prompt.number}`);
}

// The agent has put it away, here or in another window.
function takeAway({ prompt, tactic }) {
  const isShown = shown.prompt?.number === prompt;
  if (isShown && shown.prompt.tactic !== tactic) return; // one that was shown early had the number before
  shown.answers[prompt] = "put away";
  if (isShown) clearPrompt("Listening.");
}

function clearPrompt(line) {
  shown.prompt = null;
  part("prompt").dataset.move = "none";
  for (const id of ["shape", "move-word", "cause"]) part(id).textContent = "";
  part("line").textContent = line;
  for (const id of ["done", "later", "helpful", "why"]) part(id).disabled = true;
  openEvidence(false);
}

function showEvidence(prompt) {
  const list = document.createElement("ul");
  for (const item of prompt.evidence) {
    const line = document.createElement("li");
    line.textContent = `${item.speaker}, ${clockText(item.start_s)}: “${item.quote}” (${item.means})`;
    list.append(line);
  }
  const heading = document.createElement("h2");
  heading.textContent = "Why"; // the cause stands with the prompt
  const tactic = document.createElement("p");
  tactic.textContent = `Tactic: ${prompt.tactic}`;
  part("evidence").replaceChildren(heading, list, tactic);
}

function openEvidence(open) {
  part("evidence").hidden = !open;
  part("why").setAttribute("aria-expanded", String(open));
}

function takeHealth(health) {
  setClock(health.clock_s);
  shown.speed = health.speed || 1;
  const lost = health.dropped_s > 0 ? `${health.dropped_s.toFixed(1)} s of audio lost` : "";
  const behind = [`${health.lag_s.toFixed(1)} s behind`, health.shed.join(", ")].filter(Boolean).join(": ");
  const late = health.health === "good" && !health.shed.length ? "" : behind;
  shown.trouble = [health.trouble, late, lost].filter(Boolean).join(", ");
  showLink();
}

function takeOver(over) {
  shown.over = true;
  clearPrompt(over.why ? `The call broke off: ${over.why}.` : "The call is over.");
}

function showLink() {
  const down = performance.now() - heard > SILENT_MS;
  part("overlay").dataset.link = down ? "down" : "up";
  const trouble = down ? "No link, trying again" : (shown.trouble ?? "");
  const text = trouble || (shown.over ? "" : "Audio good");
  if (part("health").textContent !== text) part("health").textContent = text;
  part("health").dataset.health = trouble ? "trouble" : "good";
  if (down && shown.prompt) clearPrompt("No link to the program.");
}

function setClock(seconds) {
  shown.clock = seconds;
  shown.clockAt = performance.now();
}

function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

function tick() {
  if (shown.early && performance.now() >= shown.early.until) dropEarly();
  if (shown.prompt && performance.now() >= shown.until) clearPrompt("Listening.");
  if (!part("missed").hidden && performance.now() >= missedUntil) part("missed").hidden = true;
  if (!shown.over) part("clock").textContent = clockText(shown.clock);
  showLink();
}

function answer(word) {
  const prompt = shown.prompt;
  if (!prompt || performance.now() - shown.since < GLANCE_MS) return;
  fetch(`/answers`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ call_id: shown.call, prompt: prompt.number, tactic: prompt.tactic, answer: word }),
  }).catch(() => undefined); // the answer is a courtesy; the link's state is on the page already
  if (word === "helpful") return part("helpful").setAttribute("aria-pressed", "true");
  shown.answers[prompt.number] = word;
  clearPrompt("Listening.");
}

const KEYS = {
  d: () => answer("done"),
  n: () => answer("not now"),
  h: () => answer("helpful"),
  w: () => shown.prompt && openEvidence(part("evidence").hidden),
  p: () => popOut(),
  Escape: () => {
    openEvidence(false);
    part("missed").hidden = true;
  },
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key]?.();
}

async function popOut() {
  if (popup && !popup.closed) return popup.focus();
  if (!("documentPictureInPicture" in window)) {
    popup = open(location.href, "call-help", `popup,width=${PIP.width},height=${PIP.height}`);
    return;
  }
  popup = await documentPictureInPicture.requestWindow(PIP);
  const style = popup.document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("/static/overlay.css", location.href).href;
  popup.document.head.append(style);
  popup.document.documentElement.lang = "en";
  popup.document.title = document.title;
  popup.document.body.append(part("overlay"));
  popup.document.addEventListener("keydown", pressed);
  popup.addEventListener("pagehide", bringBack);
  part("away").hidden = false;
  part("pop").disabled = true;
}

function bringBack() {
  document.body.prepend(part("overlay"));
  part("away").hidden = true;
  part("pop").disabled = false;
  popup = null;
}

part("done").onclick = KEYS.d;
part("later").onclick = KEYS.n;
part("helpful").onclick = KEYS.h;
part("why").onclick = KEYS.w;
part("pop").onclick = KEYS.p;
part("back").onclick = () => popup?.close();
document.addEventListener("keydown", pressed);
heard = performance.now();
connect();
setInterval(tick, 100);
