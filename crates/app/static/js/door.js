// @ts-check
// A door with a scanner: codes come in, one after another, from the camera, from fingers or from a scanner that types; each is
// decided by whoever was asked to, and the verdict is shown. The page says who decides.

import { Companions } from "./companions.js";
import { citizenNumber } from "./gate/citizen.js";
import { dismiss, sayWaiting, showTrouble, showVerdict, standing, stays, whenFree } from "./decision.js";
import { one } from "./dom.js";
import { Recent } from "./recent.js";
import "./scanner.js";
import { play, unlock } from "./sound.js";
import { say } from "./speech.js";
import { uuid7 } from "./uuid7.js";
import { clipOf, isEcho, opposite, soundOf } from "./verdict.js";
import { TypedField } from "./typed-field.js";
import { gatherKeys, isSlow } from "./typing-scanner.js";
import { stayAwake } from "./wake-lock.js";
import { counted, word } from "./words.js";

/** @typedef {import("./scans.js").Scan} Scan */
/** @typedef {import("./scans.js").Result} Result */
/** @typedef {import("./scans.js").Answer} Answer */
/** @typedef {import("./decision.js").Act} Act */

const SLOW = 300;
const LONG = 60;

/**
 * @param {HTMLElement} gate
 * @param {{
 *   checkpoint: string,
 *   place: () => string,
 *   ask: (scan: Scan) => Promise<Answer>,
 *   answered?: (answer: Answer) => void,
 *   time?: (wall: number) => number,
 *   alone?: () => boolean,
 *   recent?: { kept: import("./recent.js").Line[], keep: (lines: import("./recent.js").Line[]) => unknown },
 * }} with_ what comes back begins without a touch, and takes codes that came some other way. `alone` says whether nobody stands by, so that nothing is asked of anybody; `time` is the right time of something that this machine's clock has timed
 */
export function openDoor(gate, { checkpoint, place, ask, answered = () => {}, time = (wall) => wall, alone = () => false, recent: before = undefined }) {
  const scanner = /** @type {import("./scanner.js").QrScanner} */ (one("qr-scanner", gate));
  const recent = new Recent(one("[data-recent]", gate), before?.kept, before?.keep);
  const typed = new TypedField(one("[data-typed]", gate), one("[data-type-code]", gate));
  const companions = new Companions(one("[data-companions]", gate));
  /** Where a paper is taken instead of a code; nowhere without a network. */
  const paper = gate.dataset.paperUrl;
  let asking = false;
  /** Whether it is no more than noted that somebody was turned away: the next person's code waits, and is not missed. */
  let noting = false;
  /** Whether a scanner that types has opened the field, and nobody wants to see it after. */
  let opened = false;
  /** Typed codes that wait for their turn. What a camera reads does not wait: it is read again. @type {Scan[]} */
  const waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;

  const newId = () => uuid7(time(Date.now()));

  /**
   * @param {string} code
   * @param {"card" | "typed"} way
   * @param {string} [id]
   * @returns {Scan}
   */
  function scanOf(code, way, id = newId()) {
    const chosen = /** @type {HTMLInputElement | null} */ (gate.querySelector("[name=direction]:checked"));
    const direction = /** @type {import("./scans.js").Direction} */ (chosen?.value ?? "auto");
    return { id, checkpoint_id: checkpoint, code, direction, way, confirms: null, companions: alone() ? 0 : companions.count };
  }

  /** The code that waited longest has its turn as soon as the verdict before it was seen, or answered where it must be. */
  function next() {
    clearTimeout(soon);
    sayHowMany();
    if (asking || waiting.length === 0 || stays() === Infinity) return;
    if (stays() > 0) {
      soon = setTimeout(next, stays());
      return;
    }
    const scan = waiting.shift();
    sayHowMany();
    if (scan) decide(scan);
  }

  function sayHowMany() {
    sayWaiting(waiting.length > 0 ? counted("gate.waiting", waiting.length) : "");
  }

  /** @param {Scan} scan */
  async function decide(scan) {
    if (asking) return;
    asking = true;
    noting = scan.turned_away === true;
    const slow = setTimeout(() => scanner.tell("gate.checking"), SLOW);
    const answer = await ask(scan);
    clearTimeout(slow);
    scanner.tell("gate.idle");
    asking = noting = false;
    answered(answer);
    if ("result" in answer) {
      const acts = alone() ? [] : actsFor(scan, answer.result);
      if (answer.result.decision === "admit" || scan.turned_away) companions.forget();
      if (scan.turned_away) {
        // The attendant knows: it is noted, and the next person's turn.
        recent.add(answer.result);
        dismiss();
        return;
      }
      const sound = soundOf(answer.result);
      play(sound);
      say(clipOf(answer.result), sound);
      recent.add(answer.result, acts.find(({ icon }) => icon === "undo"));
      showVerdict(place(), answer.result, acts, alone());
      next();
      return;
    }
    play("unreadable");
    if (alone()) {
      const trouble = "mend" in answer ? { key: "reasons.unreadable", hint: answer.mend } : { key: answer.trouble, hint: "gate.meet_attendant" };
      showTrouble(place(), trouble.key, [], trouble.hint, true);
      next();
      return;
    }
    if ("mend" in answer) {
      dismiss();
      typed.mend(word(answer.mend), scan.code);
      return;
    }
    const again = { label: word(answer.verb ?? "gate.send_again"), kind: /** @type {const} */ ("filled"), full: true, act: () => decide(scan) };
    const drop = { label: word("gate.drop"), full: true, act: dismiss };
    const reload = { ...again, label: word("app.retry"), act: () => location.reload() };
    showTrouble(place(), answer.trouble, answer.again ? [again, drop] : [reload], answer.hint);
  }

  /**
   * @param {Scan} scan
   * @param {Result} result
   * @returns {Act[]}
   */
  function actsFor(scan, result) {
    const { decision, direction } = result;
    const other = opposite(direction);
    const turn = () => decide({ ...scan, id: newId(), direction: other, confirms: null });
    const nextPerson = { label: word("btn.next_person"), kind: /** @type {const} */ ("filled"), full: true, act: dismiss };
    if (isEcho(result) && decision !== "refer") return [nextPerson, { label: word(`gate.going_${other}`), kind: "quiet", full: true, icon: "undo", act: turn }];
    if (decision === "admit") return [{ label: word(`btn.fix_${other}`), full: true, icon: "undo", act: turn }];
    if (decision === "refuse") return paper && citizenNumber(scan.code) ? [{ label: word("btn.use_paper"), full: true, href: paper }, nextPerson] : [nextPerson];
    // Only who enters is ever referred.
    const admit = () => decide({ ...scan, id: newId(), direction, confirms: result.id });
    const turnAway = () => {
      // Asked first: nothing that waits goes before it.
      void decide({ ...scan, id: newId(), direction, confirms: result.id, turned_away: true });
      dismiss();
    };
    const declare = result.declare ? [{ label: word("gate.declare"), full: true, href: result.declare }] : [];
    return [
      { label: word("btn.let_in"), act: admit },
      { label: word("btn.keep_out"), act: turnAway },
      ...declare,
    ];
  }

  scanner.addEventListener("code", (event) => {
    const { text, at } = /** @type {CustomEvent<{ text: string, at: number }>} */ (event).detail;
    if (noting) waiting.push(scanOf(text, "card", uuid7(time(at))));
    else if (!asking && standing() !== "held" && waiting.length === 0) decide(scanOf(text, "card", uuid7(time(at))));
  });

  const start = one("[data-start]", gate);
  const begin = () => {
    start.hidden = true;
    stayAwake();
    return scanner.start();
  };
  one("button", start).addEventListener("click", async () => {
    await unlock();
    play("again");
    void begin();
  });
  scanner.addEventListener("camera", (event) => {
    const { said } = /** @type {CustomEvent<{ said?: string }>} */ (event).detail;
    if (!said) return;
    // What to do about it, and the button to try again.
    scanner.stop();
    one("p", start).textContent = said;
    start.hidden = false;
  });

  function takeTyped() {
    const code = typed.take();
    if (opened) typed.close();
    opened = false;
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
  const began = () => {
    opened ||= !typed.shown;
    typed.reveal();
  };
  gatherKeys(typed.input, began, (pace) => {
    tellPace(one("[data-slow]", gate), pace);
    takeTyped();
  });
  whenFree(next);
  const take = (/** @type {string} */ code) => {
    waiting.push(scanOf(code, "card"));
    next();
  };
  return { scanner, begin, take };
}

/**
 * A scanner that keeps people waiting is set up better: says so until it is.
 * @param {HTMLElement} notice
 * @param {import("./typing-scanner.js").Pace} pace
 */
function tellPace(notice, pace) {
  // Fewer keys are a word that somebody typed.
  if (pace.keys < LONG) return;
  notice.hidden = !isSlow(pace);
  one("span", notice).textContent = word("gate.slow_scanner", { ms: Math.round(pace.interval) });
}
