// @ts-check
// Seals a line for the server's key alone: HPKE (RFC 9180), base mode, single shot, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256,
// AES-256-GCM. Who steals a phone with a full queue reads nothing of it, and the phone itself cannot either.

import { joined, plain, utf8 } from "./bytes.js";

/** @typedef {{ privateKey: CryptoKey, publicKey: CryptoKey }} Pair */

const P256 = { name: "ECDH", namedCurve: "P-256" };
const KEM = joined(utf8("KEM"), number(0x0010));
const SUITE = joined(utf8("HPKE"), number(0x0010), number(0x0001), number(0x0002));
const VERSION = utf8("HPKE-v1");
const EMPTY = new Uint8Array(0);
const BASE = Uint8Array.of(0);
const KEY = 32;
const NONCE = 12;

/** @param {number} n in two bytes */
function number(n) {
  return Uint8Array.of(n >> 8, n & 255);
}

/**
 * The encapsulated key and the ciphertext, one after the other.
 * @param {Uint8Array} recipient an uncompressed point
 * @param {{ info: Uint8Array, aad: Uint8Array, text: Uint8Array }} what
 * @param {Pair} [pair] for tests; a fresh one otherwise
 */
export async function seal(recipient, { info, aad, text }, pair) {
  const ours = pair ?? /** @type {Pair} */ (await crypto.subtle.generateKey(P256, true, ["deriveBits"]));
  const theirs = await crypto.subtle.importKey("raw", plain(recipient), P256, false, []);
  const enc = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256));
  const secret = await expand(KEM, await extract(KEM, EMPTY, "eae_prk", dh), "shared_secret", joined(enc, recipient), 32);

  const context = joined(BASE, await extract(SUITE, EMPTY, "psk_id_hash", EMPTY), await extract(SUITE, EMPTY, "info_hash", info));
  const root = await extract(SUITE, secret, "secret", EMPTY);
  const key = await crypto.subtle.importKey("raw", plain(await expand(SUITE, root, "key", context, KEY)), "AES-GCM", false, ["encrypt"]);
  const iv = plain(await expand(SUITE, root, "base_nonce", context, NONCE));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: plain(aad) }, key, plain(text));
  return joined(enc, new Uint8Array(sealed));
}

/**
 * @param {Uint8Array} suite
 * @param {Uint8Array} salt
 * @param {string} label
 * @param {Uint8Array} material
 */
function extract(suite, salt, label, material) {
  // An empty salt is a row of zeros, as HMAC pads it.
  return mac(salt.length > 0 ? salt : new Uint8Array(32), joined(VERSION, suite, utf8(label), material));
}

/**
 * At most 32 bytes: one round of HKDF's expansion.
 * @param {Uint8Array} suite
 * @param {Uint8Array} secret
 * @param {string} label
 * @param {Uint8Array} info
 * @param {number} length
 */
async function expand(suite, secret, label, info, length) {
  const all = await mac(secret, joined(number(length), VERSION, suite, utf8(label), info, Uint8Array.of(1)));
  return all.subarray(0, length);
}

/**
 * @param {Uint8Array} key
 * @param {Uint8Array} message
 */
async function mac(key, message) {
  const own = await crypto.subtle.importKey("raw", plain(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", own, plain(message)));
}
