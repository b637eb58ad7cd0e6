// @ts-check
// `node --test crates/app/js-tests/`: which keys are a scanner's, and which are somebody's.

import assert from "node:assert/strict";
import test from "node:test";
import { gatherKeys, isSlow, signOf } from "../static/js/typing-scanner.js";

/** A page with a field, where keys are typed so many milliseconds apart. */
function desk() {
  const done = { began: 0, ended: /** @type {string[]} */ ([]) };
  /** @type {Record<string, (event: object) => void>} */
  const heard = {};
  const listens = (/** @type {string} */ where) => (/** @type {string} */ _, /** @type {any} */ act) => (heard[where] = act);
  /** @returns {any} */
  const field = () => ({ value: "", getAttribute: () => null, matches: () => true });
  const input = field();
  const page = /** @type {any} */ ({ addEventListener: listens("page") });
  /** @type {import("../static/js/typing-scanner.js").Pace[]} */
  const paces = [];
  const ended = (/** @type {import("../static/js/typing-scanner.js").Pace} */ pace) => {
    paces.push(pace);
    done.ended.push(input.value);
    input.value = "";
  };
  gatherKeys(input, () => (done.began += 1), ended, page);
  let now = 10_000;
  /** Types a key on the page, and says whether it went on to what has the focus. */
  const type = (/** @type {string} */ key, /** @type {number} */ after, /** @type {any} */ more = {}) => {
    let on = true;
    now += after;
    heard.page?.({ key, timeStamp: now, preventDefault: () => (on = false), stopPropagation: () => {}, ...more });
    if (on && more.target && key.length === 1) more.target.value += key;
    return on;
  };
  return { done, paces, input, field, type };
}

test("a code typed at a scanner's pace goes into the field, and its Enter presses nothing", () => {
  const { done, type } = desk();
  for (const [n, key] of [..."AB 12"].entries()) assert.equal(type(key, n === 0 ? 900 : 30), false, key);
  assert.equal(type("Enter", 30), false);
  assert.deepEqual(done, { began: 1, ended: ["AB 12"] });
  for (const key of "CD") type(key, 20);
  type("Enter", 900);
  assert.deepEqual(done, { began: 2, ended: ["AB 12", "CD"] });
});

test("a slip of the fingers is forgotten, and the next Enter presses the button that has the focus", () => {
  const { done, input, type } = desk();
  type("x", 900);
  assert.equal(type("Enter", 900), true);
  type("x", 900);
  type("y", 400);
  assert.equal(type(" ", 400), true);
  assert.equal(type("Enter", 40), true);
  assert.deepEqual([done, input.value], [{ began: 0, ended: [] }, ""]);
  // It spoils no code that follows it.
  type("x", 900);
  for (const [n, key] of [..."AB12"].entries()) type(key, n === 0 ? 400 : 30);
  type("Enter", 30);
  assert.deepEqual(done, { began: 1, ended: ["AB12"] });
});

test("digits are read by their place, whatever the layout and the input method", () => {
  /** @type {[string, string, boolean, string][]} */
  const keys = [
    ["7", "Digit7", false, "7"], ["&", "Digit1", false, "1"], ["1", "Digit1", true, "1"], ["7", "Numpad7", false, "7"], ["Home", "Numpad7", false, "7"],
    ["Process", "Digit8", false, "8"], ["Process", "Numpad8", false, "8"], ["Process", "KeyW", false, "w"], ["Process", "KeyW", true, "W"],
    ["Process", "Backslash", true, "|"], ["Unidentified", "Minus", false, "-"], ["Process", "Digit4", true, "$"], ["!", "Digit1", true, "!"],
    ["a", "KeyA", false, "a"], ["Shift", "ShiftLeft", false, ""], ["F5", "F5", false, ""], ["ArrowDown", "ArrowDown", false, ""], ["Process", "", false, ""], ["5", "", false, "5"],
  ];
  for (const [key, code, shiftKey, sign] of keys) assert.equal(signOf({ key, code, shiftKey }), sign, `${key} ${code}`);
});

test("a code ends with Enter, Tab, CR, LF or both, once", () => {
  for (const ends of [[{ key: "Enter" }], [{ key: "Tab" }], [{ key: "Enter", code: "NumpadEnter" }], [{ key: "j", code: "KeyJ", ctrlKey: true }], [{ key: "Enter" }, { key: "Enter" }], [{ key: "m", code: "KeyM", ctrlKey: true }, { key: "j", code: "KeyJ", ctrlKey: true }]]) {
    const { done, type } = desk();
    for (const key of "8261") type(key, 5);
    for (const end of ends) assert.equal(type(end.key, 5, end), false, "it presses nothing and moves no focus");
    assert.deepEqual(done.ended, ["8261"], JSON.stringify(ends));
    assert.equal(type("Tab", 900), true, "a person's own Tab");
  }
});

test("the pace of each code is measured, and one that makes people wait is slow", () => {
  const { paces, type } = desk();
  for (const [n, key] of [..."8".repeat(290)].entries()) type(key, n === 0 ? 900 : n % 50 === 0 ? 140 : 25);
  type("Enter", 25);
  for (const key of "8".repeat(290)) type(key, 4);
  type("Enter", 4);
  assert.deepEqual(paces, [{ interval: 25, keys: 290 }, { interval: 4, keys: 290 }]);
  assert.deepEqual(paces.map(isSlow), [true, false]);
  assert.deepEqual([12, 12.1, 13].map((interval) => isSlow({ interval, keys: 290 })), [false, true, true]);
});

test("what a scanner types into a field that has the focus is taken out of it, what fingers type stays", () => {
  const { done, input, field, type } = desk();
  const other = field();
  for (const key of "12") type(key, 200, { target: other });
  for (const [n, key] of [..."826112345678"].entries()) type(key, n === 0 ? 900 : 8, { target: other });
  assert.equal(type("Enter", 8, { target: other }), false);
  assert.deepEqual([other.value, done.ended], ["12", ["826112345678"]]);
  for (const key of "0905000417") assert.equal(type(key, 60, { target: other }), true);
  assert.equal(type("Enter", 60, { target: other }), true);
  assert.deepEqual([other.value, done.ended.length], ["120905000417", 1]);
  // The same in the field for codes itself, where something was left.
  input.value = "82";
  const code = "8261".repeat(9);
  for (const [n, key] of [...code].entries()) type(key, n === 0 ? 2900 : n === 4 || n === 20 ? 600 : 8, { target: input });
  type("Enter", 8, { target: input });
  assert.equal(done.ended.at(-1), code, "what was left is gone, and nothing where it stuttered");
  // Quick fingers lose nothing of a number.
  for (const [n, key] of [..."00AA1B2C3D4E5F607A8B"].entries()) type(key, n < 3 ? 300 : 30, { target: input });
  type("Enter", 30, { target: input });
  assert.equal(done.ended.at(-1), "00AA1B2C3D4E5F607A8B");
});
