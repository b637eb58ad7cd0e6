// @ts-check
// The PIN that ends the kiosk.

import assert from "node:assert/strict";
import test from "node:test";
import { goodPin, keptPin, tryPin, waitAfter } from "../static/js/gate/pin.js";

test("a PIN is four to eight digits, and is not kept", async () => {
  assert.deepEqual(["1234", "12345678"].map(goodPin), [true, true]);
  assert.deepEqual(["123", "123456789", "12a4", "", "１２３４"].map(goodPin), [false, false, false, false, false]);
  const [one, other] = [await keptPin("2468", 10), await keptPin("2468", 10)];
  assert.notDeepEqual(one.hash, other.hash, "salted");
  assert.ok(!JSON.stringify(one).includes("2468"));
});

/** @param {string} pin */
async function phone(pin) {
  /** @type {Record<string, any>} */
  const kept = { kiosk: { ...(await keptPin(pin, 10)), direction: "in" } };
  return { kept, get: async (/** @type {string} */ name) => kept[name], set: async (/** @type {object} */ values) => void Object.assign(kept, values) };
}

test("the right PIN opens, and five wrong ones cost half a minute, each further one twice as much", async () => {
  const store = await phone("2468");
  assert.equal((await tryPin(store, "2468", 0)).right, true);
  store.kept.kiosk.wrong = 0;
  const waits = [];
  let now = 1000;
  for (let n = 0; n < 7; n++) {
    const { right, wait } = await tryPin(store, "1111", now);
    assert.equal(right, false);
    waits.push(wait);
    // Nothing is taken while it lasts, not even what is right, and it does not make it longer.
    if (wait > 0) assert.deepEqual(await tryPin(store, "2468", now + wait - 1), { right: false, wait: 1 });
    now += wait;
  }
  assert.deepEqual(waits, [0, 0, 0, 0, 30_000, 60_000, 120_000]);
  assert.equal((await tryPin(store, "2468", now)).right, true);
  assert.equal(store.kept.kiosk.direction, "in", "what else is kept stays");
});

test("a clock that is set back makes nobody wait longer, and no wait is longer than a day", async () => {
  const store = await phone("2468");
  Object.assign(store.kept.kiosk, { wrong: 5, until: 900_000_000 });
  assert.deepEqual(await tryPin(store, "2468", 0), { right: false, wait: 30_000 });
  assert.equal(waitAfter(100), 24 * 3600 * 1000);
});

test("a try is counted before it is looked at", async () => {
  const store = await phone("2468");
  const asked = tryPin(store, "1111", 0);
  while (store.kept.kiosk.wrong === 0) await null;
  await asked;
  assert.equal(store.kept.kiosk.wrong, 1);
});
