// @ts-check
// From a square's text to a card, by the rules of docs/codes.md: the same answers as the crate `codes` gives.

import { hex, utf8 } from "./bytes.js";
import { Reader, Refused, unreadable } from "./cbor.js";
import { citizenNumber } from "./citizen.js";
import { check, open } from "./cose.js";
import { SEPARATORS, fromDigits } from "./digits.js";
import { readPhone } from "./phone-code.js";

/** @typedef {{ id: Uint8Array, index: number, issued: number, expires: number, scope: number, step?: number }} Card times in seconds; `step` is the half minute that a phone showed it in */
/** @typedef {{ card: Card } | { reason: string, kind?: string }} Read a `kind` says what else a square is */

const DIGITS = { prefix: "8261", most: 293 };
/** What cards and phones' codes begin with. */
const OURS = /^826[12]/;
const MAX_TEXT = 4096;
const PURPOSE = utf8("vaora card v1");

/**
 * The card in a text, verified; else why there is none.
 * @param {string} text
 * @param {import("./cose.js").Keyring} keyring
 * @returns {Promise<Read>}
 */
export async function readCard(text, keyring) {
  const kind = kindOf(text);
  if (kind !== "card") return kind ? { reason: "foreign_code", kind } : { reason: "unreadable" };
  try {
    return { card: await (shownByPhone(text) ? readPhone : readPrinted)(text, keyring) };
  } catch (error) {
    if (error instanceof Refused) return { reason: error.message };
    throw error;
  }
}

/**
 * @param {string} text
 * @param {import("./cose.js").Keyring} keyring
 */
async function readPrinted(text, keyring) {
  const envelope = open(fromDigits(text, DIGITS));
  const card = payload(envelope.payload);
  await check(keyring, envelope, { purpose: PURPOSE, issued: card.issued, expires: card.expires });
  return card;
}

/** @param {string} text one of ours */
function shownByPhone(text) {
  return text.replace(/^\ufeff+/, "").replace(SEPARATORS, "").startsWith("8262");
}

/**
 * @param {Uint8Array} bytes
 * @returns {Card}
 */
function payload(bytes) {
  const reader = new Reader(bytes);
  reader.map(4);
  const expires = reader.label(4).u32();
  const issued = reader.label(6).u32();
  const id = reader.label(7).string(10);
  reader.label(-65_537).array(2);
  const [index, scope] = [reader.u32(), reader.u32()];
  reader.end();
  return scope > 255 || issued >= expires ? unreadable() : { id, index, issued, expires, scope };
}

/** @param {Card} card */
export function serial(card) {
  return hex(card.id);
}

/**
 * Whether seven characters are a place's code: of its alphabet, and with the right check character.
 * @param {string} text
 */
function isVenueCode(text) {
  const values = [...text.toUpperCase()].map((one) => "23456789ABCDEFGHJKMNPQRSTUVWXYZ".indexOf(one));
  return values.every((one) => one >= 0) && values.reduce((sum, one, at) => sum + (7 - at) * one, 0) % 31 === 0;
}

/**
 * What a text claims to be, so that a person can be told. Nothing of it is believed or opened; an empty answer is none of these.
 * @param {string} text
 */
export function kindOf(text) {
  if (utf8(text).length > MAX_TEXT) return "";
  const whole = text.replace(/^\ufeff+/, "");
  if (OURS.test(whole.replace(SEPARATORS, "")) && !whole.includes("|")) return "card";
  const tidy = whole.trim().replace(/[\r\n]/g, "");
  const parts = tidy.split("|");
  const place = /^https?:\/\/[^/]+\/v\/([0-9a-z]{7})\/?([?#].*)?$/i.exec(tidy);
  if (place && isVenueCode(place[1] ?? "")) return "venue";
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(tidy) || /^www\./i.test(tidy)) return "web";
  if (tidy.startsWith("000201")) return "payment";
  if (/^HC\d:/.test(tidy)) return "health";
  if (parts.length > 14 && tidy.endsWith("$")) return "insurance";
  if (parts.length === 6 && /^[01]$/.test(parts[3] ?? "")) return "personal";
  return citizenNumber(tidy) ? "citizen" : "";
}
