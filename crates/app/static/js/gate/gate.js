// @ts-check
// The gate that works without a network: enrolled once from the owner's screen, it decides by its lists, keeps every line on
// disk before anybody is told, and sends what waits whenever there is a network.

import { stayAwake } from "../wake-lock.js";
import { one } from "../dom.js";
import { openDoor } from "../door.js";
import { speak } from "../speech.js";
import { uuid7 } from "../uuid7.js";
import { word } from "../words.js";
import { Clock } from "./clock.js";
import { Drain } from "./drain.js";
import { Kiosk } from "./kiosk.js";
import { Lists, enrolmentIn } from "./lists.js";
import { openPanel } from "./panel.js";
import { keepForOffline, secret } from "./phone.js";
import { Reader, Revoked } from "./reader.js";
import { saysLost, sendLines } from "./send.js";
import { showStatus } from "./status.js";
import { PRESENT, Store } from "./store.js";
import { showStrip } from "./strip.js";

/** @typedef {"broken" | "none" | "replace" | "fetching" | "duty" | "door"} View */
/** @typedef {import("./store.js").Line} Line */

/** How often lists are asked for, and what is shown is looked at again. */
const REFRESH = 120_000;
const LOOK = 1000;
/** Somebody at the gate waits so long for the server; a batch may take longer. */
const SPOT = 1500;
const PATIENCE = 30_000;
/** A line with its place in the queue takes about so many bytes; fewer than so many of them are worth a word. */
const LINE = 2048;
const ROOMY = 500;
const SAID = 6000;
const REVOKED = { trouble: "reader.revoked", hint: "reader.revoked_hint", again: false };
/** A camera that cannot be opened where nobody stands by is tried again. */
const AGAIN = 10_000;

const assets = document.documentElement.dataset.assets ?? "";
const [head, gate] = [one("[data-head]"), one("[data-gate]")];

/** @param {View} view */
function show(view) {
  for (const section of document.querySelectorAll("[data-view]")) {
    if (section instanceof HTMLElement) section.hidden = section.dataset.view !== view;
  }
  head.hidden = view !== "door";
}

async function begin() {
  const store = await Store.open();
  const clock = new Clock(await store.get("clock"));
  const lists = new Lists(store, clock);
  await lists.load();
  const offered = enrolmentIn(location.hash);
  // The token is not left in the address, nor in what the browser remembers of it.
  if (location.hash) history.replaceState(null, "", location.pathname);
  // Where nobody stands by, nobody may make the device another's; one that the owner has revoked waits for just that.
  const kiosk = (await store.get("kiosk")) !== undefined && !lists.revoked;
  if (offered && !kiosk && offered.token !== lists.enrolment?.token && (await agreed(lists))) {
    await enrol(lists, offered);
    await store.set({ kiosk: undefined, recent: undefined });
  }
  if (!lists.enrolment) {
    show("none");
    return;
  }
  void keepForOffline();
  while (!lists.known) {
    show("fetching");
    await lists.refresh();
    if (lists.known) break;
    one("[data-said]").textContent = word(lists.trouble || lists.revoked ? "reader.enrol_refused" : lists.contact ? "reader.fetch_failed" : "reader.need_net");
    await pause(3000);
  }
  const duty = (await store.get("duty")) ?? (await onDuty());
  await store.set({ duty });
  await work(store, clock, lists, duty);
}

/**
 * Whoever sends a link may not make this phone another's without a word.
 * @param {Lists} lists
 */
async function agreed(lists) {
  if (!lists.enrolment) return true;
  one("[data-held]").textContent = word("reader.replace_title", { place: lists.known ? placeOf(lists) : "vaora" });
  show("replace");
  const answer = await pressed("[data-replace]", "[data-stay]");
  return answer === "[data-replace]";
}

/**
 * @param {Lists} lists
 * @param {import("./lists.js").Enrolment} offered
 */
async function enrol(lists, offered) {
  await lists.enrol(offered);
  // A browser that is short of space would otherwise forget the queue.
  await navigator.storage?.persist?.().catch(() => false);
}

/** @returns {Promise<string>} the name of who is on duty */
async function onDuty() {
  show("duty");
  const form = /** @type {HTMLFormElement} */ (one("[data-view=duty]"));
  const input = /** @type {HTMLInputElement} */ (one("[name=duty]", form));
  input.focus();
  await new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      if (input.value.trim()) resolve(null);
    };
  });
  return input.value.trim();
}

/** @param {Lists} lists */
function placeOf({ known }) {
  const { venue_name: venue = "", checkpoint_name: checkpoint = "" } = known?.held.policy ?? {};
  return `${venue}, ${checkpoint}`;
}

/**
 * @param {Store} store
 * @param {Clock} clock
 * @param {Lists} lists
 * @param {string} duty
 */
async function work(store, clock, lists, duty) {
  const known = () => /** @type {import("./reader.js").Lists} */ (lists.known);
  const current = () => lists.enrolment?.token ?? "";
  /** @param {number} patience */
  const sender = (patience) => async (/** @type {Line[]} */ lines) => {
    const token = lines[0]?.token ?? current();
    // What a former device is told says nothing about this one.
    const heard = (/** @type {Response} */ answer, /** @type {number} */ took) => void (token === current() && lists.heard(answer, took));
    const sent = await sendLines({ token, now: () => clock.now(), patience, heard }, lines);
    if ("status" in sent && sent.status === 0) lists.online = false;
    if (token === current() && saysLost(sent)) await lists.lose();
    return sent;
  };
  const reader = new Reader({ store, lists: known, token: current, secret: await secret(store), send: sender(SPOT), online: () => lists.online });
  let progress = { waiting: (await store.counts()).waiting, total: 0, sending: false, status: 0 };
  let [done, room] = [0, Infinity];
  const drain = new Drain({
    store,
    send: sender(PATIENCE),
    former: ([line]) => (line?.token ?? current()) !== current(),
    tell: (now) => {
      if (now.waiting === 0 && progress.total > 1) {
        done = progress.total;
        setTimeout(() => (done = 0), SAID);
      }
      progress = now;
      look();
    },
  });

  const strip = one("[data-strip]", gate);
  const look = async () => {
    const { waiting, parked } = await store.counts();
    const age = Math.max(0, clock.now() - known().held.issued * 1000);
    const state = { online: lists.online, revoked: lists.revoked, age, waiting, total: progress.total, done, minutesOff: clock.minutesOff, parked, room };
    showStrip(strip, state);
    showStatus(one("[data-status]"), lists, { ...state, sent: (await store.get("sent")) ?? 0, build: assets.split("/").at(-1) ?? "", place: placeOf(lists) });
  };
  const measure = async () => {
    const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
    const lines = Math.floor((quota - usage) / LINE);
    room = lines < ROOMY ? lines : Infinity;
  };

  one("[data-place]").textContent = placeOf(lists);
  one("[data-duty]").textContent = word("gate.on_duty", { name: duty });
  const kept = (await store.get("recent")) ?? [];
  const door = openDoor(gate, {
    recent: { kept, keep: (lines) => store.set({ recent: lines }).catch(() => undefined) },
    checkpoint: known().held.policy.checkpoint_id,
    place: () => placeOf(lists),
    time: (wall) => clock.of(wall),
    alone: () => kiosk.on,
    ask: async (scan) => {
      if (lists.revoked) return REVOKED;
      try {
        return await reader.read(scan);
      } catch (error) {
        if (error instanceof Revoked) return REVOKED;
        // Not kept, so not told: whatever the verdict would be.
        const full = error instanceof DOMException && error.name === "QuotaExceededError";
        const other = error instanceof DOMException && error.name === "AbortError";
        return { trouble: full ? "reader.full" : "reader.not_kept", hint: other ? "reader.other_hint" : "reader.full_hint", verb: "app.retry", again: !other };
      }
    },
    answered: () => void look(),
  });
  show("door");
  stayAwake();
  const direction = () => /** @type {HTMLInputElement | null} */ (gate.querySelector("[name=direction]:checked"))?.value ?? "auto";
  const kiosk = new Kiosk(store, () => clock.now(), (way) => {
    one(`[name=direction][value=${way}]`, gate).click();
    void door.scanner.face("user").then(door.begin);
    // Nobody is there to press the button that tries again.
    door.scanner.addEventListener("camera", (event) => /** @type {CustomEvent} */ (event).detail.said && setTimeout(door.begin, AGAIN));
    speak(true);
  });
  await openPanel({ store, door, enterKiosk: (form) => kiosk.enter(form, direction()) });
  await kiosk.resume();

  window.addEventListener("online", () => {
    drain.poke();
    void lists.refresh().then(look);
  });
  window.addEventListener("offline", () => {
    lists.online = false;
    void look();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && clock.woke());
  setInterval(look, LOOK);
  setInterval(() => void lists.refresh().then(measure), REFRESH);
  drain.start();
  await store.tidy(uuid7(clock.now() - PRESENT, new Uint8Array(10)));
  await measure();
  await lists.refresh();
  await look();
}

/** @param {number} ms */
function pause(ms) {
  return /** @type {Promise<void>} */ (new Promise((resolve) => setTimeout(resolve, ms)));
}

/** @param {...string} buttons */
function pressed(...buttons) {
  return /** @type {Promise<string>} */ (
    new Promise((resolve) => {
      for (const button of buttons) one(button).addEventListener("click", () => resolve(button), { once: true });
    })
  );
}

begin().catch((error) => {
  console.error(error);
  show("broken");
});
// An address with a token opened in a page that is open already.
window.addEventListener("hashchange", () => location.reload());
