// @ts-check
// What the server tells a gate: keys, states of cards, the queue's key, the rules of the place. Believed only under the root
// that the owner's screen handed over; whatever is wrong with a bundle, what was held before stays.

import { inflate, same, sha256, utf8 } from "./bytes.js";
import { Reader, Refused, unreadable } from "./cbor.js";
import { check, open, openKeyList } from "./cose.js";

/** @typedef {{ issued: number, expires: number, cards: number, bits: Uint8Array }} List times in seconds */
/** @typedef {List & { keyList: Uint8Array, queueKey: Uint8Array, policy: Policy }} Held */
/** @typedef {{ device: string, venue: string, checkpoint_id: string, venue_name: string, checkpoint_name: string, policy_version: number } & import("./rule.js").Venue} Policy */
/** @typedef {import("./cose.js").Keyring} Keyring */

const PURPOSE = utf8("vaora gate v1");
const STATUS = utf8("vaora status v1");
const AHEAD = 300;
const MAX_CARDS = 2 ** 27;
const MAX_CHANGED = 2 ** 20;
const LONGEST = 5;
const POINT = 65;

/**
 * Opens a bundle and gives what the gate holds from now on. Throws `Refused`: `unreadable`, `forged`, `unknown_key`,
 * `rolled_back`, `ahead`, or `mismatch` when the whole must be asked for.
 * @param {Uint8Array} bytes
 * @param {Uint8Array} root
 * @param {List | null} held
 * @param {number} now seconds
 * @returns {Promise<{ held: Held, keyring: Keyring }>}
 */
export async function receive(bytes, root, held, now) {
  const envelope = open(bytes);
  const reader = new Reader(envelope.payload);
  reader.map(7);
  const [issued, expires] = [reader.label(1).u32(), reader.label(2).u32()];
  const keyList = reader.label(3).string().slice();
  const whole = reader.label(4).stringOrNull();
  const change = reader.label(5).stringOrNull();
  const queueKey = reader.label(6).string(POINT).slice();
  const policy = reader.label(7).text();
  reader.end();
  if (issued >= expires || (whole === null) === (change === null) || queueKey[0] !== 4) unreadable();
  const keyring = await openKeyList(keyList, root);
  await check(keyring, envelope, { purpose: PURPOSE, issued, expires });
  if (held && issued < held.issued) throw new Refused("rolled_back");
  if (issued > now + AHEAD) throw new Refused("ahead");
  const times = { issued, expires };
  const list = change ? await changed(change, held, times) : await opened(whole ?? unreadable(), keyring, times);
  return { held: { ...list, keyList, queueKey, policy: policyOf(policy) }, keyring };
}

/**
 * @param {string} text
 * @returns {Policy}
 */
function policyOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return unreadable();
  }
}

/**
 * A status list, whole.
 * @param {Uint8Array} bytes
 * @param {Keyring} keyring
 * @param {{ issued: number, expires: number }} times
 * @returns {Promise<List>}
 */
async function opened(bytes, keyring, { issued, expires }) {
  const envelope = open(bytes);
  const reader = new Reader(envelope.payload);
  reader.map(4);
  const times = [reader.label(1).u32(), reader.label(2).u32()];
  const cards = reader.label(3).u32();
  const small = reader.label(4).string();
  reader.end();
  if (times[0] !== issued || times[1] !== expires || cards > MAX_CARDS) unreadable();
  await check(keyring, envelope, { purpose: STATUS, issued, expires });
  const size = Math.ceil(cards / 4);
  const bits = await inflate(small, size);
  return bits?.length === size ? { issued, expires, cards, bits } : unreadable();
}

/**
 * The list that is held, changed.
 * @param {Uint8Array} bytes
 * @param {List | null} held
 * @param {{ issued: number, expires: number }} times
 * @returns {Promise<List>}
 */
async function changed(bytes, held, times) {
  const reader = new Reader(bytes);
  reader.array(4);
  const [from, cards, digest, small] = [reader.u32(), reader.u32(), reader.string(32), reader.string()];
  reader.end();
  if (cards > MAX_CARDS) unreadable();
  const changes = read((await inflate(small, MAX_CHANGED * LONGEST)) ?? unreadable(), cards);
  if (!held || held.issued !== from || held.cards > cards) throw new Refused("mismatch");
  const bits = new Uint8Array(Math.ceil(cards / 4));
  bits.set(held.bits);
  for (const [index, state] of changes) {
    const shift = (index % 4) * 2;
    const place = index >> 2;
    bits[place] = ((bits[place] ?? 0) & ~(3 << shift)) | (state << shift);
  }
  if (!same(await sha256(bits), digest)) throw new Refused("mismatch");
  return { ...times, cards, bits };
}

/**
 * The cards named, ascending, each with its state.
 * @param {Uint8Array} pairs
 * @param {number} cards
 */
function read(pairs, cards) {
  /** @type {[number, number][]} */
  const changes = [];
  let index = -1;
  for (let at = 0; at < pairs.length; ) {
    let value = 0;
    let byte = 0x80;
    let length = 0;
    for (; byte & 0x80; length++) {
      byte = length < LONGEST ? (pairs[at + length] ?? unreadable()) : unreadable();
      value += (byte & 0x7f) * 2 ** (7 * length);
    }
    if ((length > 1 && byte === 0) || value >= 2 ** 29) unreadable();
    at += length;
    const [gap, state] = [Math.floor(value / 4), value & 3];
    if ((index >= 0 && gap === 0) || state === 3 || changes.length === MAX_CHANGED) unreadable();
    index = index < 0 ? gap : index + gap;
    if (index >= cards) unreadable();
    changes.push([index, state]);
  }
  return changes;
}

/**
 * @param {List} list
 * @param {number} index
 * @returns {"active" | "invalid" | "ask" | "unknown"}
 */
export function listed({ cards, bits }, index) {
  if (index >= cards) return "unknown";
  const state = ((bits[index >> 2] ?? 0) >> ((index % 4) * 2)) & 3;
  return state === 0 ? "active" : state === 1 ? "invalid" : "ask";
}
