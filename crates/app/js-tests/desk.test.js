// @ts-check
// `node --test crates/app/js-tests/`: what keys mean at the desk, and which field comes next.

import assert from "node:assert/strict";
import test from "node:test";
import { Escapes, after, needed, wish } from "../static/js/desk-keys.js";
import { gatherKeys } from "../static/js/typing-scanner.js";

test("records are used, and told from the person, by Alt and their number", () => {
  const alt = (/** @type {string} */ code, shiftKey = false) => wish({ key: "x", code, altKey: true, shiftKey });
  assert.deepEqual(alt("Digit1"), { act: "use", n: 1 });
  assert.deepEqual(alt("Numpad3"), { act: "use", n: 3 });
  assert.deepEqual(alt("Digit2", true), { act: "other", n: 2 });
  assert.deepEqual(alt("KeyK"), { act: "other", n: 0 });
  assert.deepEqual(alt("KeyP"), { act: "print" });
  assert.deepEqual(wish({ key: "Enter", ctrlKey: true }), { act: "issue" });
  assert.deepEqual(wish({ key: "Escape" }), { act: "clear" });
  // AltGr writes signs on many keyboards, and bare keys are somebody's typing.
  for (const none of [{ key: "1", code: "Digit1" }, { key: "1", code: "Digit1", altKey: true, ctrlKey: true }, { key: "k", code: "KeyK" }, { key: "Enter" }, { key: "k", code: "KeyK", metaKey: true }, { key: "0", code: "Digit0", altKey: true }]) {
    assert.equal(wish(none), undefined, JSON.stringify(none));
  }
});

test("the reader of scanners leaves these keys alone, in fields and outside", () => {
  /** @type {((event: object) => void) | undefined} */
  let heard;
  const input = /** @type {any} */ ({ value: "", getAttribute: () => null, matches: () => true });
  const page = /** @type {any} */ ({ addEventListener: (/** @type {string} */ _, /** @type {any} */ act) => (heard = act) });
  gatherKeys(input, () => assert.fail("no scan"), () => assert.fail("no scan"), page);
  for (const target of [undefined, { value: "", getAttribute: () => null, matches: () => true }]) {
    for (const code of ["Digit1", "Digit2", "KeyK", "KeyP"]) {
      heard?.({ key: "x", code, altKey: true, timeStamp: 1, target, preventDefault: () => assert.fail(code), stopPropagation: () => assert.fail(code) });
    }
  }
  assert.equal(input.value, "");
});

test("Esc clears at once outside a field, and inside one the second of two", () => {
  const escapes = new Escapes();
  assert.equal(escapes.clears(1000, true), false);
  assert.equal(escapes.clears(2500, true), true);
  assert.equal(escapes.clears(2600, true), false, "a third one is a first again");
  assert.equal(escapes.clears(9000, true), false, "too late");
  assert.equal(escapes.clears(20_000, false), true);
});

test("typing goes on in the first field that a card still needs", () => {
  const fields = (/** @type {string} */ filled) =>
    ["id_number", "old_number", "name", "birth", "gender", "phone", "commune", "address", "insurance"].map((name) => ({ name, filled: filled.split(" ").includes(name) }));
  for (const [filled, next] of [["", "id_number"], ["commune", "id_number"], ["id_number", "name"], ["id_number name birth", "gender"], ["insurance name birth gender", "commune"], ["name birth gender commune phone", undefined], ["name birth gender commune", "id_number"]]) {
    assert.equal(needed(fields(filled ?? ""))?.name, next, filled);
  }
  assert.equal(after(fields(""), "name")?.name, "birth");
  for (const last of ["insurance", "phone_gone"]) assert.equal(after(fields(""), last), undefined, last);
});
