// @ts-check
// Rows of a paper log: how they are read, and that a retry is the same row.

import assert from "node:assert/strict";
import test from "node:test";
import { cardOf, countOf, dayOf, directionOf, faultOf, idOf, line, minuteOf, nameless, newRow, phoneOf, sameness, unsent } from "../static/js/paper-row.js";
import { sendRows } from "../static/js/paper-send.js";
import { timeOf } from "../static/js/uuid7.js";

const ZONE = 420;
const NOW = Date.UTC(2026, 10, 21, 1, 0);
const BOUNDS = { now: NOW, oldest: "31/10/2026", zone: ZONE };

/** @param {Partial<import("../static/js/paper-row.js").Row>} [change] */
const row = (change) => ({ ...newRow(0, "in"), date: "21/11/2026", time: "0742", person: "0905 000 417", name: "Nguyễn Văn Thử", ...change });

test("times and dates are read as people write them", () => {
  for (const text of ["0742", "742", "7:42", "07:42", "7h42", "7G42", "7.42", " 7 : 42 "]) assert.equal(minuteOf(text), 462, text);
  assert.equal(minuteOf("7h"), 420);
  for (const text of ["", "7", "42", "24:00", "2400", "7:60", "7:4", "7h4", "07:42:30", "-742", "٧:٤٢", "00742"]) assert.equal(minuteOf(text), undefined, text);
  for (const text of ["01/09/2026", "1/9/2026", "1.9.2026", "01-09-2026", "01092026"]) assert.equal(dayOf(text), Date.UTC(2026, 8, 1) / 86_400_000, text);
  for (const text of ["", "1/9", "1/9/26", "31/11/2026", "0/9/2026", "2026-09-01"]) assert.equal(dayOf(text), undefined, text);
});

test("people are a phone in any notation or a card's number", () => {
  for (const text of ["0905000417", "+84 905.000.417", "84905000417", "0084-905 000 417", "０９０５０００４１７"]) assert.equal(phoneOf(text), "905000417", text);
  for (const text of ["", "0105000417", "090500041", "0905 000 417a", "9".repeat(65)]) assert.equal(phoneOf(text), undefined, text);
  assert.equal(cardOf("00AA 1B2C-3D4E 5F60 7A8B"), "00aa1b2c3d4e5f607a8b");
  for (const text of ["00AA", "00AA1B2C3D4E5F607A8G", "0905000417"]) assert.equal(cardOf(text), undefined, text);
});

test("v and i are in, r and o are out", () => {
  for (const key of ["v", "V", "i", "I"]) assert.equal(directionOf(key), "in");
  for (const key of ["r", "R", "o", "O"]) assert.equal(directionOf(key), "out");
  assert.equal(directionOf("x"), undefined);
});

test("a row names nobody where it is kept, once the server has it", () => {
  for (const state of /** @type {const} */ (["begun", "waiting", "mend"])) {
    const one = row({ state });
    assert.deepEqual(nameless(one), one, state);
  }
  for (const state of /** @type {const} */ (["recorded", "already", "refused"])) {
    const kept = nameless(row({ state, said: "Đã ghi", companions: "2" }));
    assert.deepEqual([kept.person, kept.name, kept.state, kept.said, kept.time, kept.companions], ["", "", state, "Đã ghi", "0742", "2"]);
    assert.ok(!JSON.stringify(kept).includes("Thử") && !JSON.stringify(kept).includes("417"));
  }
});

test("an id is the time as written, kept through retries, in the order of rows within a minute", () => {
  const first = row();
  assert.equal(timeOf(idOf(first, ZONE)), Date.UTC(2026, 10, 21, 0, 42));
  assert.equal(idOf(first, ZONE), idOf(JSON.parse(JSON.stringify(first)), ZONE));
  assert.notEqual(idOf(first, ZONE), idOf(row(), ZONE));
  const later = { ...row(), ...{ place: newRow(7, "out").place } };
  assert.ok(idOf(first, ZONE) < idOf(later, ZONE));
  assert.equal(line(first, ZONE).id, idOf(first, ZONE));
});

test("what is wrong is said at its field", () => {
  assert.equal(faultOf(row(), BOUNDS), undefined);
  assert.equal(faultOf(row({ person: "00AA 1B2C 3D4E 5F60 7A8B", name: "" }), BOUNDS), undefined);
  assert.equal(faultOf(row({ time: "0800", companions: "20" }), BOUNDS), undefined);
  /** @type {[Partial<import("../static/js/paper-row.js").Row>, string, string][]} */
  const cases = [
    [{ date: "21/13/2026" }, "date", "err_date"],
    [{ time: "25:00" }, "time", "err_time"],
    [{ time: "0801" }, "time", "err_future"],
    [{ date: "22/11/2026" }, "time", "err_future"],
    [{ date: "30/10/2026" }, "date", "err_too_old"],
    [{ person: "" }, "person", "err_person"],
    [{ person: "0105000417" }, "person", "err_person"],
    [{ name: " " }, "name", "err_name"],
    [{ name: "N".repeat(300) }, "name", "err_name"],
    [{ companions: "21" }, "companions", "err_companions"],
    [{ companions: "-1" }, "companions", "err_companions"],
  ];
  for (const [change, field, key] of cases) assert.deepEqual(faultOf(row(change), BOUNDS), { field, key: `paper.${key}` }, JSON.stringify(change));
});

test("rows that say the same are told, however they are written", () => {
  const same = sameness(row());
  assert.equal(sameness(row({ time: "7h42", person: "+84905000417", name: "nguyen van  thu", companions: "3" })), same);
  for (const change of [{ time: "0743" }, { direction: /** @type {const} */ ("out") }, { person: "0905000418" }, { name: "Trần Thị Mẫu" }, { date: "20/11/2026" }]) {
    assert.notEqual(sameness(row(change)), same, JSON.stringify(change));
  }
});

test("what the server does not have is unsent, and counted", () => {
  assert.equal(unsent(newRow(0, "in")), false);
  const rows = [row({ state: "recorded" }), row({ state: "already" }), row({ state: "mend" }), row({ state: "waiting" }), row(), newRow(5, "in")];
  assert.deepEqual(rows.map(unsent), [false, false, true, true, true, false]);
  assert.deepEqual(countOf(rows), { n: 5, done: 2, mend: 1 });
});

test("no answer, half an answer and a busy server are tried again", async () => {
  /** @param {number} status @param {unknown} body */
  const answers = (status, body) => async () => new Response(JSON.stringify(body), { status });
  const told = { id: "1", outcome: "recorded", field: "", said: "Đã ghi" };
  assert.deepEqual(await sendRows("/", [{}], answers(200, { rows: [told] })), { rows: [told] });
  for (const body of [{}, { rows: [] }, { rows: [null] }, { rows: [told, told] }]) assert.deepEqual(await sendRows("/", [{}], answers(200, body)), { trouble: "again" });
  for (const status of [429, 500, 503]) assert.deepEqual(await sendRows("/", [{}], answers(status, {})), { trouble: "again" });
  assert.deepEqual(await sendRows("/", [{}], async () => Promise.reject(new TypeError())), { trouble: "again" });
  assert.deepEqual(await sendRows("/", [{}], answers(401, {})), { trouble: "signed_out" });
  assert.deepEqual(await sendRows("/", [{}], answers(413, {})), { trouble: "refused" });
});
