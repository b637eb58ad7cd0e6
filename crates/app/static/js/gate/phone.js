// @ts-check
// What a phone keeps for the gate beside its lines: a secret of its own, and the page itself.

/**
 * A key of this phone alone, which nothing can read out: cards are named by it in what the phone keeps.
 * @param {import("./store.js").Store} store
 * @returns {Promise<CryptoKey>}
 */
export async function secret(store) {
  const kept = await store.get("secret");
  if (kept) return kept;
  const made = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  await store.set({ secret: made });
  return made;
}

/** Asks the service worker to keep this page and all that it needs. */
export async function keepForOffline() {
  const worker = await navigator.serviceWorker?.ready;
  if (!worker?.active) return;
  const channel = new MessageChannel();
  channel.port1.onmessage = () => (document.documentElement.dataset.kept = "yes");
  worker.active.postMessage("keep-gate", [channel.port2]);
}
