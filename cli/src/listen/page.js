"use strict";
// Bodies are untrusted text: insert them only through textContent.

const MOST_ROWS = 500;
const byId = (id) => document.getElementById(id);
const list = byId("deliveries");
const state = byId("state");
let missed = 0;

// Shows characters that would move, reorder or hide the text around them as escapes.
const visible = (text) =>
  String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (letter) => `\\u{${letter.codePointAt(0).toString(16)}}`);

const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = visible(text);
  return made;
};

const say = (word, text) => {
  state.dataset.state = word;
  state.textContent = text;
};

const ageOf = (delivery) => {
  const age = delivery.checks.find((check) => check.name === "age");
  return age && age.found ? String(age.found) : "";
};

const authenticity = (delivery) =>
  !delivery.accepted ? "rejected" : delivery.signed_by ? "signed" : "unsigned";

function row(delivery) {
  const is = authenticity(delivery);
  const details = element("details", is);
  const summary = element("summary");
  summary.append(element("span", "time", delivery.received_at.slice(11, 23)), element("span", "badge", is));
  const event = delivery.event;
  if (is === "rejected") {
    summary.append(element("span", "reason", delivery.error.message));
  } else {
    const name = element("span", "event", event ? event.name : "");
    if (event && event.form !== "known") name.append(element("small", "", event.form));
    summary.append(
      name,
      element("span", "user", delivery.user_id ?? ""),
      element("span", "id", delivery.id ?? ""),
      element("span", "age", ageOf(delivery)),
    );
  }
  details.append(summary);
  // The contents are built when the row is opened.
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(inside(delivery));
  });
  return details;
}

const WARNINGS = {
  unsigned: "Unsigned: anyone can have written this.",
  signed_but_rejected: "Rejected: the signature is valid, but do not act on this.",
  not_verified: "Not verified: anyone can have written this.",
};

function inside(delivery) {
  const made = element("div", "inside");
  if (WARNINGS[delivery.trust]) made.append(element("p", "warning", WARNINGS[delivery.trust]));
  made.append(element("p", "", facts(delivery).join("  ·  ")));
  const checks = element("section");
  checks.append(element("h2", "", "Checks"), checkList(delivery.checks));
  const texts = element("section");
  const parts = { Payload: delivery.texts.payload, Claims: delivery.texts.claims, Header: delivery.texts.header };
  parts.Body = delivery.start;
  for (const [title, text] of Object.entries(parts)) {
    if (text === null || text === undefined) continue;
    const pre = element("pre");
    // The parts are already escaped, except for their line breaks.
    pre.textContent = title === "Body" ? visible(text) : text;
    // Focusable, so that the arrow keys scroll it.
    pre.tabIndex = 0;
    pre.setAttribute("role", "region");
    pre.setAttribute("aria-label", title);
    texts.append(element("h2", "", title), pre);
  }
  made.append(checks, texts);
  return made;
}

function facts(delivery) {
  const { event, forwarded } = delivery;
  const facts = [`#${delivery.number}`, `POST ${delivery.path}`, `${delivery.bytes} bytes`, delivery.texts.format];
  facts.push(`answered ${delivery.status}`);
  if (forwarded) facts.push(`forwarded: ${forwarded.status ?? forwarded.error} in ${forwarded.milliseconds} ms`);
  if (event) facts.push(event.wire_name);
  if (event && event.form === "malformed") facts.push(`malformed at ${event.path}: ${event.reason}`);
  if (event && event.form === "unknown") facts.push("not an event that this version knows");
  return facts;
}

function checkList(checks) {
  const marks = { passed: "✓", failed: "✗", not_reached: "–" };
  const listed = element("ul", "checks");
  for (const check of checks) {
    const item = element("li", check.status);
    const found = check.found === undefined ? "" : String(check.found);
    let note = check.status === "passed" ? found : check.reason ?? "";
    if (check.status === "failed" && found) note += `, found ${found}`;
    if (check.status === "failed" && check.expected) note += `, expected ${check.expected}`;
    const mark = element("b", "", marks[check.status]);
    mark.title = check.status.replaceAll("_", " ");
    item.append(mark, element("span", "", check.name.replaceAll("_", " ")), element("span", "note-text", note));
    listed.append(item);
  }
  return listed;
}

function show(batch) {
  if (batch.is_first) list.replaceChildren();
  for (const count of ["total", "signed", "unsigned", "rejected"]) byId(count).textContent = batch.counts[count];
  list.prepend(...batch.deliveries.map(row).reverse());
  while (list.childElementCount > MOST_ROWS) list.lastElementChild.remove();
  missed = batch.is_first ? batch.missed : missed + batch.missed;
  byId("missed").hidden = missed === 0;
  byId("missed").textContent = `Counted but not shown: ${missed}. They are too old for this page, or arrived too fast.`;
  byId("empty").hidden = batch.counts.total > 0;
}

byId("hint").textContent = `moneyhub-webhooks send --all ${location.origin}`;
for (const choice of document.getElementsByName("show")) {
  choice.addEventListener("change", () => { list.dataset.show = choice.value; });
}

const stream = new EventSource("/events");
stream.onopen = () => say("live", "live");
stream.onerror = () => say("ended", "disconnected");
stream.onmessage = (message) => show(JSON.parse(message.data));
