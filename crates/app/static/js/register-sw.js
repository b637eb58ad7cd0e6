// @ts-check

/** A browser without one, or an address without TLS, does without. */
export function registerServiceWorker() {
  navigator.serviceWorker?.register("/service-worker.js").catch(() => undefined);
}
