// @ts-check
// Keeps this build's files, and answers with a plain page when there is no network. What is posted is never kept: whoever
// posts retries.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = "vaora-@BUILD@";
const ROOT = "/static/@BUILD@/";
const OFFLINE = ROOT + "offline.html";
const SHELL = [
  OFFLINE,
  ROOT + "css/app.css",
  ROOT + "icons/sprite.svg",
  ROOT + "icons/app.svg",
  ROOT + "js/page.js",
  ROOT + "fonts/be-vietnam-pro-latin-400.woff2",
  ROOT + "fonts/be-vietnam-pro-vietnamese-400.woff2",
];

worker.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (url.pathname.startsWith(ROOT)) event.respondWith(fromCache(request));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(offline));
});

/** @param {Request} request */
async function fromCache(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

async function offline() {
  const page = await caches.match(OFFLINE);
  return page ?? new Response("Mất mạng. No network.", { status: 503 });
}

async function forgetOthers() {
  for (const name of await caches.keys()) {
    if (name.startsWith("vaora-") && name !== CACHE) await caches.delete(name);
  }
}
