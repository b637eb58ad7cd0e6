// @ts-check
// The attendant's gate: a code comes in, the server decides, the verdict is shown. Nothing is admitted without an answer.

import { dismiss, sayWaiting, showTrouble, showVerdict, standing, stays, whenFree } from "./decision.js";
import { one } from "./dom.js";
import { Recent } from "./recent.js";
import { ask } from "./scans.js";
import "./scanner.js";
import { play, unlock } from "./sound.js";
import { uuid7 } from "./uuid7.js";
import { isEcho, opposite, soundOf } from "./verdict.js";
import { TypedField } from "./typed-field.js";
import { gatherKeys } from "./typing-scanner.js";
import { stayAwake } from "./wake-lock.js";
import { counted, word } from "./words.js";

/** @typedef {import("./scans.js").Scan} Scan */
/** @typedef {import("./scans.js").Result} Result */
/** @typedef {import("./decision.js").Act} Act */

const gate = one("[data-scans-url]");
const { scansUrl = "", checkpoint = "", place = "" } = gate.dataset;
const scanner = /** @type {import("./scanner.js").QrScanner} */ (one("qr-scanner", gate));
const strip = one("[data-strip]", gate);
const recent = new Recent(one("[data-recent]", gate));
const typed = new TypedField(one("[data-typed]", gate), one("[data-type-code]", gate));
const SLOW = 300;
let asking = false;
/** Typed codes that wait for their turn. What a camera reads does not wait: it is read again. @type {Scan[]} */
const waiting = [];
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon;

/**
 * @param {string} code
 * @param {"card" | "typed"} way
 * @param {string} [id]
 * @returns {Scan}
 */
function scanOf(code, way, id = uuid7(Date.now())) {
  const chosen = /** @type {HTMLInputElement | null} */ (gate.querySelector("[name=direction]:checked"));
  const direction = /** @type {import("./scans.js").Direction} */ (chosen?.value ?? "auto");
  return { id, checkpoint_id: checkpoint, code, direction, way, confirms: null };
}

/** The code that waited longest has its turn as soon as the verdict before it was seen, or answered where it must be. */
function next() {
  clearTimeout(soon);
  sayWaiting(waiting.length > 0 ? counted("gate.waiting", waiting.length) : "");
  if (asking || waiting.length === 0 || stays() === Infinity) return;
  if (stays() > 0) {
    soon = setTimeout(next, stays());
    return;
  }
  const scan = waiting.shift();
  if (scan) decide(scan);
}

/** @param {Scan} scan */
async function decide(scan) {
  if (asking) return;
  asking = true;
  const slow = setTimeout(() => scanner.tell("gate.checking"), SLOW);
  const answer = await ask(scansUrl, scan);
  clearTimeout(slow);
  scanner.tell("gate.idle");
  asking = false;
  if ("result" in answer) {
    strip.hidden = true;
    play(soundOf(answer.result));
    recent.add(answer.result);
    showVerdict(place, answer.result, actsFor(scan, answer.result));
    next();
    return;
  }
  play("unreadable");
  if ("mend" in answer) {
    dismiss();
    typed.mend(word(answer.mend), scan.code);
    return;
  }
  strip.hidden = answer.trouble !== "gate.no_answer";
  const again = { label: word("gate.send_again"), kind: /** @type {const} */ ("filled"), full: true, act: () => decide(scan) };
  const drop = { label: word("gate.drop"), full: true, act: dismiss };
  showTrouble(place, answer.trouble, answer.again ? [again, drop] : [{ ...again, label: word("app.retry"), act: () => location.reload() }]);
}

/**
 * @param {Scan} scan
 * @param {Result} result
 * @returns {Act[]}
 */
function actsFor(scan, result) {
  const { decision, direction } = result;
  const other = opposite(direction);
  const turn = () => decide({ ...scan, id: uuid7(Date.now()), direction: other, confirms: null });
  const nextPerson = { label: word("btn.next_person"), kind: /** @type {const} */ ("filled"), full: true, act: dismiss };
  if (isEcho(result) && decision !== "refer") return [nextPerson, { label: word(`gate.going_${other}`), kind: "quiet", full: true, icon: "undo", act: turn }];
  if (decision === "admit") return [{ label: word(`btn.fix_${other}`), full: true, icon: "undo", act: turn }];
  if (decision === "refuse") return [nextPerson];
  // Only who enters is ever referred.
  const admit = () => decide({ ...scan, id: uuid7(Date.now()), direction, confirms: result.id });
  return [
    { label: word("btn.let_in"), act: admit },
    { label: word("btn.keep_out"), act: dismiss },
  ];
}

scanner.addEventListener("code", (event) => {
  const { text, id } = /** @type {CustomEvent<{ text: string, id: string }>} */ (event).detail;
  if (!asking && standing() !== "held" && waiting.length === 0) decide(scanOf(text, "card", id));
});

const start = one("[data-start]", gate);
one("button", start).addEventListener("click", async () => {
  start.hidden = true;
  await unlock();
  play("again");
  stayAwake();
  scanner.start();
});

function takeTyped() {
  const code = typed.take();
  if (!code) {
    typed.mend(word("gate.typed_short"));
    return;
  }
  unlock();
  waiting.push(scanOf(code, "typed"));
  next();
}

typed.form.addEventListener("submit", (event) => {
  event.preventDefault();
  takeTyped();
});
gatherKeys(typed.input, () => typed.open(), takeTyped);
whenFree(next);
window.addEventListener("offline", () => (strip.hidden = false));
window.addEventListener("online", () => (strip.hidden = true));
