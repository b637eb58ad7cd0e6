// @ts-check
// Which camera is opened, and what is said where none is.

import assert from "node:assert/strict";
import test from "node:test";
import { Camera, troubleKey } from "../static/js/camera.js";

/**
 * A machine with these cameras; `opened` is what was asked for, in order.
 * @param {string[]} there @param {string} [error]
 */
function machine(there, error = "OverconstrainedError") {
  /** @type {Map<string, string>} */
  const kept = new Map();
  /** @type {string[]} */
  const opened = [];
  const getUserMedia = async (/** @type {any} */ { video }) => {
    const id = video.deviceId?.exact;
    opened.push(id ?? video.facingMode.ideal);
    if (id && !there.includes(id)) throw new DOMException("no", error);
    return { getTracks: () => [], getVideoTracks: () => [{ readyState: "live", getSettings: () => ({ deviceId: id ?? "any" }) }] };
  };
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: { getUserMedia } }, configurable: true });
  const localStorage = { getItem: (/** @type {string} */ name) => kept.get(name) ?? null, setItem: (/** @type {string} */ name, /** @type {string} */ value) => kept.set(name, value), removeItem: (/** @type {string} */ name) => kept.delete(name) };
  Object.defineProperty(globalThis, "localStorage", { value: localStorage, configurable: true });
  const camera = new Camera(/** @type {any} */ ({ play: async () => {}, readyState: 4 }));
  return { camera, opened };
}

test("the chosen camera is opened, and another while it is not there", async () => {
  const there = ["a", "b"];
  const { camera, opened } = machine(there);
  await camera.open();
  camera.choose("b");
  assert.equal(await camera.open(), undefined);
  assert.equal(camera.id, "b");
  there.pop();
  assert.equal(await camera.open(), undefined, "unplugged");
  assert.equal(camera.chosen, "b", "it is wanted again when it is back");
  await camera.turn();
  assert.deepEqual([opened, camera.chosen], [["environment", "b", "b", "environment", "user"], ""]);
});

test("who refuses a camera is not asked for another", async () => {
  const { camera, opened } = machine([], "NotAllowedError");
  camera.choose("a");
  assert.equal(await camera.open(), "denied");
  assert.deepEqual(opened, ["a"]);
});

test("where to allow a camera is said for the phone at hand", () => {
  assert.equal(troubleKey("denied", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)"), "cam.denied_ios");
  assert.equal(troubleKey("denied", "Mozilla/5.0 (Linux; Android 14)"), "cam.denied_android");
  assert.equal(troubleKey("denied", "Mozilla/5.0 (Windows NT 10.0)"), "cam.denied");
  assert.equal(troubleKey("busy", "Mozilla/5.0 (Linux; Android 14)"), "cam.busy");
});
