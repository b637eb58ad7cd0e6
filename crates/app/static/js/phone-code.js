// @ts-check
// What a phone's code says (docs/codes.md, section 2.6), without keys and without a page.

/** How long one code is shown, in milliseconds. */
export const STEP = 30_000;
const PREFIX = "8262";
const PURPOSE = new TextEncoder().encode("vaora phone step v1");
/** How many digits a group of so many bytes takes. */
const DIGITS = [0, 3, 5, 8, 10, 13, 15, 17];

/** @param {number} at milliseconds since 1970 */
export const stepAt = (at) => Math.floor(at / STEP);

/**
 * What the phone signs.
 * @param {Uint8Array<ArrayBuffer>} credential
 * @param {number} step
 */
export async function message(credential, step) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", credential));
  const out = new Uint8Array(PURPOSE.length + hash.length + 8);
  out.set(PURPOSE);
  out.set(hash, PURPOSE.length);
  new DataView(out.buffer).setBigUint64(PURPOSE.length + hash.length, BigInt(step));
  return out;
}

/**
 * The digits of the square.
 * @param {Uint8Array} credential
 * @param {number} step
 * @param {Uint8Array} signature
 */
export function assemble(credential, step, signature) {
  const bytes = [0x83, ...head(0x40, credential.length), ...credential, ...head(0, step), ...head(0x40, signature.length), ...signature];
  let text = PREFIX;
  for (let at = 0; at < bytes.length; at += 7) {
    const group = bytes.slice(at, at + 7);
    const value = group.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    text += String(value).padStart(DIGITS[group.length] ?? 0, "0");
  }
  return text;
}

/**
 * The shortest head of CBOR; numbers stay below 2^32.
 * @param {number} kind
 * @param {number} value
 */
function head(kind, value) {
  if (value < 24) return [kind | value];
  if (value < 0x100) return [kind | 24, value];
  if (value < 0x10000) return [kind | 25, value >> 8, value & 255];
  return [kind | 26, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
