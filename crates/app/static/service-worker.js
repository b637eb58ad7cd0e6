// @ts-check
// Keeps this build's files, the own code as it was opened last, and on a gate's phone the gate's page with all that it needs.
// Answers with a plain page when there is no network. No other page is kept. What is posted is never kept either: whoever posts retries.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = "vaora-@BUILD@";
const ROOT = "/static/@BUILD@/";
const OFFLINE = ROOT + "offline.html";
const OWN = "own-code";
const OWN_PAGE = "/code";
const GATE = "gate";
const GATE_PAGE = "/gate";
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

/** All that the gate's page loads, early or late. A test follows what each file names. */
const GATE_FILES = [
  ROOT + "fonts/be-vietnam-pro-latin-600.woff2",
  ROOT + "fonts/be-vietnam-pro-latin-800.woff2",
  ROOT + "fonts/be-vietnam-pro-vietnamese-600.woff2",
  ROOT + "fonts/be-vietnam-pro-vietnamese-800.woff2",
  ROOT + "fonts/vaora-digits-400.woff2",
  ROOT + "fonts/vaora-digits-600.woff2",
  ROOT + "fonts/vaora-digits-800.woff2",
  ROOT + "icons/app-192.png",
  ROOT + "js/camera.js",
  ROOT + "js/companions.js",
  ROOT + "js/decision.js",
  ROOT + "js/dom.js",
  ROOT + "js/door.js",
  ROOT + "js/gate/bundle.js",
  ROOT + "js/gate/bytes.js",
  ROOT + "js/gate/card.js",
  ROOT + "js/gate/cbor.js",
  ROOT + "js/gate/citizen.js",
  ROOT + "js/gate/clock.js",
  ROOT + "js/gate/cose.js",
  ROOT + "js/gate/digits.js",
  ROOT + "js/gate/drain.js",
  ROOT + "js/gate/gate.js",
  ROOT + "js/gate/hpke.js",
  ROOT + "js/gate/kiosk.js",
  ROOT + "js/gate/lists.js",
  ROOT + "js/gate/panel.js",
  ROOT + "js/gate/phone-code.js",
  ROOT + "js/gate/phone.js",
  ROOT + "js/gate/pin.js",
  ROOT + "js/gate/queue.js",
  ROOT + "js/gate/reader.js",
  ROOT + "js/gate/rule.js",
  ROOT + "js/gate/send.js",
  ROOT + "js/gate/serial.js",
  ROOT + "js/gate/status.js",
  ROOT + "js/gate/store.js",
  ROOT + "js/gate/strip.js",
  ROOT + "js/recent.js",
  ROOT + "js/scan-worker.js",
  ROOT + "js/scanner.js",
  ROOT + "js/scans.js",
  ROOT + "js/sound.js",
  ROOT + "js/speech.js",
  ROOT + "js/typed-field.js",
  ROOT + "js/typing-scanner.js",
  ROOT + "js/uuid7.js",
  ROOT + "js/verdict.js",
  ROOT + "js/words.js",
  ROOT + "vendor/zxing/es/reader/index.js",
  ROOT + "vendor/zxing/es/share.js",
  ROOT + "vendor/zxing/reader/zxing_reader.wasm",
  ROOT + "vendor/noble-ed25519/index.js",
];

worker.addEventListener("install", (event) => {
  event.waitUntil(install().then(() => worker.skipWaiting()));
});

/** A phone that is a gate has all of the new build before the old one goes. */
async function install() {
  await caches.open(CACHE).then((cache) => cache.addAll(SHELL));
  if (await caches.has(GATE)) await keepGate().then(() => newGate(new Request(GATE_PAGE)));
}

worker.addEventListener("message", (event) => {
  if (event.data === "keep-gate") event.waitUntil(keepGate().then(() => event.ports[0]?.postMessage("kept")));
});

async function keepGate() {
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const file of GATE_FILES) if (!(await cache.match(file))) missing.push(file);
  await cache.addAll(missing);
  if (!(await (await caches.open(GATE)).match(GATE_PAGE))) await newGate(new Request(GATE_PAGE));
}

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
  else if (/^\/static\/[^/]+\//.test(url.pathname)) event.respondWith(fetch(request).catch(() => ofThisBuild(url)));
  else if (request.mode === "navigate" && url.pathname === GATE_PAGE) event.respondWith(gate(request, url));
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
    return html(ours(await kept.text()).replace("data-saved hidden", "data-saved"), kept);
  }
}

/**
 * The gate's page, at once: whoever stands there does not wait for a network. Another language is asked for.
 * @param {Request} request
 * @param {URL} url
 */
async function gate(request, url) {
  const kept = await caches.match(GATE_PAGE, { cacheName: GATE });
  if (!kept) return newGate(request).catch(offline);
  const page = async () => html(ours(await kept.text()), kept);
  return url.search ? newGate(request).catch(page) : page();
}

/** @param {Request} request */
async function newGate(request) {
  const answer = await fetch(request);
  if (answer.ok && (await caches.has(GATE))) await (await caches.open(GATE)).put(GATE_PAGE, answer.clone());
  return answer;
}

/**
 * A page of another build is open still, and asks for a file of its own that is gone.
 * @param {URL} url
 */
async function ofThisBuild({ pathname }) {
  const kept = await caches.match(ROOT + pathname.split("/").slice(3).join("/"));
  return kept ?? Response.error();
}

/**
 * Files of this build in a page of another: those of the build that made the page are gone.
 * @param {string} text
 */
function ours(text) {
  return text.replace(/\/static\/[^/"]+\//g, ROOT);
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
