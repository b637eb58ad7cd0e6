// @ts-check
// The attendant's gate: a code comes in, the server decides, the verdict is shown. Nothing is admitted without an answer.

import { dismiss, showTrouble, showVerdict, standing } from "./decision.js";
import { one } from "./dom.js";
import { Recent } from "./recent.js";
import { ask } from "./scans.js";
import "./scanner.js";
import { play, unlock } from "./sound.js";
import { uuid7 } from "./uuid7.js";
import { isEcho, opposite, soundOf } from "./verdict.js";
import { stayAwake } from "./wake-lock.js";
import { word } from "./words.js";

/** @typedef {import("./scans.js").Scan} Scan */
/** @typedef {import("./scans.js").Result} Result */
/** @typedef {import("./decision.js").Act} Act */

const gate = one("[data-scans-url]");
const { scansUrl = "", checkpoint = "", place = "" } = gate.dataset;
const scanner = /** @type {import("./scanner.js").QrScanner} */ (one("qr-scanner", gate));
const strip = one("[data-strip]", gate);
const recent = new Recent(one("[data-recent]", gate));
const SLOW = 300;
let asking = false;

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
    return;
  }
  play("unreadable");
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
  const next = { label: word("btn.next_person"), kind: /** @type {const} */ ("filled"), full: true, act: dismiss };
  if (isEcho(result) && decision !== "refer") return [next, { label: word(`gate.going_${other}`), kind: "quiet", full: true, icon: "undo", act: turn }];
  if (decision === "admit") return [{ label: word(`btn.fix_${other}`), full: true, icon: "undo", act: turn }];
  if (decision === "refuse") return [next];
  const admit = () => decide({ ...scan, id: uuid7(Date.now()), direction, confirms: result.id });
  return [
    { label: word(direction === "in" ? "btn.let_in" : "btn.let_out"), act: admit },
    { label: word(direction === "in" ? "btn.keep_out" : "btn.keep_in"), act: dismiss },
  ];
}

scanner.addEventListener("code", (event) => {
  const { text, id } = /** @type {CustomEvent<{ text: string, id: string }>} */ (event).detail;
  if (!asking && standing() !== "held") decide(scanOf(text, "card", id));
});

const start = one("[data-start]", gate);
one("button", start).addEventListener("click", async () => {
  start.hidden = true;
  await unlock();
  play("again");
  stayAwake();
  scanner.start();
});

const typed = one("[data-typed]", gate);
const open = one("[data-type-code]", gate);
open.addEventListener("click", () => {
  typed.hidden = !typed.hidden;
  open.setAttribute("aria-expanded", String(!typed.hidden));
  if (!typed.hidden) one("input", typed).focus();
});
one("form", typed).addEventListener("submit", (event) => {
  event.preventDefault();
  const input = /** @type {HTMLInputElement} */ (one("[name=code]", typed));
  const code = input.value.trim();
  if (!code) return;
  input.value = "";
  unlock();
  decide(scanOf(code, "typed"));
});

typed.hidden = true;
open.hidden = false;
window.addEventListener("offline", () => (strip.hidden = false));
window.addEventListener("online", () => (strip.hidden = true));
