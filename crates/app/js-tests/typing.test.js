// @ts-check
// `node --test crates/app/js-tests/`: which keys are a scanner's, and which are somebody's.

import assert from "node:assert/strict";
import test from "node:test";
import { gatherKeys } from "../static/js/typing-scanner.js";

/** A page with a field, where keys are typed so many milliseconds apart. */
function desk() {
  const done = { began: 0, ended: /** @type {string[]} */ ([]) };
  /** @type {Record<string, (event: object) => void>} */
  const heard = {};
  const listens = (/** @type {string} */ where) => (/** @type {string} */ _, /** @type {any} */ act) => (heard[where] = act);
  const input = /** @type {any} */ ({ value: "", getAttribute: () => null, addEventListener: listens("field") });
  const page = /** @type {any} */ ({ addEventListener: listens("page") });
  const ended = () => {
    done.ended.push(input.value);
    input.value = "";
  };
  gatherKeys(input, () => (done.began += 1), ended, page);
  let now = 10_000;
  /** Types a key on the page, and says whether it went on to what has the focus. */
  const type = (/** @type {string} */ key, /** @type {number} */ after) => {
    let on = true;
    now += after;
    heard.page?.({ key, timeStamp: now, preventDefault: () => (on = false), stopPropagation: () => {} });
    return on;
  };
  return { done, input, type };
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
