// @ts-check
// A phone's code, which changes every half minute: docs/codes.md, section 2.6, and the same answers as the crate `codes` gives.

import { message } from "../phone-code.js";
import { joined, plain, utf8 } from "./bytes.js";
import { Reader, Refused, unreadable } from "./cbor.js";
import { check, open } from "./cose.js";
import { fromDigits } from "./digits.js";

/** @typedef {import("./card.js").Card} Card */

const DIGITS = { prefix: "8262", most: 561 };
const PURPOSE = utf8("vaora phone v1");
/** Longest validity of a credential, in seconds. */
const LONGEST = 30 * 86_400;
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
/** The field and the constant of the curve P-256 (FIPS 186-5). */
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * The card that a phone's code speaks for, verified, with the step that it was shown in.
 * @param {string} text
 * @param {import("./cose.js").Keyring} keyring
 * @returns {Promise<Card>}
 */
export async function readPhone(text, keyring) {
  const reader = new Reader(fromDigits(text, DIGITS));
  reader.array(3);
  const credential = reader.string();
  const step = reader.u32();
  const signature = reader.string(64);
  reader.end();
  const envelope = open(credential);
  const { point, ...card } = payload(envelope.payload);
  const key = whole(point);
  await check(keyring, envelope, { purpose: PURPOSE, issued: card.issued, expires: card.expires });
  const imported = await crypto.subtle.importKey("raw", plain(key), ECDSA, false, ["verify"]);
  const said = await message(plain(credential), step);
  const made = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, plain(signature), said);
  if (!made) throw new Refused("forged");
  return { ...card, step };
}

/** @param {Uint8Array} bytes */
function payload(bytes) {
  const reader = new Reader(bytes);
  reader.map(5);
  const expires = reader.label(4).u32();
  const issued = reader.label(6).u32();
  const id = reader.label(7).string(10);
  const point = reader.label(8).string(33);
  reader.label(-65_537).array(2);
  const [index, scope] = [reader.u32(), reader.u32()];
  reader.end();
  if (scope > 255 || issued >= expires || expires - issued > LONGEST) unreadable();
  return { id, index, issued, expires, scope, point };
}

/**
 * A point in 65 bytes, which every browser imports, from the 33 that were signed.
 * @param {Uint8Array} point
 */
function whole(point) {
  const sign = point[0];
  const x = point.subarray(1).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  if ((sign !== 2 && sign !== 3) || x >= P) unreadable();
  const square = (((x * x * x - 3n * x + B) % P) + P) % P;
  // P is 3 modulo 4, so this power is a root when there is one.
  const root = power(square, (P + 1n) / 4n);
  if ((root * root) % P !== square) unreadable();
  const y = (root & 1n) === BigInt((sign ?? 0) & 1) ? root : P - root;
  return joined(Uint8Array.of(4), point.subarray(1), bigEndian(y));
}

/**
 * @param {bigint} base
 * @param {bigint} exponent
 */
function power(base, exponent) {
  let out = 1n;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) out = (out * base) % P;
    base = (base * base) % P;
  }
  return out;
}

/** @param {bigint} value below 2^256 */
function bigEndian(value) {
  const out = new Uint8Array(32);
  for (let at = 31; at >= 0; at--, value >>= 8n) out[at] = Number(value & 255n);
  return out;
}
