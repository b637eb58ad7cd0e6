// @ts-check
// The strip under the header: nothing while all is well; else what is wrong, in words and numbers.

import { element, icon } from "../dom.js";
import { counted, word } from "../words.js";
import { STALE } from "./rule.js";

/**
 * @typedef {object} State
 * @property {boolean} online
 * @property {boolean} revoked
 * @property {number} age of the lists, in milliseconds
 * @property {number} waiting
 * @property {number} total of what is being sent; 0 when nothing is
 * @property {number} done how many were sent just now; 0 when that was a while ago
 * @property {number} minutesOff
 * @property {number} parked
 * @property {number} room for how many more lines; Infinity when there is enough
 */

const HOUR = 3_600_000;

/** @param {State} state */
export function stripKind(state) {
  if (state.revoked) return "revoked";
  if (!state.online) return "offline";
  if (state.total > 1 && state.waiting > 0) return "sending";
  if (state.age > STALE) return "stale";
  if (state.room < Infinity) return "full";
  if (state.minutesOff) return "clock";
  return state.done > 1 ? "back" : "";
}

/**
 * @param {HTMLElement} strip
 * @param {State} state
 */
export function showStrip(strip, state) {
  const kind = stripKind(state);
  strip.hidden = kind === "";
  if (!kind) return;
  const stale = state.age > STALE;
  const n = Math.floor(state.age / HOUR);
  const title = {
    revoked: word("reader.revoked"),
    offline: word("off.title"),
    sending: word("off.sending", { sent: Math.max(0, state.total - state.waiting), total: state.total }),
    stale: counted("off.lists", n),
    full: counted("off.full", state.room),
    clock: clock(state.minutesOff),
    back: counted("off.back", state.done),
  }[kind];
  const facts = element(
    "p",
    { class: "strip__facts" },
    kind === "offline" && fact("queue", counted("off.queue", state.waiting)),
    kind === "offline" && fact("list", n > 0 ? counted("off.lists", n) : word("off.lists_new")),
  );
  const notes = [
    stale && word("off.stale"),
    kind !== "full" && state.room < Infinity && counted("off.full", state.room),
    kind !== "clock" && state.minutesOff !== 0 && clock(state.minutesOff),
  ];
  const said = element(
    "div",
    {},
    element("p", {}, title),
    facts.childElementCount > 0 && facts,
    kind === "sending" && element("progress", { max: String(state.total), value: String(state.total - state.waiting), "aria-label": title }),
    ...notes.map((note) => note && element("p", { class: "small" }, note)),
  );
  const sign = { revoked: "flag", offline: "wifi-off", sending: "upload", stale: "list", full: "flag", clock: "clock", back: "check" }[kind];
  strip.replaceChildren(icon(sign), said);
}

/** @param {number} minutes that the phone's clock is ahead */
function clock(minutes) {
  return counted(minutes > 0 ? "off.clock_ahead" : "off.clock_behind", Math.abs(minutes));
}

/**
 * @param {string} sign
 * @param {string} text
 */
function fact(sign, text) {
  return element("span", { class: "cell" }, icon(sign), text);
}
