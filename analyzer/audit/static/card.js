"use strict";
// The scorecard without a mouse: step, answer, hear the evidence, save; the total and the transcript follow.
const audio = document.querySelector("audio"), form = document.getElementById("card");
const questions = [...document.querySelectorAll(".question")], turns = [...document.querySelectorAll("#words .turn")];
const WORTH = { yes: 1, partly: 0.5, no: 0 }, KEYS = { y: "yes", p: "partly", n: "no", x: "not applicable" };
let until_s = null, changed = false;

function tell() {
  let sum = 0, weights = 0, open = 0;
  for (const question of questions) {
    const answer = question.querySelector(":checked")?.value, weight = Number(question.dataset.weight);
    question.classList.toggle("open", !answer);
    if (!answer) open += 1;
    else if (answer in WORTH) { sum += weight * WORTH[answer]; weights += weight; }
  }
  document.getElementById("total").textContent = (weights ? `${(100 * sum / weights).toFixed(0)} of 100` : "–") + (open ? `, ${open} open` : "");
}

function hear(from_s, to_s = null) {
  if (!audio) return;
  until_s = to_s === null ? null : to_s + 0.3;
  audio.currentTime = Math.max(0, from_s - 0.15);
  play(audio);
}
const quote = button => button && hear(Number(button.dataset.from), Number(button.dataset.to));
document.querySelectorAll("button[data-from]").forEach(button => button.addEventListener("click", () => quote(button)));
turns.forEach(turn => turn.addEventListener("click", () => { if (!String(getSelection())) hear(Number(turn.dataset.from)); }));

// The transcript follows in its own box; the page itself stands still.
let now = null;
function follow() {
  const turn = turns.filter(turn => Number(turn.dataset.from) <= audio.currentTime + 0.2).pop() || null;
  if (turn === now) return;
  now?.classList.remove("now");
  now = turn;
  now?.classList.add("now");
  const box = document.getElementById("words");
  if (now && (now.offsetTop < box.scrollTop + box.offsetTop || now.offsetTop + now.offsetHeight > box.scrollTop + box.offsetTop + box.clientHeight)) box.scrollTop = now.offsetTop - box.offsetTop - 40;
}
if (audio) {
  audio.addEventListener("timeupdate", () => { follow(); if (until_s !== null && audio.currentTime >= until_s) { until_s = null; audio.pause(); } });
  const speed = Number(localStorage.getItem("audit-speed")) || 1;
  audio.defaultPlaybackRate = audio.playbackRate = speed;
}

form.addEventListener("change", () => { changed = true; tell(); });
form.addEventListener("submit", () => { changed = false; });
addEventListener("beforeunload", event => { if (changed) event.preventDefault(); });

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, textarea, audio, dialog")) return;
  const at = questions.indexOf(document.activeElement?.closest(".question"));
  const step = { j: 1, k: -1 }[event.key], seconds = { ArrowLeft: -5, ArrowRight: 5 }[event.key];
  if (step) {
    const next = questions[at < 0 ? 0 : Math.min(questions.length - 1, Math.max(0, at + step))];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  } else if (KEYS[event.key] && at >= 0) {
    event.preventDefault();
    questions[at].querySelector(`[value="${KEYS[event.key]}"]`).checked = true;
    changed = true;
    tell();
  } else if (event.key === "h" && at >= 0) quote(questions[at].querySelector("button[data-from]"));
  else if (event.key === "s") { event.preventDefault(); form.requestSubmit(); }
  else if (event.key === "o") { event.preventDefault(); document.getElementById("outcome").focus(); }
  else if (event.key === "t") document.getElementById("to-tags")?.click();
  else if (event.key === " " && audio && !event.target.closest("input, button, a")) { event.preventDefault(); until_s = null; audio.paused ? play(audio) : audio.pause(); }
  else if (seconds && audio && !event.target.closest("input, button, a")) { event.preventDefault(); audio.currentTime = Math.max(0, audio.currentTime + seconds); }
});

const still = document.querySelector(".sticky");
new ResizeObserver(() => document.documentElement.style.setProperty("--still", `${still.offsetHeight}px`)).observe(still);
tell();
