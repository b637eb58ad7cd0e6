// @ts-check
// The page for typing from a paper log: a table of rows, by keyboard alone. A finished row is sent at once, and waits while there is
// no network. Rows stay in sessionStorage until a new sheet is begun, so that a reload loses nothing; nobody is named there whom the server has.

import { element, icon, one } from "./dom.js";
import { countOf, directionOf, faultOf, line, nameless, newRow, sameness, unsent } from "./paper-row.js";
import { sendRows } from "./paper-send.js";
import { counted, word } from "./words.js";

/** @typedef {import("./paper-row.js").Row} Row */
/** @typedef {"time" | "direction" | "person" | "name" | "companions"} Field */

const AT_ONCE = 50;
const FIELDS = /** @type {const} */ (["time", "direction", "person", "name", "companions"]);

const page = one("[data-paper]");
const body = one("[data-rows]", page);
const date = /** @type {HTMLInputElement} */ (one("#paper-date", page));
const fresh = one("[data-new]", page);
const trouble = one("[data-trouble]", page);
const zone = Number(page.dataset.zone);
const url = `/checkpoints/${page.dataset.paper}/paper/rows`;
const KEPT = `vaora-paper-${page.dataset.paper}`;

/** @type {Row[]} */
let rows = kept();
let sending = false;
let pause = 1000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon;

/** @returns {Row[]} what stood here before a reload */
function kept() {
  try {
    const all = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
    if (typeof all.date === "string") date.value = all.date;
    return Array.isArray(all.rows) ? all.rows : [];
  } catch {
    return [];
  }
}

function keep() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ date: date.value, rows: rows.map(nameless) }));
  } catch {
    // Without a place to keep them rows are on this page alone, and leaving it is warned about.
  }
  const count = countOf(rows);
  one("[data-counts]", page).textContent = word("paper.counts", count);
  fresh.hidden = count.n === 0 || rows.some(unsent);
}

/** An empty row at the end, which takes the focus. */
function begin() {
  const last = rows.at(-1);
  if (!last || last.state !== "begun") {
    const row = newRow(rows.length, last?.direction ?? "in");
    rows.push(row);
    body.append(drawn(row));
  }
  keep();
  inputOf(rows.length - 1, "time")?.focus();
}

/** @param {number} n @param {Field} field */
function inputOf(n, field) {
  return /** @type {HTMLInputElement | null} */ (body.children[n]?.querySelector(`[data-field=${field}]`) ?? null);
}

/** @param {Row} row */
function drawn(row) {
  const n = rows.indexOf(row);
  const done = row.state !== "begun" && row.state !== "mend";
  const cells = FIELDS.map((field) => element("td", { class: `paper__${field}`, "data-label": word(`paper.${field}`) }, input(row, n, field, done)));
  const said = element("td", { class: "paper__said", id: `said-${n}` });
  if (row.state === "mend" || (row.state === "begun" && row.said)) said.append(element("span", { class: "flag" }, icon("flag", "icon icon--small"), " ", row.said));
  else said.append(row.state === "waiting" ? word("paper.waiting") : row.said);
  if (!done && (n < rows.length - 1 || row.state === "mend")) said.append(" ", remover(row, n));
  return element("tr", { "data-state": row.state }, element("th", { scope: "row", class: "num" }, String(n + 1)), ...cells, said);
}

/** @param {Row} row @param {number} n @param {Field} field @param {boolean} done */
function input(row, n, field, done) {
  const label = `${word("paper.line")} ${n + 1}: ${word(`paper.${field}`)}`;
  const made = /** @type {HTMLInputElement} */ (
    element("input", { class: "input", "data-field": field, "aria-label": label, "aria-describedby": `said-${n}`, autocomplete: "off", readonly: done, enterkeyhint: "next" })
  );
  made.value = field === "direction" ? word(`direction.${row.direction}`) : row[field];
  made.addEventListener("focus", () => made.select());
  made.addEventListener("input", () => typed(row, field, made));
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (!made.readOnly) finish(row);
  });
  return made;
}

/** @param {Row} row @param {Field} field @param {HTMLInputElement} made */
function typed(row, field, made) {
  if (field === "direction") {
    row.direction = directionOf(made.value.slice(-1)) ?? row.direction;
    made.value = word(`direction.${row.direction}`);
    made.select();
  } else row[field] = made.value;
  keep();
}

/** @param {Row} row @param {number} n */
function remover(row, n) {
  const button = element("button", { type: "button", class: "button button--quiet" }, element("span", {}, word("paper.remove", { n: n + 1 })));
  button.addEventListener("click", () => {
    rows = rows.filter((other) => other !== row);
    show();
    begin();
  });
  return button;
}

function show() {
  body.replaceChildren(...rows.map(drawn));
  keep();
}

/** @param {Row} row */
function redraw(row) {
  body.children[rows.indexOf(row)]?.replaceWith(drawn(row));
}

/** Enter was pressed: the row waits to be sent, or says what is wrong with it. @param {Row} row */
function finish(row) {
  if (row.state === "begun" && !unsent(row)) return;
  row.date = date.value;
  const fault = faultOf(row, { now: Date.now(), oldest: page.dataset.oldest ?? "", zone });
  const same = fault ? -1 : rows.findIndex((other) => other !== row && other.state !== "begun" && sameness(other) === sameness(row));
  row.state = fault || same >= 0 ? "mend" : "waiting";
  row.said = fault ? word(fault.key) : same >= 0 ? word("paper.same", { n: same + 1 }) : "";
  redraw(row);
  if (fault?.field === "date") {
    keep();
    return date.focus();
  }
  if (fault) {
    keep();
    return inputOf(rows.indexOf(row), /** @type {Field} */ (fault.field))?.focus();
  }
  begin();
  drain();
}

/** Sends what waits, oldest first; one request at a time. */
async function drain() {
  clearTimeout(soon);
  const waiting = rows.filter(({ state }) => state === "waiting").slice(0, AT_ONCE);
  if (sending || waiting.length === 0) return;
  sending = true;
  const answer = await sendRows(url, waiting.map((row) => line(row, zone)));
  sending = false;
  if ("rows" in answer) {
    pause = 1000;
    waiting.forEach((row, n) => settle(row, answer.rows[n]));
  } else if (answer.trouble === "refused") {
    // One row may have spoilt the others: sent again one by one, it is told apart.
    for (const row of waiting) Object.assign(row, { state: "mend", said: word("paper.err_refused") });
    waiting.forEach(redraw);
  } else {
    pause = Math.min(pause * 2, 30_000);
    soon = setTimeout(drain, pause);
  }
  tell(answer);
  keep();
  if (!("trouble" in answer)) drain();
}

/** @param {Row} row @param {import("./paper-send.js").Told | undefined} told */
function settle(row, told) {
  if (!told) return;
  row.state = told.outcome;
  row.said = told.said;
  // Its id stands for something else: the row needs another.
  if (told.field === "row") row.tail = newRow(0, "in").tail;
  redraw(row);
}

/** @param {import("./paper-send.js").Answer} answer */
function tell(answer) {
  const stopped = "trouble" in answer && answer.trouble !== "refused";
  trouble.hidden = !stopped;
  if (!stopped) return;
  const waiting = rows.filter(({ state }) => state === "waiting").length;
  one("p", trouble).textContent = answer.trouble === "signed_out" ? word("paper.signed_out") : counted("paper.unsent", waiting);
}

date.addEventListener("input", keep);
date.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  inputOf(rows.length - 1, "time")?.focus();
});
fresh.addEventListener("click", () => {
  rows = [];
  show();
  begin();
});
window.addEventListener("online", drain);
window.addEventListener("beforeunload", (event) => {
  if (rows.some(unsent)) event.preventDefault();
});

one("[data-plain]").hidden = true;
page.hidden = false;
show();
begin();
drain();
