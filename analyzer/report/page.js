"use strict";
// Draws one call from the JSON beside it.  All words go in as text nodes, never as markup.
const call = JSON.parse(document.getElementById("data").textContent);
const audio = document.querySelector("audio");
const SHAPES = { listen: "●", mirror: "◆", probe: "▲", "de-escalate": "■" };

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value; else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  const minutes = String(Math.floor(whole / 60) % 60).padStart(2, "0");
  const hours = whole >= 3600 ? `${Math.floor(whole / 3600)}:` : "";
  return `${hours}${minutes}:${String(whole % 60).padStart(2, "0")}`;
}

function hear(seconds) {
  if (!audio) return;
  audio.currentTime = Math.max(0, seconds - 0.15);
  play(audio);
}

// --- the chart: one time axis for waveform, intensity, levels and prompts -------------------------
const WIDTH = 1200, HEIGHT = 210, WAVE = 34, CURVE_TOP = 82, CURVE_BOTTOM = 172;
const x = seconds => (seconds / Math.max(call.duration_s, 0.001)) * WIDTH;
const y = value => CURVE_BOTTOM - value * (CURVE_BOTTOM - CURVE_TOP);

function shape(tag, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function drawChart(chart) {
  chart.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  chart.setAttribute("preserveAspectRatio", "none");
  chart.setAttribute("aria-label", call.spoken);
  for (const { from_s, to_s, level } of call.spans) {
    chart.append(shape("rect", { x: x(from_s), y: 0, width: Math.max(1, x(to_s) - x(from_s)), height: CURVE_BOTTOM, fill: `var(--${level})` }));
  }
  chart.append(shape("g", { id: "waves" }));
  for (const value of [0, 0.5, 1]) {
    chart.append(shape("line", { x1: 0, x2: WIDTH, y1: y(value), y2: y(value), stroke: "var(--line)", "vector-effect": "non-scaling-stroke" }));
  }
  const judged = call.turns.filter(turn => turn.affect);
  for (const turn of judged) {
    const mood = turn.affect.sentiment;
    const colour = mood < -0.25 ? "var(--de-escalate)" : mood > 0.25 ? "var(--listen)" : "var(--quiet)";
    chart.append(shape("rect", { x: x(turn.start_s), width: Math.max(2, x(turn.end_s) - x(turn.start_s)), y: y(turn.affect.intensity), height: y(0) - y(turn.affect.intensity), fill: colour, opacity: 0.35 }));
  }
  if (call.tension.length) {
    const points = call.tension.map(([at_s, pressure]) => `${x(at_s).toFixed(1)},${y(pressure).toFixed(1)}`).join(" ");
    chart.append(shape("polyline", { points, fill: "none", stroke: "var(--ink)", "stroke-width": 2, "vector-effect": "non-scaling-stroke" }));
  }
  const playhead = shape("line", { x1: 0, x2: 0, y1: 0, y2: HEIGHT, stroke: "var(--ink)", "vector-effect": "non-scaling-stroke", id: "playhead" });
  chart.append(playhead);
  chart.addEventListener("click", event => {
    const box = chart.getBoundingClientRect();
    hear(((event.clientX - box.left) / box.width) * call.duration_s);
  });
  return playhead;
}

// Labels and pins sit over the stretched drawing, so that they keep their shape at every width.
function overlayChart(chart) {
  const frame = element("div", { style: "position:relative" });
  chart.replaceWith(frame);
  frame.append(chart);
  const place = (node, left, top) => {
    node.style.cssText += `;position:absolute;left:${left}%;top:${top}px;line-height:1`;
    frame.append(node);
  };
  place(element("small", { className: "label" }, "intensity (bars), tension (line)"), 0.2, CURVE_TOP - 12);
  const step = [5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600].find(size => call.duration_s / size <= 10) || 7200;
  for (let at_s = 0; at_s < call.duration_s - step / 3; at_s += step) { // a last one would hang over the edge
    place(element("small", { className: "label" }, clock(at_s)), (at_s / call.duration_s) * 100, 194);
  }
  for (const prompt of call.prompts) {
    const pin = element("button", { className: "pin", title: `${clock(prompt.at_s)} ${prompt.move}: ${prompt.line}`, style: `color:var(--${prompt.move});background:none;border:0;padding:0;font-size:14px;cursor:pointer;transform:translateX(-50%)` }, SHAPES[prompt.move] || "●");
    pin.setAttribute("aria-label", pin.title);
    pin.addEventListener("click", () => hear(prompt.at_s - 4));
    place(pin, Math.min(99.4, Math.max(0.6, (prompt.at_s / call.duration_s) * 100)), CURVE_BOTTOM + 3);
  }
}

// The outline of the sound, one lane a side, with its name.
function drawWaves(waves) {
  const lanes = document.getElementById("waves"), frame = document.getElementById("chart").parentNode;
  waves.forEach(({ speaker, peaks }, lane) => {
    const middle = 18 + lane * WAVE, step = WIDTH / peaks.length;
    const top = peaks.map((peak, i) => `${(i * step).toFixed(1)},${(middle - peak * 15).toFixed(1)}`);
    const bottom = peaks.map((peak, i) => `${(i * step).toFixed(1)},${(middle + peak * 15).toFixed(1)}`).reverse();
    lanes.append(shape("polygon", { points: [...top, ...bottom].join(" "), fill: `var(--${speaker}, var(--quiet))`, opacity: 0.75 }));
    frame.append(element("small", { className: "label", style: `position:absolute;left:0.2%;top:${3 + lane * WAVE}px;line-height:1` }, speaker));
  });
}

// --- the transcript -------------------------------------------------------------------------------
function feelings(turn) {
  const { sentiment, intensity, labels, sure } = turn.affect;
  const signed = (sentiment > 0 ? "+" : "") + sentiment.toFixed(2) + (sure === false ? " (not sure)" : "");
  const named = (labels || []).filter(name => name !== "neutral" && !turn.cues.includes(name)).slice(0, 3);
  return [`sentiment ${signed}`, `intensity ${intensity.toFixed(2)}`, ...turn.cues, ...named].join(" · ");
}

function turnRow(turn) {
  const said = element("p");
  for (const word of turn.words) {
    said.append(element("span", { className: word.confidence < 0.6 ? "doubtful" : "", title: `${clock(word.start_s)}, confidence ${word.confidence.toFixed(2)}` }, word.word), " ");
  }
  if (turn.affect) said.append(element("span", { className: "feel" }, feelings(turn)));
  const row = element("div", { className: `turn ${turn.speaker} at-${turn.level}`, tabIndex: 0, role: "button" },
    element("time", {}, clock(turn.start_s)), element("span", { className: "who" }, turn.speaker), said);
  row.dataset.start = turn.start_s;
  row.addEventListener("click", () => hear(turn.start_s));
  row.addEventListener("keydown", event => { if (event.key === "Enter") hear(turn.start_s); });
  return row;
}

function promptRow(prompt) {
  const row = element("div", { className: "prompt" },
    element("b", {}, `${SHAPES[prompt.move] || ""} ${prompt.move}: `), prompt.line,
    element("small", {}, `${clock(prompt.at_s)} · ${prompt.tactic} · because ${prompt.cause}${prompt.used ? " · used" : ""}`));
  row.style.setProperty("--move", `var(--${prompt.move})`);
  return row;
}

function levelRow(level) {
  const reasons = new Map();
  for (const { quote, what } of level.evidence) reasons.set(quote, [...(reasons.get(quote) || []), what]);
  const quotes = [...reasons].map(([quote, whats]) => `${quote ? `“${quote}” ` : ""}(${whats.join(", ")})`);
  return element("div", { className: "level" }, `${clock(level.at_s)} the call is `, element("b", {}, level.level), quotes.length ? `: ${quotes.join("; ")}` : "");
}

function drawTranscript(section) {
  const rows = [
    ...call.turns.map(turn => [turn.end_s, 0, turnRow(turn)]),
    ...call.levels.map(level => [level.at_s, 1, levelRow(level)]),
    ...call.prompts.map(prompt => [prompt.at_s, 2, promptRow(prompt)]),
  ].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  section.append(...rows.map(([, , row]) => row));
  if (!rows.length) section.append(element("p", {}, "No speech was heard in this recording."));
}

// --- the side: what became of the call, and what can be proved -------------------------------------
function drawAside(aside) {
  for (const { title, lines } of call.summary) {
    aside.append(element("section", {}, element("h2", {}, title), element("ul", {}, ...lines.map(line => element("li", {}, line)))));
  }
  const list = element("dl");
  for (const [name, value] of call.provenance) list.append(element("dt", {}, name), element("dd", {}, element("code", {}, value)));
  aside.append(element("section", {}, element("h2", {}, "Heard and judged by"), list));
}

document.querySelector("h1").textContent = call.call_id;
document.querySelector(".facts").textContent = call.spoken;
const playhead = drawChart(document.getElementById("chart"));
overlayChart(document.getElementById("chart"));
drawWaves(call.waves);
drawTranscript(document.getElementById("transcript"));
drawAside(document.getElementById("aside"));

const rows = [...document.querySelectorAll(".turn")];
let current = null, isAsked = false; // whether somebody has just asked to hear from here on
function isSeen(row) {
  const { top, bottom } = row.getBoundingClientRect();
  return bottom > document.querySelector(".sticky").getBoundingClientRect().bottom && top < innerHeight;
}

// The transcript follows the sound, unless its reader has gone elsewhere: then it waits for them.
function follow() {
  playhead.setAttribute("x1", x(audio.currentTime));
  playhead.setAttribute("x2", x(audio.currentTime));
  const now = rows.filter(row => Number(row.dataset.start) <= audio.currentTime + 0.2).pop() || null;
  if (now === current) return;
  const isWanted = isAsked || !current || isSeen(current);
  current?.classList.remove("now");
  current = now;
  isAsked = false;
  if (!now) return;
  now.classList.add("now");
  const calmly = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  if (!audio.paused && isWanted) now.scrollIntoView({ block: "nearest", behavior: calmly });
}
if (audio) for (const asked of ["play", "seeking"]) audio.addEventListener(asked, () => { isAsked = true; });
if (audio) audio.addEventListener("timeupdate", follow);

// A link to a moment, call.html#t=83.5: its turn comes into view, and the audio stands ready there.
function arrive() {
  const asked = /^#t=(\d+(\.\d+)?)$/.exec(location.hash);
  if (!asked) return;
  const row = rows.filter(row => Number(row.dataset.start) <= Number(asked[1]) + 0.2).pop();
  if (audio) audio.currentTime = Number(asked[1]);
  if (row) { current?.classList.remove("now"); current = row; row.classList.add("now"); row.scrollIntoView({ block: "center" }); }
}
addEventListener("hashchange", arrive);
arrive();
document.addEventListener("keydown", event => {
  if (event.target.closest("button, input, select, textarea, audio, dialog")) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.key === " " && audio) { event.preventDefault(); audio.paused ? play(audio) : audio.pause(); }
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const row = rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(current) + step))];
    if (!row) return;
    row.focus({ preventScroll: true });
    if (audio) { audio.currentTime = Number(row.dataset.start); follow(); } else current = row;
    row.scrollIntoView({ block: "nearest" });
  }
});
