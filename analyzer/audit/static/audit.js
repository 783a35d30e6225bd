"use strict";
// What the audit adds to the page of a call (page.js): tags with their evidence, the trail, words, speed and sides.
const { number, csrf, role, waves } = document.getElementById("data").dataset;
const side = document.getElementById("side"), speed = document.getElementById("speed"), panel = document.getElementById("evidence");

// --- tags: everything that the program said of the call, in the order of the transcript -----------
const PATH = { turn: 0, level: 1, prompt: 2 }; // what comes first at the same moment
const whole = turn => [{ quote: turn.text, start_s: turn.start_s, end_s: turn.end_s, what: "the whole turn" }];
const customers = turn => turn.cues.length ? `cues: ${turn.cues.join(", ")}` : "customer, no cue";
const agents = turn => turn.does?.length ? `conduct: ${turn.does.join(", ")}` : "agent, nothing noted";
const tags = [
  ...call.levels.map((level, i) => ({ kind: "level", name: `level:${i}`, at_s: level.at_s, title: `level: ${level.level}`, about: level, said: true, rule: "the pressure of the call against the bounds of its levels" })),
  ...call.prompts.map((prompt, i) => ({ kind: "prompt", name: `prompt:${i}`, at_s: prompt.at_s, title: `${prompt.move}: ${prompt.line}`, about: prompt, said: true, rule: `card ${cardOf(prompt)}, because ${prompt.cause}` })),
  ...call.turns.map((turn, i) => ({ kind: "turn", name: `turn:${i}`, at_s: turn.end_s, title: turn.speaker === "customer" ? customers(turn) : agents(turn), about: turn, evidence: whole(turn),
    said: Boolean(turn.cues.length || turn.does?.length), rule: turn.speaker === "customer" ? "text model, with the voice against this speaker's own baseline" : "rules of conduct: words only, never a feeling" })),
].sort((a, b) => a.at_s - b.at_s || PATH[a.kind] - PATH[b.kind]);
const stops = tags.filter(tag => tag.said); // what n and p go through

function cardOf(prompt) {
  const card = prompt.card;
  return typeof card === "object" && card ? `${card.name} v${card.version}` : `${card || prompt.tactic}`;
}

const nodes = [...document.querySelectorAll("#transcript > *")];
tags.forEach((tag, i) => {
  tag.node = nodes[i];
  tag.node.classList.add("tag");
  tag.node.tabIndex = 0;
  if (!tag.node.hasAttribute("role")) tag.node.setAttribute("role", "button");
  tag.node.addEventListener("click", () => choose(tag));
  tag.node.addEventListener("focus", () => choose(tag));
});
let chosen = null, wish = "note"; // what Enter in the text field says

function features({ about }) {
  const { affect, voice, acts } = about;
  const found = [["pressure", about.pressure], ["sentiment", affect?.sentiment], ["intensity", affect?.intensity], ["from the words", affect?.text_intensity], ["from the voice", affect?.voice_intensity], ["confidence", affect?.confidence],
    ...Object.entries(voice || {}), ...Object.entries(acts || {})];
  const emotions = Object.entries(affect?.emotions || {}).filter(([name, value]) => value >= 0.2 && name !== "neutral").sort((a, b) => b[1] - a[1]).slice(0, 5);
  return [...found, ...emotions].filter(([, value]) => typeof value === "number");
}

function choose(tag) {
  if (chosen === tag) return;
  if (chosen) chosen.node.classList.remove("chosen");
  chosen = tag;
  tag.node.classList.add("chosen");
  showEvidence();
}

function quote({ quote, start_s, end_s, what, value }) {
  const times = `${clock(start_s)} to ${clock(end_s)}`;
  const clip = audio ? element("button", { type: "button", className: "clip" }, `▶ ${times}`) : element("small", {}, times); // nothing to hear
  if (audio) clip.addEventListener("click", () => playClip(start_s, end_s));
  return element("blockquote", {}, clip, quote ? ` “${quote}” ` : " ", element("small", {}, `${what}${typeof value === "number" ? `, ${value.toFixed(2)}` : ""}`));
}

function showEvidence() {
  const tag = chosen, quotes = (tag.evidence || tag.about.evidence).map(quote);
  const values = features(tag).map(([name, value]) => element("div", {}, element("dt", {}, name.replaceAll("_", " ")), element("dd", {}, value.toFixed(2))));
  const hashes = [...Object.entries(call.models), ["playbook", call.policy]].map(([part, { name, version, sha256 }]) =>
    element("div", {}, element("dt", {}, part.replaceAll("_", " ")), element("dd", {}, `${name}${version ? ` v${version}` : ""} `, element("code", { title: sha256 }, sha256.slice(0, 16)))));
  const entries = call.said.filter(entry => entry.tag === tag.name).map(entry => element("li", {},
    element("b", {}, `${entry.person}: ${entry.did}`), `${entry.correction ? ` to “${entry.correction}”` : ""}${entry.why ? `, ${entry.why}` : ""} `,
    element("small", {}, `${entry.at.slice(0, 16).replace("T", " ")} UTC, entry ${entry.number}${isOfNow(entry) ? "" : ", of an earlier record of this call"}`)));
  panel.replaceChildren(element("h2", {}, `${clock(tag.at_s)} ${tag.title}`), ...quotes,
    element("p", { className: "rule" }, `Rule: ${tag.rule}`),
    ...(values.length ? [element("dl", { className: "values" }, ...values)] : []),
    ...(role === "agent" ? [] : [form()]),
    ...(entries.length ? [element("h2", {}, "Said of it"), element("ul", { id: "said" }, ...entries)] : []),
    element("details", {}, element("summary", {}, "Models and playbook"), element("dl", { className: "hashes" }, ...hashes)));
  panel.querySelector("details").open = opened;
  panel.querySelector("details").addEventListener("toggle", event => { opened = event.target.open; });
}
let opened = true; // whether the hashes are shown; as it was left, from tag to tag

// --- the trail ------------------------------------------------------------------------------------
const KEYS = { a: "agree", d: "dispute", c: "correct", m: "note", o: "second opinion" };
const ASKS = { correct: { level: "the right level", turn: "the right cues with commas between them, or none", prompt: "what should have been shown, or none" } };

function form() {
  const why = element("input", { id: "why", autocomplete: "off", maxLength: 2000, placeholder: "why, if you like; Enter keeps it as a note" });
  why.setAttribute("aria-label", "why, or what is right");
  why.addEventListener("keydown", event => {
    if (event.key === "Enter") { event.preventDefault(); say(wish); }
    if (event.key === "Escape") { why.value = ""; want("note"); chosen.node.focus({ preventScroll: true }); }
  });
  const buttons = Object.entries(KEYS).map(([key, did]) => {
    const button = element("button", { type: "button" }, `${did} `, element("kbd", {}, key));
    button.addEventListener("click", () => say(did));
    return button;
  });
  const choices = element("datalist", { id: "choices" }, ...(call.choices[chosen.kind] || []).map(value => element("option", { value })));
  return element("div", { className: "verdicts" }, element("div", { className: "filters" }, ...buttons), why, choices, element("p", { id: "told", role: "status", className: "facts" }));
}

// The field asks for what is missing: the right thing of a correction, the words of a note.
function want(did) {
  const why = document.getElementById("why"), asks = ASKS[did]?.[chosen.kind];
  wish = did;
  why.placeholder = asks ? `${asks}; Enter keeps it, Escape leaves` : did === "note" ? "a note; Enter keeps it, Escape leaves" : "why, if you like";
  if (asks) why.setAttribute("list", "choices"); else why.removeAttribute("list");
}

async function say(did) {
  if (!chosen && did !== "reviewed") return;
  const tag = did === "reviewed" ? "call" : chosen.name, field = document.getElementById("why");
  const why = did === "reviewed" ? "" : field?.value.trim() || "";
  if ((did === "correct" || did === "note") && !why) { want(did); field.focus(); return; }
  const body = new URLSearchParams({ tag, did, why: did === "correct" ? "" : why, correction: did === "correct" ? why : "" });
  let answer;
  try { answer = await fetch(`/calls/${number}/said`, { method: "POST", body, headers: { "X-CSRF": csrf } }); }
  catch { tell("the program does not answer; nothing was written"); return; }
  if (!answer.ok) { tell(answer.redirected || answer.status === 403 ? "you are not in any more; open the page again" : await answer.text()); want(did); return; }
  call.said.push(await answer.json());
  wish = "note";
  mark();
  if (document.activeElement === field && chosen) chosen.node.focus({ preventScroll: true });
  if (chosen) showEvidence();
}

function tell(text) { (document.getElementById("told") || document.getElementById("progress")).textContent = text; }

// A call that was scored anew has other tags: what was said of the earlier ones stays in the trail, and judges none of
// these.  A new playbook leaves the turns as they were, and with them what was said of them.
const isOfNow = ({ record_sha256, tag }) => record_sha256 === call.record || (tag.startsWith("turn:") && call.alike.includes(record_sha256));

const SIGNS = { agree: "✓", dispute: "✗", correct: "✎", "second opinion": "?" };
const lastOf = tag => call.said.filter(entry => entry.tag === tag.name && entry.did in SIGNS && isOfNow(entry)).pop();
function mark() {
  document.querySelectorAll(".verdict").forEach(node => node.remove());
  let judged = 0;
  for (const tag of tags) {
    const last = lastOf(tag);
    if (last) tag.node.append(element("span", { className: `verdict ${last.did.replace(" ", "-")}` }, `${SIGNS[last.did]} ${last.did}, ${last.person}`));
    if (last && tag.said) judged += 1;
  }
  const reviewed = call.said.filter(entry => entry.did === "reviewed").pop();
  document.getElementById("progress").textContent = `${judged} of ${stops.length} tags judged${reviewed ? `; reviewed by ${reviewed.person}${isOfNow(reviewed) ? "" : ", before it was scored anew"}` : ""}`;
}

// What somebody else says of the same call meanwhile comes by itself.
async function listen() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`/calls/${number}/said`);
    if (!answer.ok || answer.redirected) return;
    const entries = await answer.json();
    if (entries.length === call.said.length) return;
    call.said = entries;
    mark();
    if (chosen && !panel.contains(document.activeElement)) showEvidence();
  } catch { /* it will be asked again */ }
}
setInterval(listen, 10_000);
document.addEventListener("visibilitychange", listen);

// --- hearing --------------------------------------------------------------------------------------
let until_s = null;
function playClip(start_s, end_s) { if (audio) { until_s = end_s + 0.3; hear(start_s); } }

let isTurned = call.waves.some(wave => wave.turned); // the agent is on the second channel
if (waves === "wait") fetch(`/calls/${number}/waves`).then(answer => answer.json()).then(found => {
  isTurned = found.some(wave => wave.turned);
  drawWaves(found);
}).catch(() => {});

// Each channel goes to both ears through its own gain; as long as both are heard, the browser plays the file as it is.
let gains = null;
function split() {
  const context = new AudioContext(), source = context.createMediaElementSource(audio), splitter = context.createChannelSplitter(2);
  source.connect(splitter);
  const channel = at => { const gain = context.createGain(); splitter.connect(gain, at); gain.connect(context.destination); return gain; };
  return [channel(0), channel(1)];
}
function hearSide(wanted) {
  gains = gains || split();
  const [agent, customer] = isTurned ? [1, 0] : [0, 1];
  gains[agent].gain.value = wanted === "customer" ? 0 : 1;
  gains[customer].gain.value = wanted === "agent" ? 0 : 1;
}

if (audio) {
  audio.addEventListener("timeupdate", () => { if (until_s !== null && audio.currentTime >= until_s) { until_s = null; audio.pause(); } });
  speed.addEventListener("change", () => { audio.playbackRate = Number(speed.value); localStorage.setItem("audit-speed", speed.value); });
  const kept = [...speed.options].findIndex(option => option.value === localStorage.getItem("audit-speed"));
  if (kept >= 0) { speed.selectedIndex = kept; audio.defaultPlaybackRate = audio.playbackRate = Number(speed.value); }
  if (call.mono) { side.disabled = true; side.title = "this recording has both sides on one channel"; }
  side.addEventListener("change", () => hearSide(side.value));
}

// Every word can be played from, by the mouse or by Shift and an arrow; the one that is heard is marked.
const words = [];
for (const tag of tags.filter(tag => tag.kind === "turn")) {
  [...tag.node.querySelectorAll("p > span[title]")].forEach((span, i) => {
    const word = tag.about.words[i];
    if (!word) return;
    words.push({ span, tag, start_s: word.start_s, end_s: word.end_s });
    span.addEventListener("click", event => { event.stopPropagation(); choose(tag); until_s = null; hear(word.start_s); });
  });
}
words.sort((a, b) => a.start_s - b.start_s);
let heard = null;
function wordAt(at_s) {
  let low = 0, high = words.length;
  while (low < high) { const middle = (low + high) >> 1; if (words[middle].start_s <= at_s) low = middle + 1; else high = middle; }
  return low - 1;
}
function markWord() {
  const word = words[wordAt(audio.currentTime + 0.02)] || null;
  if (word !== heard) {
    heard?.span.classList.remove("heard");
    word?.span.classList.add("heard");
    heard = word;
  }
  if (!audio.paused) requestAnimationFrame(markWord);
}
if (audio) { audio.addEventListener("play", markWord); audio.addEventListener("seeked", markWord); }
function stepWord(step) {
  const at = Math.min(words.length - 1, Math.max(0, wordAt(audio.currentTime + 0.02) + step)), word = words[at];
  if (!word) return;
  until_s = null;
  choose(word.tag);
  word.span.scrollIntoView({ block: "nearest" });
  audio.currentTime = word.start_s;
  play(audio);
}

function nudge(select, step) {
  const at = Math.min(select.options.length - 1, Math.max(0, select.selectedIndex + step));
  if (at !== select.selectedIndex && !select.disabled) { select.selectedIndex = at; select.dispatchEvent(new Event("change")); }
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  const step = { n: 1, p: -1 }[event.key];
  if (step && stops.length) {
    const from = chosen ? tags.indexOf(chosen) : -1;
    const next = step > 0 ? stops.find(tag => tags.indexOf(tag) > from) : stops.findLast(tag => tags.indexOf(tag) < from);
    const tag = next || chosen || stops[0];
    tag.node.focus({ preventScroll: true });
    tag.node.scrollIntoView({ block: "nearest" });
  } else if (audio && event.shiftKey && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    event.preventDefault();
    stepWord(event.key === "ArrowRight" ? 1 : -1);
  } else if (audio && "+-=".includes(event.key)) nudge(speed, event.key === "-" ? -1 : 1);
  else if (audio && "123".includes(event.key)) nudge(side, Number(event.key) - 1 - side.selectedIndex);
  else if (event.key === "e") panel.querySelector(".clip")?.click();
  else if (event.key === "u") document.getElementById("to-list").click();
  else if (role !== "agent" && event.key === "k") document.getElementById("to-card").click();
  else if (role !== "agent" && event.key === "r") say("reviewed");
  else if (role !== "agent" && KEYS[event.key]) { event.preventDefault(); say(KEYS[event.key]); }
});

// Who comes for a moment, a tag or a verdict finds it chosen: the keys go on from there.
function asked() {
  const query = new URLSearchParams(location.search), verdict = new URLSearchParams(query.get("in") || "").get("verdict");
  const [, at, name] = /^#(?:t=(\d+(?:\.\d+)?)|((?:level|prompt|turn):\d+))$/.exec(location.hash) || [];
  const wanted = VERDICTS[verdict] || [];
  if (name) return tags.find(tag => tag.name === name);
  if (at === undefined) return tags.find(tag => wanted.includes(lastOf(tag)?.did));
  const far = tag => Math.abs((tag.kind === "turn" ? tag.about.start_s : tag.at_s) - Number(at));
  const alike = tags.filter(tag => tag.kind === query.get("kind")), among = alike.length ? alike : tags.filter(tag => tag.kind === "turn");
  return among.reduce((best, tag) => best && far(best) <= far(tag) ? best : tag, undefined);
}
function chooseAsked() {
  const tag = asked();
  tag?.node.focus({ preventScroll: true });
  tag?.node.scrollIntoView({ block: "center" });
}
const VERDICTS = { "second opinion wanted": ["second opinion"], disputed: ["dispute", "correct"] }; // of the list's filter

// Who came for a moment goes on to the next one, as the list of moments had it; it may be in the same call.
const moments = JSON.parse(sessionStorage.getItem("moments") || "[]"), ways = [...document.querySelectorAll("a[rel][hidden]")];
function arrived() {
  chooseAsked();
  const here = moments.indexOf(location.href);
  for (const link of ways) {
    const to = here < 0 ? undefined : moments[here + (link.rel === "next" ? 1 : -1)];
    link.hidden = !to;
    if (to) link.href = to; else link.removeAttribute("href");
  }
}
addEventListener("hashchange", arrived);

// The chart stands still above; what is stepped to comes to rest below it, and the evidence stays beside it.
const still = document.querySelector(".sticky");
new ResizeObserver(() => document.documentElement.style.setProperty("--still", `${still.offsetHeight}px`)).observe(still);
mark();
arrived();
