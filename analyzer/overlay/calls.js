// The supervisor's page: the ranking, asked for every second or two.  Rows keep their place while a pointer or the
// keyboard focus is on the table, so that nothing moves under a hand.

const EVERY_MS = 1500;
const MARKS = { calm: "▁", tense: "▃", heated: "▅", abusive: "█", stuck: "↻" };
const rows = document.getElementById("rows");
const health = document.getElementById("health");

function row(call) {
  const node = document.createElement("tr");
  node.dataset.call = call.call_id;
  for (const kind of ["level", "number", "agent", "call", "handover", "audio"]) {
    const cell = document.createElement("td");
    cell.className = kind;
    node.append(cell);
  }
  const list = document.createElement("ol");
  for (const _ of call.handover) list.append(document.createElement("li"));
  node.children[4].append(list);
  return node;
}

// Only what has changed is touched: a screen reader keeps its place, and text that is marked stays marked.
function fill(node, call) {
  node.dataset.level = call.level;
  const [level, number, agent, name, handover, audio] = node.children;
  say(level, `${MARKS[call.level]} ${call.level}`);
  say(number, clock(call.level_for_s));
  say(agent, call.agent || "–");
  say(name, call.call_id);
  say(audio, call.health);
  call.handover.forEach((text, place) => say(handover.firstChild.children[place], text));
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function show(calls) {
  const known = new Map([...rows.children].map((node) => [node.dataset.call, node]));
  const nodes = calls.map((call) => known.get(call.call_id) ?? row(call));
  nodes.forEach((node, place) => fill(node, calls[place]));
  for (const node of known.values()) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, place) => rows.children[place] !== node && rows.insertBefore(node, rows.children[place] ?? null));
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
    show(inPlace(calls));
    document.getElementById("none").hidden = calls.length > 0;
    say(health, `${calls.length} of at most ${most}`);
    health.dataset.health = "good";
  } catch {
    say(health, "No link to the program; trying again. What is below may be old.");
    health.dataset.health = "trouble";
  }
  setTimeout(look, EVERY_MS);
}

look();
