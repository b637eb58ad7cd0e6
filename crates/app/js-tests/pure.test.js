// @ts-check
// `node --test crates/app/js-tests/`: the modules that need no page.

import assert from "node:assert/strict";
import test from "node:test";
import { ask } from "../static/js/scans.js";
import { SIGNS } from "../static/js/sound.js";
import { timeOf, uuid7 } from "../static/js/uuid7.js";
import { clock, opposite, permitsOf, reasonKeys, rowKey, soundOf, wordKey } from "../static/js/verdict.js";
import { fill } from "../static/js/words.js";

/** @type {import("../static/js/scans.js").Scan} */
const SCAN = { id: uuid7(1_763_700_136_125), checkpoint_id: "c", code: "5520", direction: "in", way: "card", confirms: null };
/** @type {import("../static/js/scans.js").Result} */
const RESULT = { id: SCAN.id, at: 1_763_700_136_125, decision: "admit", direction: "in", duplicate: false, reasons: [], initials: "N.V.T", birth_year: 1987 };

/** @param {number} status @param {unknown} body */
const answers = (status, body) => async () => new Response(JSON.stringify(body), { status });

test("an id is its time, and a version 7", () => {
  assert.equal(timeOf(SCAN.id), 1_763_700_136_125);
  assert.match(SCAN.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(uuid7(0, new Uint8Array(10)), "00000000-0000-7000-8000-000000000000");
  assert.ok(uuid7(1) < uuid7(2));
});

test("a verdict needs a whole answer to this very scan", async () => {
  const good = await ask("/", SCAN, answers(200, { results: [RESULT] }));
  assert.deepEqual(good, { result: RESULT });
  for (const results of [[], [{ ...RESULT, id: "other" }], [{ ...RESULT, decision: "yes" }], [{ ...RESULT, reasons: null }], null]) {
    const bad = await ask("/", SCAN, answers(200, { results }));
    assert.ok("trouble" in bad, JSON.stringify(results));
  }
});

test("every failure says what it is, and whether the same scan may go again", async () => {
  /** @type {[number, string, boolean][]} */
  const cases = [[401, "gate.signed_out", false], [503, "gate.too_busy", true], [500, "gate.no_answer", true], [422, "gate.refused_request", false]];
  for (const [status, trouble, again] of cases) assert.deepEqual(await ask("/", SCAN, answers(status, {})), { trouble, again });
  assert.deepEqual(await ask("/", SCAN, answers(422, { type: "/problems/typed_wrong" })), { mend: "gate.typed_wrong" });
  const cut = await ask("/", SCAN, async () => {
    throw new TypeError("network");
  });
  assert.deepEqual(cut, { trouble: "gate.no_answer", again: true });
});

test("a result is said in words, a row and a sound", () => {
  assert.equal(wordKey(RESULT), "gate.admit_in");
  assert.equal(rowKey({ ...RESULT, decision: "refer" }), "gate.not_yet_in");
  assert.equal(rowKey({ ...RESULT, reasons: ["already_scanned"] }), "gate.no_more");
  assert.equal(soundOf({ ...RESULT, reasons: ["already_scanned"] }), "again");
  assert.equal(soundOf({ ...RESULT, duplicate: true }), "admit");
  assert.equal(soundOf({ ...RESULT, decision: "refuse", reasons: ["unreadable"] }), "unreadable");
  assert.equal(opposite("in"), "out");
  assert.equal(clock(new Date("2026-11-21T00:42:06Z"), 420), "07:42:06");
  assert.equal(clock(new Date("2026-11-20T23:42:06Z"), 0), "23:42:06");
});

test("a reason without words is still a reason, said once", () => {
  const has = (/** @type {string} */ key) => key === "reasons.revoked";
  assert.deepEqual(reasonKeys({ ...RESULT, reasons: ["revoked", "new_one", "newer"] }, has), ["reasons.revoked", "reasons.other"]);
  assert.deepEqual(reasonKeys({ ...RESULT, reasons: ["unreadable", "foreign_code"] }, () => true), ["reasons.foreign_code"]);
  const web = ["unreadable", "foreign_code", "web_link"];
  assert.deepEqual(reasonKeys({ ...RESULT, reasons: web }, () => true), ["reasons.web_link"]);
});

test("a permit is said in the page's language, and none where none is asked for", () => {
  const permits = [{ holds: true, vi: "Giấy đi chợ. Lúc này dùng được.", en: "Market permit. It holds now." }];
  assert.deepEqual(permitsOf({ ...RESULT, permits }, "vi"), ["Giấy đi chợ. Lúc này dùng được."]);
  assert.deepEqual(permitsOf({ ...RESULT, permits }, "en"), ["Market permit. It holds now."]);
  assert.deepEqual(permitsOf(RESULT, "vi"), []);
});

test("tones stay below 2 kHz and do not overlap", () => {
  for (const { tones } of Object.values(SIGNS)) {
    tones.forEach((tone, at) => {
      assert.ok(tone.hertz < 2000);
      const before = tones[at - 1];
      if (before) assert.ok(tone.from >= before.from + before.long);
    });
  }
});

test("placeholders are filled, unknown ones kept", () => {
  assert.equal(fill("Gửi lại sau {n} giây", { n: 45 }), "Gửi lại sau 45 giây");
  assert.equal(fill("{a} {b}", { a: 1 }), "1 {b}");
});
