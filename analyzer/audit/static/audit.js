"use strict";
// What the audit adds to the page of a call (page.js): tags with their evidence, the trail, words, speed and sides.
const { number, csrf, role } = document.getElementById("data").dataset;

// --- tags: everything that the program said of the call, in the order of the transcript -----------
const tags = [
  ...call.levels.map((level, i) => ({ name: `level:${i}`, at_s: level.at_s, order: 1, title: `level: ${level.level}`, about: level, rule: "pressure of the call" })),
  ...call.prompts.map((prompt, i) => ({ name: `prompt:${i}`, at_s: prompt.at_s, order: 2, title: `${prompt.move}: ${prompt.line}`, about: prompt, rule: `card ${prompt.card.name} v${prompt.card.version}: ${prompt.cause}` })),
  ...call.turns.map((turn, i) => ({ name: `turn:${i}`, at_s: turn.end_s, order: 0, title: turn.cues.length ? `cues: ${turn.cues.join(", ")}` : `turn of the ${turn.speaker}`, about: turn, rule: "text model", evidence: [{ quote: turn.text, start_s: turn.start_s, end_s: turn.end_s, what: "the whole turn" }] })),
].sort((a, b) => a.at_s - b.at_s || a.order - b.order);
const nodes = [...document.querySelectorAll("#transcript > *")];
tags.forEach((tag, i) => {
  tag.node = nodes[i];
  tag.node.classList.add("tag");
  tag.node.tabIndex = 0;
  tag.node.addEventListener("click", () => choose(tag));
  tag.node.addEventListener("focus", () => choose(tag));
});
let chosen = null;

function features(tag) {
  const { affect, voice, acts } = tag.about;
  const found = [["pressure", tag.about.pressure], ["sentiment", affect?.sentiment], ["intensity", affect?.intensity], ["confidence", affect?.confidence],
    ...Object.entries(voice || {}), ...Object.entries(acts || {})];
  return found.filter(([, value]) => typeof value === "number").map(([name, value]) => `${name} ${value.toFixed(2)}`).join(" · ");
}

function choose(tag) {
  if (chosen === tag) return;
  if (chosen) chosen.node.classList.remove("chosen");
  chosen = tag;
  tag.node.classList.add("chosen");
  showEvidence();
}

function showEvidence() {
  const panel = document.getElementById("evidence"), tag = chosen;
  const quotes = (tag.evidence || tag.about.evidence).map(({ quote, start_s, end_s, what, value }) => {
    const clip = element("button", { type: "button" }, `▶ ${clock(start_s)} to ${clock(end_s)}`);
    clip.addEventListener("click", () => playClip(start_s, end_s));
    return element("blockquote", {}, quote ? `“${quote}” ` : "", `(${what}${typeof value === "number" ? `, ${value.toFixed(2)}` : ""}) `, clip);
  });
  const hashes = [...Object.entries(call.models), ["playbook", call.policy]].map(([part, { name, sha256 }]) => element("li", {}, `${part}: ${name} `, element("code", { title: sha256 }, sha256.slice(0, 16))));
  const said = call.said.filter(entry => entry.tag === tag.name).map(entry =>
    element("li", {}, `${entry.at.slice(0, 16).replace("T", " ")} ${entry.person}: ${entry.did}${entry.correction ? ` to “${entry.correction}”` : ""}${entry.why ? `, ${entry.why}` : ""}`));
  panel.replaceChildren(element("h2", {}, `${clock(tag.at_s)} ${tag.title}`), ...quotes,
    element("p", {}, `Rule: ${tag.rule}`), element("p", { className: "feel" }, features(tag)),
    element("ul", {}, ...hashes), ...(said.length ? [element("h2", {}, "Said of it"), element("ul", { id: "said" }, ...said)] : []), ...(role === "agent" ? [] : [form()]));
}

function form() {
  const why = element("textarea", { id: "why", rows: 2, placeholder: chosen.order === 0 ? "why (a note; for c the right cues with commas, or none)" : "why (a note, or the right tag after c)" });
  why.setAttribute("aria-label", "why");
  const buttons = Object.entries(KEYS).map(([key, did]) => {
    const button = element("button", { type: "button" }, `${did} (${key})`);
    button.addEventListener("click", () => say(did));
    return button;
  });
  return element("div", { className: "filters" }, why, ...buttons, element("span", { id: "told", role: "status" }));
}

// --- the trail ------------------------------------------------------------------------------------
const KEYS = { a: "agree", d: "dispute", c: "correct", m: "note", o: "second opinion" };

async function say(did) {
  if (!chosen && did !== "reviewed") return;
  const tag = did === "reviewed" ? "call" : chosen.name;
  const why = document.getElementById("why")?.value.trim() || "";
  if ((did === "correct" || did === "note") && !why) { document.getElementById("why").focus(); return; }
  const body = new URLSearchParams({ tag, did, why: did === "correct" ? "" : why, correction: did === "correct" ? why : "" });
  const answer = await fetch(`/calls/${number}/said`, { method: "POST", body, headers: { "X-CSRF": csrf } });
  if (!answer.ok) { const told = document.getElementById("told"); if (told) told.textContent = await answer.text(); return; }
  call.said.push(await answer.json());
  mark();
  if (chosen) showEvidence();
}

function mark() {
  document.querySelectorAll(".verdict").forEach(node => node.remove());
  for (const tag of tags) {
    const last = call.said.filter(entry => entry.tag === tag.name && entry.did !== "note").pop();
    if (last) tag.node.append(element("span", { className: "verdict" }, `${last.person}: ${last.did}`));
  }
  const reviewed = call.said.filter(entry => entry.did === "reviewed").pop();
  document.querySelector(".facts").textContent = call.spoken + (reviewed ? ` Reviewed by ${reviewed.person}.` : "");
}

// --- hearing --------------------------------------------------------------------------------------
let until_s = null;
function playClip(start_s, end_s) { if (audio) { until_s = end_s + 0.3; hear(start_s); } }
if (audio) {
  audio.addEventListener("timeupdate", () => { if (until_s !== null && audio.currentTime >= until_s) { until_s = null; audio.pause(); } });
  document.getElementById("speed").addEventListener("change", event => { audio.playbackRate = Number(event.target.value); });
  let sides = null;
  document.getElementById("side").addEventListener("change", event => {
    sides = sides || split();
    const wanted = event.target.value;
    sides.agent.gain.value = wanted === "customer" ? 0 : 1;
    sides.customer.gain.value = wanted === "agent" ? 0 : 1;
  });
}

// The agent is the left channel and the customer the right one; each goes to both ears through its own gain.
function split() {
  const context = new AudioContext(), source = context.createMediaElementSource(audio), splitter = context.createChannelSplitter(2);
  source.connect(splitter);
  const side = channel => { const gain = context.createGain(); splitter.connect(gain, channel); gain.connect(context.destination); return gain; };
  return { agent: side(0), customer: side(1) };
}

// Every word can be played from.
for (const tag of tags.filter(tag => tag.order === 0)) {
  [...tag.node.querySelectorAll("p > span[title]")].forEach((span, i) => {
    const word = tag.about.words[i];
    if (word) span.addEventListener("click", event => { event.stopPropagation(); choose(tag); until_s = null; hear(word.start_s); });
  });
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const step = { n: 1, p: -1 }[event.key];
  if (step && tags.length) {
    const next = tags[chosen ? Math.min(tags.length - 1, Math.max(0, tags.indexOf(chosen) + step)) : 0];
    next.node.focus();
    next.node.scrollIntoView({ block: "nearest" });
  } else if (role !== "agent" && event.key === "k") document.getElementById("to-card").click();
  else if (role !== "agent" && event.key === "r") say("reviewed");
  else if (role !== "agent" && KEYS[event.key]) { event.preventDefault(); say(KEYS[event.key]); }
});
mark();
