"use strict";
// The scorecard without a mouse: step, answer, hear the evidence, save; the total follows.
const audio = document.querySelector("audio"), form = document.getElementById("card");
const questions = [...document.querySelectorAll(".question")];
const WORTH = { yes: 1, partly: 0.5, no: 0 }, KEYS = { y: "yes", p: "partly", n: "no", x: "not applicable" };
let until_s = null;

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

function hear(button) {
  if (!audio || !button) return;
  until_s = Number(button.dataset.to) + 0.3;
  audio.currentTime = Math.max(0, Number(button.dataset.from) - 0.15);
  audio.play();
}
if (audio) audio.addEventListener("timeupdate", () => { if (until_s !== null && audio.currentTime >= until_s) { until_s = null; audio.pause(); } });
document.querySelectorAll("button[data-from]").forEach(button => button.addEventListener("click", () => hear(button)));
form.addEventListener("change", tell);

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, textarea, audio, button, a")) return;
  const at = questions.indexOf(document.activeElement?.closest(".question"));
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const next = questions[at < 0 ? 0 : Math.min(questions.length - 1, Math.max(0, at + step))];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  } else if (KEYS[event.key] && at >= 0) {
    event.preventDefault();
    questions[at].querySelector(`[value="${KEYS[event.key]}"]`).checked = true;
    tell();
  } else if (event.key === "h" && at >= 0) hear(questions[at].querySelector("button[data-from]"));
  else if (event.key === "s") { event.preventDefault(); form.requestSubmit(); }
  else if (event.key === " " && audio) { event.preventDefault(); until_s = null; audio.paused ? audio.play() : audio.pause(); }
});
tell();
