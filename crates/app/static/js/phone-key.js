// @ts-check
// This phone's key: made here, never given away, kept with the credential that the server signed for it.

const DATABASE = "vaora-phone";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
/** How long the store may take: a page that waits shows the code that does not change. */
const PATIENCE = 5000;
/** Renewed when less than this is left. */
const SOON = 15 * 86_400_000;

/**
 * @typedef {object} Kept
 * @property {string} id
 * @property {string} card
 * @property {Uint8Array<ArrayBuffer>} credential
 * @property {number} expires
 * @property {number} ahead of the phone's own clock
 * @property {CryptoKeyPair} pair
 */

/** Whether this browser can keep a key at all: an old one cannot, nor can one at an address without TLS. */
export const able = () => Boolean(globalThis.isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB && navigator.locks);

/**
 * Does something that uses the store while no other page of ours does. A browser never puts a page that holds a lock to sleep:
 * one that slept while it opened the store would keep it from all others.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function alone(work) {
  return navigator.locks.request(DATABASE, work);
}

/** @returns {Promise<Kept | undefined>} */
export const kept = () => within("readonly", (store) => store.get("own"));

/** @param {Kept} own */
export const keep = (own) => within("readwrite", (store) => store.put(own, "own"));

/**
 * Which issuing key signed a credential: eight hexadecimal digits, from the head of its envelope (docs/codes.md, section 1).
 * @param {Uint8Array} credential
 */
export const signedBy = (credential) => [...credential.subarray(8, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * A key whose credential is good for the card for days: the one that is kept, renewed, or another.
 * @param {Kept | undefined} own
 * @param {{ card: string, phone: string, keys: string[] }} page what the server said of this phone, and which issuing keys are believed
 * @param {import("./server-clock.js").ServerClock} clock
 * @returns {Promise<Kept | undefined>}
 */
export async function ensured(own, page, clock) {
  const known = own && own.id === page.phone && own.card === page.card && own.expires > clock.now() ? own : undefined;
  const believed = known && page.keys.includes(signedBy(known.credential));
  if (believed && known.expires - clock.now() > SOON) return known;
  const pairs = known ? [known.pair, undefined] : [undefined];
  for (const pair of pairs) {
    const given = await vouched(pair ?? (await crypto.subtle.generateKey(CURVE, false, ["sign"])), clock);
    if (given === "refused") continue;
    if (given) await keep(given);
    return given ?? (believed ? known : undefined);
  }
  return undefined;
}

/**
 * @param {CryptoKeyPair} pair
 * @param {import("./server-clock.js").ServerClock} clock
 * @returns {Promise<Kept | "refused" | undefined>}
 */
async function vouched(pair, clock) {
  const key = base64(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  let answer;
  try {
    const headers = { accept: "application/json" };
    answer = await fetch("/code/phone-key", { method: "POST", headers, body: new URLSearchParams({ key }), signal: AbortSignal.timeout(10_000) });
  } catch {
    return undefined;
  }
  if (answer.status === 409) return "refused";
  if (!answer.ok || !answer.headers.get("content-type")?.startsWith("application/json")) return undefined;
  const { id, card, credential, expires, now } = await answer.json();
  clock.set(now);
  return { id, card, credential: bytes(credential), expires, ahead: clock.ahead, pair };
}

/** @param {Uint8Array} given */
const base64 = (given) => btoa(String.fromCharCode(...given)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

/** @param {string} text */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

/**
 * One request of the store, which is closed at once: who signs out deletes it.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T>}
 */
function within(mode, ask) {
  return new Promise((done, failed) => {
    setTimeout(() => failed(new Error("the store does not answer")), PATIENCE);
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("keys", mode);
      const request = ask(transaction.objectStore("keys"));
      transaction.oncomplete = () => {
        opening.result.close();
        done(request.result);
      };
      transaction.onabort = () => {
        opening.result.close();
        failed(transaction.error);
      };
    };
  });
}
