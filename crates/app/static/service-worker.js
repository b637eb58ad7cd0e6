// @ts-check
// Keeps this build's files and the own code as it was opened last, and answers with a plain page when there is no network.
// No other page is kept. What is posted is never kept either: whoever posts retries.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = "vaora-@BUILD@";
const ROOT = "/static/@BUILD@/";
const OFFLINE = ROOT + "offline.html";
const OWN = "own-code";
const OWN_PAGE = "/code";
/** Posting there may change who is signed in here, or which code is good. */
const CHANGES =
  /^\/(sign-in|sign-out|cards|v\/[^/]+\/other-person|venues\/new\/confirmation|office\/sign-in|invitations)(\/|$)/;
const SHELL = [
  OFFLINE,
  ROOT + "css/app.css",
  ROOT + "icons/sprite.svg",
  ROOT + "icons/app.svg",
  ROOT + "js/changing-code.js",
  ROOT + "js/code-panel.js",
  ROOT + "js/forms.js",
  ROOT + "js/number-stepper.js",
  ROOT + "js/otp-countdown.js",
  ROOT + "js/page.js",
  ROOT + "js/phone-code.js",
  ROOT + "js/phone-key.js",
  ROOT + "js/register-sw.js",
  ROOT + "js/server-clock.js",
  ROOT + "js/wake-lock.js",
  ROOT + "vendor/lean-qr/index.js",
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
  if (url.origin !== worker.location.origin) return;
  if (request.method === "POST" && CHANGES.test(url.pathname)) event.waitUntil(forgetOwn());
  if (request.method !== "GET") return;
  if (url.pathname.startsWith(ROOT)) event.respondWith(fromCache(request));
  else if (request.mode === "navigate" && url.pathname === OWN_PAGE) event.respondWith(ownCode(request));
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

/**
 * The own code: from the server, else as it was opened last. Who is sent to sign in has none any more.
 * @param {Request} request
 */
async function ownCode(request) {
  try {
    const answer = await fetch(request);
    const text = answer.ok ? await answer.clone().text() : "";
    if (text.includes("data-saved")) await (await caches.open(OWN)).put(OWN_PAGE, html(text, answer));
    else if (answer.status < 500) await caches.delete(OWN);
    return answer;
  } catch {
    const kept = await caches.match(OWN_PAGE);
    if (!kept) return offline();
    // Its files are this build's: those of the build that made the page are gone.
    const text = (await kept.text()).replace(/\/static\/[^/"]+\//g, ROOT);
    return html(text.replace("data-saved hidden", "data-saved"), kept);
  }
}

async function offline() {
  const page = await caches.match(OFFLINE);
  if (!page) return new Response("Mất mạng. No network.", { status: 503 });
  const own = await caches.match(OWN_PAGE);
  return own ? html((await page.text()).replace("data-own hidden", "data-own"), page) : page;
}

/**
 * A text under the rules of the answer that it was.
 * @param {string} text
 * @param {Response} answer
 */
function html(text, { headers }) {
  return new Response(text, { headers });
}

/** The own page and this phone's key: another person may use it next, and for another card there is another key. */
async function forgetOwn() {
  await caches.delete(OWN);
  worker.indexedDB.deleteDatabase("vaora-phone");
}

async function forgetOthers() {
  for (const name of await caches.keys()) {
    if (name.startsWith("vaora-") && name !== CACHE) await caches.delete(name);
  }
}
