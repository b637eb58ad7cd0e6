// @ts-check
// The PIN that ends the kiosk: it keeps passers-by out of the scanner's settings. Of so few digits it keeps nothing from
// somebody who can read this browser's files.

import { plain, same, utf8 } from "./bytes.js";

/** @typedef {{ salt: Uint8Array, hash: Uint8Array, rounds: number, wrong: number, until: number }} Kept `until` when no try is taken, in milliseconds */
/** @typedef {{ get: (name: string) => Promise<any>, set: (values: Record<string, unknown>) => Promise<void> }} Keeping */

const ROUNDS = 200_000;
/** From so many wrong tries on each costs time, twice as long as the one before. */
const COSTLY = 5;
const FIRST = 30_000;
const LONGEST = 24 * 3600 * 1000;

/** @param {string} text */
export function goodPin(text) {
  return /^\d{4,8}$/.test(text);
}

/**
 * How long nobody may try after so many wrong ones, in milliseconds.
 * @param {number} wrong
 */
export function waitAfter(wrong) {
  return wrong < COSTLY ? 0 : Math.min(LONGEST, FIRST * 2 ** (wrong - COSTLY));
}

/**
 * @param {string} pin
 * @param {Uint8Array} salt
 * @param {number} rounds
 */
async function hashOf(pin, salt, rounds) {
  const key = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: plain(salt), iterations: rounds }, key, 256));
}

/**
 * @param {string} pin
 * @param {number} [rounds]
 * @returns {Promise<Kept>}
 */
export async function keptPin(pin, rounds = ROUNDS) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return { salt, rounds, hash: await hashOf(pin, salt, rounds), wrong: 0, until: 0 };
}

/**
 * One try. It is counted before it is looked at, so that a reload gives none for nothing.
 * @param {Keeping} store
 * @param {string} pin
 * @param {number} now milliseconds
 * @returns {Promise<{ right: boolean, wait: number }>} `wait` in milliseconds until the next
 */
export async function tryPin(store, pin, now) {
  /** @type {Kept} */
  const kept = await store.get("kiosk");
  // A clock that was set back makes nobody wait longer.
  const left = Math.min(kept.until - now, waitAfter(kept.wrong));
  if (left > 0) return { right: false, wait: left };
  const wrong = kept.wrong + 1;
  await store.set({ kiosk: { ...kept, wrong, until: now + waitAfter(wrong) } });
  const right = same(await hashOf(pin, kept.salt, kept.rounds), kept.hash);
  return { right, wait: right ? 0 : waitAfter(wrong) };
}
