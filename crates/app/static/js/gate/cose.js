// @ts-check
// The envelope of everything signed (docs/codes.md, section 1), and the keys that are believed.

import { fromBase64url, hex, joined, plain, same, sha256, utf8 } from "./bytes.js";
import { Reader, Refused, unreadable, writeArray, writeBytes, writeText } from "./cbor.js";

/** @typedef {{ keyId: Uint8Array | null, payload: Uint8Array, protected: Uint8Array, signature: Uint8Array }} Envelope */
/** @typedef {{ key: Uint8Array, from: number, until: number, end: number }} Key times in seconds */
/** @typedef {{ issued: number, keys: Map<string, Key> }} Keyring keys by the hexadecimal text of their ids */

const COSE_SIGN1 = 18;
const ALG = 1;
const EDDSA = -8;
const KID = 4;
const MAX_KEYS = 4096;
const MAX_LIST = 512 * 1024;
const WEEK = 7 * 86_400;
const SIGNATURE = utf8("Signature1");
const KEYS = utf8("vaora keys v1");
/** The one point of small order in the group of our keys, as a signature's R. */
const IDENTITY = Uint8Array.from([1, ...new Array(31).fill(0)]);

/** Every browser that has Ed25519 takes this point. */
const BASE_POINT = Uint8Array.from([0x58, ...new Array(31).fill(0x66)]);
/** @type {Promise<boolean> | undefined} */
let able;

/**
 * Takes an envelope apart, not yet believed.
 * @param {Uint8Array} bytes
 * @returns {Envelope}
 */
export function open(bytes) {
  const reader = new Reader(bytes);
  reader.tag(COSE_SIGN1);
  reader.array(4);
  const header = reader.string();
  reader.map(0);
  const payload = reader.string();
  const signature = reader.string(64);
  reader.end();
  return { keyId: keyIdOf(header), payload, protected: header, signature };
}

/** @param {Uint8Array} header */
function keyIdOf(header) {
  const reader = new Reader(header);
  const pairs = reader.anyMap();
  if (pairs !== 1 && pairs !== 2) unreadable();
  reader.label(ALG).label(EDDSA);
  const id = pairs === 2 ? reader.label(KID).string(4) : null;
  reader.end();
  return id;
}

/**
 * Whether that key made the envelope's signature for that purpose.
 * @param {Uint8Array} key
 * @param {Envelope} envelope
 * @param {Uint8Array} purpose
 */
export async function genuine(key, envelope, purpose) {
  if (same(envelope.signature.subarray(0, 32), IDENTITY)) return false;
  const message = joined(writeArray(4), ...writeText(SIGNATURE), ...writeBytes(envelope.protected), ...writeBytes(purpose), ...writeBytes(envelope.payload));
  return verify(key, message, envelope.signature);
}

/**
 * By the browser's own Ed25519, else by the vendored one, which is fetched only then.
 * @param {Uint8Array} key
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 * @returns {Promise<boolean>}
 */
async function verify(key, message, signature) {
  able ??= imported(BASE_POINT).then(
    () => true,
    () => false,
  );
  if (!(await able)) return verifyWithoutWebCrypto(key, message, signature);
  try {
    return await crypto.subtle.verify("Ed25519", await imported(key), plain(signature), plain(message));
  } catch {
    return false; // The key is no point.
  }
}

/** @param {Uint8Array} key */
function imported(key) {
  return crypto.subtle.importKey("raw", plain(key), "Ed25519", false, ["verify"]);
}

/**
 * @param {Uint8Array} key
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 * @returns {Promise<boolean>}
 */
export async function verifyWithoutWebCrypto(key, message, signature) {
  const { verifyAsync } = await import("../../vendor/noble-ed25519/index.js");
  return verifyAsync(signature, message, key, { zip215: false }).catch(() => false);
}

/**
 * Checks an envelope by the key that it names: `unknown_key` when the ring has no such key, `forged` when that key did not
 * sign it, or not in its time.
 * @param {Keyring} keyring
 * @param {Envelope} envelope
 * @param {{ purpose: Uint8Array, issued: number, expires: number }} what
 */
export async function check(keyring, envelope, { purpose, issued, expires }) {
  const key = keyring.keys.get(hex(envelope.keyId ?? unreadable()));
  if (!key) throw new Refused("unknown_key");
  const covered = key.from <= issued && issued < key.until && expires <= key.end;
  if (!covered || !(await genuine(key.key, envelope, purpose))) throw new Refused("forged");
}

/**
 * The keys of a list that the root signed.
 * @param {Uint8Array} bytes
 * @param {Uint8Array} root
 * @returns {Promise<Keyring>}
 */
export async function openKeyList(bytes, root) {
  if (bytes.length > MAX_LIST) unreadable();
  const envelope = open(bytes);
  if (envelope.keyId) unreadable();
  if (!(await genuine(root, envelope, KEYS))) throw new Refused("forged");
  const reader = new Reader(envelope.payload);
  reader.map(2);
  const issued = reader.label(1).u32();
  const count = reader.label(2).anyArray();
  if (count > MAX_KEYS) unreadable();
  /** @type {Map<string, Key>} */
  const keys = new Map();
  for (let i = 0; i < count; i++) {
    reader.array(4);
    const [key, from, until, end] = [reader.string(32), reader.u32(), reader.u32(), reader.u32()];
    const id = hex((await sha256(key)).subarray(0, 4));
    if (from >= until || until > end || until - from > WEEK || keys.has(id)) unreadable();
    keys.set(id, { key, from, until, end });
  }
  reader.end();
  return { issued, keys };
}

/**
 * A root as it is passed on: 43 characters of base64url.
 * @param {string} text
 * @returns {Uint8Array | undefined}
 */
export function rootOf(text) {
  const root = text.length === 43 ? fromBase64url(text) : undefined;
  return root?.length === 32 ? root : undefined;
}
