// @ts-check
// The verdict over the whole screen: colour, shape, word, initials and year, reasons, direction, what can be done.

import { element, icon } from "./dom.js";
import { clock, isEcho, permitsOf, reasonKeys, rowKey, wordKey } from "./verdict.js";
import { has, word } from "./words.js";

/** @typedef {import("./scans.js").Result} Result */
/** @typedef {{ label: string, kind?: "filled" | "quiet" | "", full?: boolean, icon?: string, href?: string, act?: () => void }} Act */

const BACK = 2500;
/** Where nobody stands by, a verdict goes away by itself. */
const ALONE = { refer: 6000, other: 3000 };
const LONG = 9;
/** How long a verdict is seen before a code that waits may pass over it. */
const SEEN = { admit: 1000, other: 2500 };

/** @type {HTMLElement | undefined} */
let shown;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {Element | null} */
let before;
let until = 0;
let waiting = "";
/** @type {() => void} */
let free = () => undefined;

/** What is shown now: a verdict that may be passed over by the next code, one that may not, or nothing. */
export function standing() {
  return shown ? (timer ? "passing" : "held") : "none";
}

/** In how many milliseconds a code that waits may pass over what is shown; Infinity until somebody answers it. */
export function stays() {
  return shown ? Math.max(0, until - Date.now()) : 0;
}

/** @param {() => void} act is done whenever nothing is shown any more */
export function whenFree(act) {
  free = act;
}

/** @param {string} text about codes that wait, shown beside the verdict; empty when there are none */
export function sayWaiting(text) {
  waiting = text;
  const place = shown?.querySelector("[data-waiting]");
  if (place) place.textContent = waiting;
}

export function dismiss() {
  clear();
  free();
}

function clear() {
  clearTimeout(timer);
  timer = undefined;
  shown?.remove();
  shown = undefined;
  document.querySelector(".frame")?.removeAttribute("inert");
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  before = null;
}

/**
 * What a refused person can do.
 * @param {Result} result
 */
function helpKey({ kind, reasons }) {
  if (kind) return "foreign.help";
  // A square that was read, and is another's, comes after "unreadable".
  const special = reasons.findLast((reason) => has(`refuse.${reason}`));
  return special ? `refuse.${special}` : "refuse.help";
}

/**
 * @param {string} place
 * @param {Result} result
 * @param {Act[]} acts
 * @param {boolean} [alone] whether nobody stands by who could press anything
 */
export function showVerdict(place, result, acts, alone = false) {
  const { decision, direction, initials, birth_year: year } = result;
  const echo = isEcho(result);
  const said = word(alone && decision === "refer" ? "gate.meet_attendant" : echo ? "gate.already" : wordKey(result));
  const verdict = element(
    "div",
    { class: "decision__verdict" },
    icon(decision, "decision__shape"),
    element("p", { class: `decision__word${said.length > LONG ? " decision__word--long" : ""}` }, said),
    echo && element("p", { class: "decision__said" }, word("gate.already_at", { word: word(wordKey(result)), time: clock(new Date(result.first_at ?? result.at)) })),
    initials && element("p", { class: "decision__who" }, element("b", {}, initials), year ? word("gate.born", { year }) : ""),
    ...reasonKeys(result, has).map((key) => element("p", { class: "decision__reasons" }, word(key))),
    decision === "refuse" && !echo && element("p", { class: "decision__help" }, word(helpKey(result))),
    ...permitsOf(result, document.documentElement.lang).map((text) => element("p", { class: "decision__shown" }, icon("doc"), text)),
    result.shown && element("p", { class: "decision__shown" }, icon(result.shown === "phone" ? "phone" : "card"), word(`gate.shown_${result.shown}`)),
  );
  const row = element("p", { class: "decision__row" }, icon(direction), word(rowKey(result)));
  const passing = alone || (decision === "admit" && !echo);
  const foot = element("div", { class: "decision__foot" }, row, acts.length > 0 && buttons(acts), passing && element("div", { class: "decision__rest" }, element("i")));
  const kind = `decision decision--${decision}${echo ? " decision--echo" : ""}${alone ? " decision--alone" : ""}`;
  const closes = alone || decision !== "refer";
  put(kind, place, verdict, foot, closes);
  if (closes) until = Date.now() + (decision === "admit" && !echo ? SEEN.admit : SEEN.other);
  if (passing) timer = setTimeout(dismiss, alone ? ALONE[decision === "refer" ? "refer" : "other"] : BACK);
}

/**
 * No answer, or none that was kept: the scan is not recorded and nobody knows the verdict.
 * @param {string} place
 * @param {string} key
 * @param {Act[]} acts
 * @param {string} [hint]
 * @param {boolean} [alone]
 */
export function showTrouble(place, key, acts, hint = "gate.no_answer_hint", alone = false) {
  const verdict = element(
    "div",
    { class: "decision__verdict" },
    icon(hint === "gate.no_answer_hint" ? "wifi-off" : "flag", "decision__shape"),
    element("p", { class: "decision__word" }, word(key)),
    element("p", { class: "decision__help" }, word(hint)),
  );
  put("decision noanswer", place, verdict, element("div", { class: "decision__foot" }, buttons(acts)), alone);
  if (!alone) return;
  until = Date.now() + SEEN.other;
  timer = setTimeout(dismiss, ALONE.refer);
}

/**
 * @param {string} kind
 * @param {string} place
 * @param {HTMLElement} verdict
 * @param {HTMLElement} foot
 * @param {boolean} touchCloses
 */
function put(kind, place, verdict, foot, touchCloses) {
  const last = before ?? document.activeElement;
  clear();
  before = last;
  until = Infinity;
  document.querySelector(".frame")?.setAttribute("inert", "");
  const bar = element("div", { class: "decision__bar" }, icon("door"), place, element("span", { class: "decision__waiting", "data-waiting": true }, waiting), element("time", {}, clock(new Date())));
  const field = element("div", { class: "decision__field on-decision", role: "alert", tabindex: "-1" }, verdict, foot);
  if (touchCloses) field.addEventListener("click", dismiss);
  shown = element("div", { class: kind, role: "dialog", "aria-modal": "true", "aria-label": place }, bar, field);
  shown.addEventListener("keydown", (event) => {
    if (touchCloses && event.key === "Escape") dismiss();
  });
  document.body.append(shown);
  field.focus({ preventScroll: true });
}

/** @param {Act[]} acts */
function buttons(acts) {
  return element(
    "div",
    { class: "decision__acts" },
    ...acts.map(({ label, kind, full, icon: name, href, act }) => {
      const look = `act${kind ? ` act--${kind}` : ""}${full ? " act--full" : ""}`;
      const words = element("span", {}, label);
      const made = href ? element("a", { class: look, href }, name && icon(name), words) : element("button", { type: "button", class: look }, name && icon(name), words);
      made.addEventListener("click", (event) => {
        event.stopPropagation();
        act?.();
      });
      return made;
    }),
  );
}
