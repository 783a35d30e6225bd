// The supervisor's page: the ranking, asked for every second or two.  Rows keep their place while a pointer or the
// keyboard focus is on the table, so that nothing moves under a hand.

const EVERY_MS = 1500;
const MARKS = { calm: "▁", tense: "▃", heated: "▅", abusive: "█", stuck: "↻" };
const rows = document.getElementById("rows");
const health = document.getElementById("health");

function cell(text, kind = "") {
  const node = document.createElement("td");
  node.textContent = text;
  node.className = kind;
  return node;
}

function row(call) {
  const node = document.createElement("tr");
  node.dataset.level = call.level;
  node.dataset.call = call.call_id;
  const handover = document.createElement("td");
  handover.className = "wide";
  const list = document.createElement("ol");
  for (const text of call.handover) list.append(Object.assign(document.createElement("li"), { textContent: text }));
  handover.append(list);
  node.append(
    cell(`${MARKS[call.level]} ${call.level}`, "level"), cell(clock(call.level_for_s), "number"), cell(call.agent || "–"),
    cell(call.call_id), handover, cell(call.health),
  );
  return node;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function inPlace(calls) {
  const held = rows.matches(":hover, :focus-within");
  if (!held) return calls;
  const order = [...rows.children].map((node) => node.dataset.call);
  const place = (call) => (order.indexOf(call.call_id) + 1 || order.length + 1);
  return [...calls].sort((one, other) => place(one) - place(other));
}

async function look() {
  try {
    const answer = await fetch("/api/calls");
    if (!answer.ok) throw new Error(String(answer.status));
    const { calls, most } = await answer.json();
    rows.replaceChildren(...inPlace(calls).map(row));
    document.getElementById("none").hidden = calls.length > 0;
    health.textContent = `${calls.length} of at most ${most}`;
    health.dataset.health = "good";
  } catch {
    health.textContent = "No link to the program; trying again. What is below may be old.";
    health.dataset.health = "trouble";
  }
  setTimeout(look, EVERY_MS);
}

look();
