// @ts-check
// From a square's digits to bytes (docs/codes.md, section 2.2).

import { unreadable } from "./cbor.js";

/** What may stand between digits: people type and print groups. */
export const SEPARATORS = /[ \t\r\n-]/g;
/** How many bytes a group of so many digits stands for. @type {Record<number, number>} */
const BYTES = { 17: 7, 15: 6, 13: 5, 10: 4, 8: 3, 5: 2, 3: 1 };

/**
 * @param {string} text
 * @param {{ prefix: string, most: number }} kind the first digits, and how many there may be in all
 */
export function fromDigits(text, { prefix, most }) {
  const digits = text.replace(/^\ufeff+/, "").replace(SEPARATORS, "");
  if (digits.length > most || !digits.startsWith(prefix) || !/^\d*$/.test(digits)) unreadable();
  const out = [];
  for (let at = prefix.length; at < digits.length; at += 17) {
    const group = digits.slice(at, at + 17);
    const width = BYTES[group.length] ?? unreadable();
    const value = BigInt(group);
    if (value >> BigInt(8 * width)) unreadable();
    for (let byte = width - 1; byte >= 0; byte--) out.push(Number((value >> BigInt(8 * byte)) & 255n));
  }
  return Uint8Array.from(out);
}
