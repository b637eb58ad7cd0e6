// @ts-check
// Verdicts said aloud after their tone, from clips that were made beforehand: a browser's own voices are not on every phone,
// and not without a network. A new verdict cuts off what is being said.

import { audio, lengthOf } from "./sound.js";
import { CLIPS } from "./verdict.js";

const REST = 0.1;

let wanted = false;
/** @type {Map<string, Promise<AudioBuffer | undefined>>} */
const clips = new Map();
/** @type {AudioBufferSourceNode | undefined} */
let saying;
/** The verdict that is said now: a clip that loads slowly is not said of the next person. */
let turn = 0;

/** @param {boolean} on */
export function speak(on) {
  wanted = on;
  if (on) void keep();
  else hush();
}

/** Fetches every clip, so that the service worker has them when there is no network. Most gates do not speak, and load none. */
async function keep() {
  for (const clip of CLIPS) await fetch(addressOf(clip)).catch(() => undefined);
}

/** @param {string} clip */
function addressOf(clip) {
  const { assets = "" } = document.documentElement.dataset;
  return `${assets}/speech/${document.documentElement.lang || "vi"}/${clip}.mp3`;
}

export function hush() {
  turn += 1;
  saying?.stop();
  saying = undefined;
}

/**
 * @param {import("./verdict.js").Clip} clip
 * @param {import("./sound.js").Said} after the tone that it follows
 */
export async function say(clip, after) {
  hush();
  const out = audio();
  if (!wanted || !out) return;
  const now = turn;
  const at = out.currentTime + lengthOf(after) + REST;
  const words = await clipOf(out, clip);
  if (!words || now !== turn) return;
  saying = new AudioBufferSourceNode(out, { buffer: words });
  saying.connect(out.destination);
  saying.start(Math.max(at, out.currentTime));
}

/**
 * @param {AudioContext} out
 * @param {string} clip
 */
function clipOf(out, clip) {
  const kept = clips.get(clip);
  if (kept) return kept;
  const made = fetch(addressOf(clip))
    .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(clip))))
    .then((bytes) => out.decodeAudioData(bytes))
    .catch(() => {
      // Asked for again with the next verdict.
      clips.delete(clip);
      return undefined;
    });
  clips.set(clip, made);
  return made;
}
