// @ts-check
// From a square's text to a card, by the rules of docs/codes.md: the same answers as the crate `codes` gives.

import { hex, utf8 } from "./bytes.js";
import { Reader, Refused, unreadable } from "./cbor.js";
import { check, open } from "./cose.js";

/** @typedef {{ id: Uint8Array, index: number, issued: number, expires: number, scope: number }} Card times in seconds */
/** @typedef {{ card: Card } | { reason: string, kind?: string }} Read a `kind` says what else a square is */

const PREFIX = "8261";
const MAX_DIGITS = 293;
const MAX_TEXT = 4096;
const PURPOSE = utf8("vaora card v1");
const SEPARATORS = /[ \t\r\n-]/g;
/** How many bytes a group of so many digits stands for. @type {Record<number, number>} */
const BYTES = { 17: 7, 15: 6, 13: 5, 10: 4, 8: 3, 5: 2, 3: 1 };

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
    const envelope = open(fromDigits(text));
    const card = payload(envelope.payload);
    await check(keyring, envelope, { purpose: PURPOSE, issued: card.issued, expires: card.expires });
    return { card };
  } catch (error) {
    if (error instanceof Refused) return { reason: error.message };
    throw error;
  }
}

/** @param {string} text */
function fromDigits(text) {
  const digits = text.replace(/^\ufeff+/, "").replace(SEPARATORS, "");
  if (digits.length > MAX_DIGITS || !/^8261\d*$/.test(digits)) unreadable();
  const out = [];
  for (let at = PREFIX.length; at < digits.length; at += 17) {
    const group = digits.slice(at, at + 17);
    const width = BYTES[group.length] ?? unreadable();
    const value = BigInt(group);
    if (value >> BigInt(8 * width)) unreadable();
    for (let byte = width - 1; byte >= 0; byte--) out.push(Number((value >> BigInt(8 * byte)) & 255n));
  }
  return Uint8Array.from(out);
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
 * What a text claims to be, so that a person can be told. Nothing of it is believed or opened; an empty answer is none of these.
 * @param {string} text
 */
export function kindOf(text) {
  if (utf8(text).length > MAX_TEXT) return "";
  const whole = text.replace(/^\ufeff+/, "");
  if (whole.replace(SEPARATORS, "").startsWith(PREFIX) && !whole.includes("|")) return "card";
  const tidy = whole.trim().replace(/[\r\n]/g, "");
  const parts = tidy.split("|");
  if (/^https?:\/\/[^/]+\/v\/[0-9A-Za-z]{7}\/?([?#].*)?$/i.test(tidy)) return "venue";
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(tidy) || /^www\./i.test(tidy)) return "web";
  if (tidy.startsWith("000201")) return "payment";
  if (/^HC\d:/.test(tidy)) return "health";
  if (parts.length > 14 && tidy.endsWith("$")) return "insurance";
  if (parts.length === 6 && /^[01]$/.test(parts[3] ?? "")) return "personal";
  if (/^\d{12}(\||$)/.test(tidy)) return "citizen";
  return "";
}
