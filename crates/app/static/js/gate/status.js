// @ts-check
// "Tình trạng máy quét": what the gate knows and holds, for whoever has to find out what is wrong.

import { element } from "../dom.js";
import { clock } from "../verdict.js";
import { counted, has, word } from "../words.js";

const MINUTE = 60_000;

/**
 * @param {HTMLElement} list
 * @param {import("./lists.js").Lists} lists
 * @param {import("./strip.js").State & { sent: number, build: string, place: string }} state
 */
export function showStatus(list, { known, trouble, contact }, { age, waiting, parked, sent, minutesOff, build, place }) {
  if (!known) return;
  const { held } = known;
  /** @type {[string, string][]} */
  const rows = [
    ["reader.place", place],
    ["reader.lists", `${moment(held.issued * 1000)}, ${ago(age)}`],
    ["reader.cards", String(held.cards)],
    ["reader.waiting", String(waiting)],
    ["reader.sent", String(sent)],
    ["reader.contact", contact ? moment(contact) : word("reader.never")],
    ["reader.build", build],
  ];
  if (parked > 0) rows.splice(5, 0, ["reader.parked", String(parked)]);
  if (minutesOff) rows.push(["reader.clock", counted(minutesOff > 0 ? "off.clock_ahead" : "off.clock_behind", Math.abs(minutesOff))]);
  if (trouble) rows.push(["reader.trouble", word(has(`reader.trouble_${trouble}`) ? `reader.trouble_${trouble}` : "reader.trouble_other")]);
  list.replaceChildren(...rows.flatMap(([key, text]) => [element("dt", {}, word(key)), element("dd", {}, text)]));
}

/** @param {number} age */
function ago(age) {
  const minutes = Math.floor(age / MINUTE);
  if (minutes === 0) return word("ago.now");
  return minutes < 60 ? counted("ago.minutes", minutes) : counted("ago.hours", Math.floor(minutes / 60));
}

/**
 * 07:42:16, 22/11, where the installation is.
 * @param {number} at
 */
function moment(at) {
  const east = Number(document.documentElement.dataset.east);
  const [, month, day] = new Date(at + east * MINUTE).toISOString().slice(0, 10).split("-");
  return `${clock(new Date(at))}, ${day}/${month}`;
}
