// The tail: rows come by server-sent events, and are put in place once a frame.
"use strict";

const MOST = 500; // rows kept: older ones are in the journal, behind the filters
const list = document.getElementById("rows");
const blank = document.getElementById("row").content.firstElementChild;
const button = document.getElementById("pause");
const state = document.getElementById("state");
const empty = document.getElementById("empty");

let waiting = []; // rows that came and are not shown, oldest first
let missed = 0; // how many came while paused
let paused = false;
let drawing = false;

function element(row) {
  const made = blank.cloneNode(true);
  const part = (name) => made.querySelector(`[data-f="${name}"]`);
  made.dataset.outcome = row.outcome;
  made.dataset.kind = row.kind;
  part("at").textContent = (row.at || "").slice(11, 23);
  part("mark").textContent = row.mark;
  if (row.tone !== null) part("mark").classList.add(`tone${row.tone}`);
  part("route").textContent = row.route || "";
  part("pill").textContent =
    row.kind === "exchange" ? row.status || "no answer" : row.outcome.replaceAll("_", " ");
  if (row.kind === "exchange") part("pill").classList.add(`s${Math.floor((row.status || 0) / 100)}`);
  part("event").firstElementChild.textContent = row.event || row.message_id || "";
  if (row.number) part("event").href = `/events/${row.number}${list.dataset.clear ? "?clear=1" : ""}`;
  part("more").textContent = row.others ? `+${row.others}` : "";
  part("person").textContent = row.person || "";
  part("what").textContent = row.what;
  return made;
}

function draw() {
  drawing = false;
  if (paused || !waiting.length) return;
  const fresh = document.createDocumentFragment();
  for (const row of waiting.slice(-MOST).reverse()) fresh.append(element(row));
  waiting = [];
  list.prepend(fresh);
  while (list.children.length > MOST) list.lastElementChild.remove();
  empty.hidden = true;
}

function soon() {
  if (drawing || paused) return;
  drawing = true;
  // A hidden page gets no frames, and would only pile up rows.
  if (document.hidden) setTimeout(draw, 250);
  else requestAnimationFrame(draw);
}

function tell(text) {
  state.textContent = text;
  state.hidden = false;
}

function pause(now) {
  paused = now;
  missed = 0;
  button.textContent = paused ? "Go on" : "Pause";
  button.setAttribute("aria-pressed", String(paused));
  document.body.classList.toggle("paused", paused);
  tell(paused ? "Paused · 0 new" : "Live");
  soon();
}

const source = new EventSource(
  `${list.dataset.stream}${list.dataset.stream.endsWith("?") ? "" : "&"}after=${list.dataset.last}`,
);
source.onopen = () => { if (!paused) tell("Live"); };
source.onerror = () => { if (!paused) tell("Connection lost: trying again"); };
source.onmessage = (message) => {
  const rows = JSON.parse(message.data);
  waiting.push(...rows);
  if (waiting.length > MOST) waiting = waiting.slice(-MOST);
  if (paused) {
    missed += rows.length;
    tell(`Paused · ${missed.toLocaleString("en")} new`);
  }
  soon();
};

function move(by) {
  const rows = [...list.children];
  const now = rows.indexOf(document.activeElement.closest(".row"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + by))];
  if (next) next.focus();
}

document.addEventListener("keydown", (press) => {
  const typing = press.target.closest("input, select, textarea, [contenteditable]");
  if (press.key === "Escape") document.activeElement.blur();
  if (typing || press.ctrlKey || press.metaKey || press.altKey) return;
  const row = press.target.closest(".row");
  if (press.key === "j") move(1);
  else if (press.key === "k") move(-1);
  else if (press.key === "Enter" && row === press.target) row.querySelector("a[href]")?.click();
  else if (press.key === " " && !press.target.closest("button, a, summary")) pause(!paused);
  else if (press.key === "/") document.getElementById("text").focus();
  else return;
  press.preventDefault();
});

button.addEventListener("click", () => pause(!paused));
button.hidden = false;
tell("Connecting");
