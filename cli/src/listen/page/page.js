"use strict";
// What comes from a body is text that the server made and escaped. It is inserted only through textContent.

const MOST_ROWS = 500;
const byId = (id) => document.getElementById(id);
const list = byId("deliveries");
const state = byId("state");
// The secret of this page's link.
const secret = location.search;
let missed = 0;

const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

const say = (word, text) => {
  state.dataset.state = word;
  state.textContent = text;
};

function rowOf(row) {
  const made = element("details", row.authenticity);
  const summary = element("summary");
  summary.append(element("span", "time", row.time), element("span", "badge", row.authenticity));
  if (row.authenticity === "rejected") {
    summary.append(element("span", "reason", row.reason));
  } else {
    const event = element("span", "event", row.event);
    if (row.form) event.append(element("small", "", row.form));
    summary.append(event, element("span", "user", row.user), element("span", "id", row.id), element("span", "age", row.age));
  }
  made.append(summary);
  // The contents are fetched when the row is opened for the first time.
  made.addEventListener("toggle", () => {
    if (made.open && made.childElementCount === 1) open(made, row.number);
  });
  return made;
}

async function open(row, number) {
  const inside = element("div", "inside");
  row.append(inside);
  try {
    const answer = await fetch(`/deliveries/${number}${secret}`);
    if (answer.status === 404) inside.append(element("p", "", "No longer kept: only the latest deliveries are."));
    else if (answer.ok) fill(inside, await answer.json());
    else throw new Error(answer.status);
  } catch {
    // The next opening tries again.
    row.open = false;
    inside.remove();
  }
}

function fill(inside, details) {
  if (details.warning) inside.append(element("p", "warning", details.warning));
  inside.append(element("p", "", details.facts.join("  ·  ")));
  const checks = element("section");
  checks.append(element("h2", "", "Checks"), checkList(details.checks));
  const parts = element("section");
  for (const { title, text } of details.parts) {
    const pre = element("pre", "", text);
    // Focusable, so that the arrow keys scroll it.
    pre.tabIndex = 0;
    pre.setAttribute("role", "region");
    pre.setAttribute("aria-label", title);
    parts.append(element("h2", "", title), pre);
  }
  inside.append(checks, parts);
}

function checkList(checks) {
  const marks = { passed: "✓", failed: "✗", not_reached: "–" };
  const listed = element("ul", "checks");
  for (const check of checks) {
    const item = element("li", check.status);
    const mark = element("b", "", marks[check.status]);
    mark.title = check.status.replaceAll("_", " ");
    item.append(mark, element("span", "", check.name), element("span", "note-text", check.note));
    listed.append(item);
  }
  return listed;
}

function show(piece) {
  if (piece.is_first) list.replaceChildren();
  for (const count of ["total", "signed", "unsigned", "rejected"]) byId(count).textContent = piece.counts[count];
  list.prepend(...piece.rows.map(rowOf).reverse());
  while (list.childElementCount > MOST_ROWS) list.lastElementChild.remove();
  missed = piece.is_first ? piece.missed : missed + piece.missed;
  byId("missed").hidden = missed === 0;
  byId("missed").textContent = `Counted but not shown: ${missed}. They are too old for this page, or arrived too fast.`;
  byId("empty").hidden = piece.counts.total > 0;
}

byId("hint").textContent = `moneyhub-webhooks send --all ${location.origin}`;
for (const choice of document.getElementsByName("show")) {
  choice.addEventListener("change", () => { list.dataset.show = choice.value; });
}

const stream = new EventSource(`/events${secret}`);
stream.onopen = () => say("live", "live");
stream.onerror = () => {
  // A browser does not try again after an answer that is no stream.
  const rejected = stream.readyState === EventSource.CLOSED;
  say("ended", rejected ? "rejected: too many pages are open, or the link is an old one" : "disconnected");
};
stream.onmessage = (message) => show(JSON.parse(message.data));
