// @ts-check
// One row of a paper log: how it is read, and what an equal row is. The server reads it once more.

import { uuid7 } from "./uuid7.js";

/** @typedef {"begun" | "waiting" | "recorded" | "already" | "refused" | "mend"} State */
/**
 * @typedef {object} Row as it is typed, and what became of it
 * @property {number[]} tail ten random bytes: with the time they are the id, through every retry
 * @property {number} place its place in its minute, in milliseconds: who came and left in one minute is in order
 * @property {string} date dd/MM/yyyy
 * @property {string} time
 * @property {"in" | "out"} direction
 * @property {string} person
 * @property {string} name
 * @property {string} companions
 * @property {State} state
 * @property {string} said
 */

/** Times and the bounds of what is taken. @typedef {{ now: number, oldest: string, zone: number }} Bounds `zone` in minutes east */

const DAY = 86_400_000;

/** @param {number} place @param {"in" | "out"} direction @returns {Row} */
export function newRow(place, direction) {
  const tail = [...crypto.getRandomValues(new Uint8Array(10))];
  return { tail, place: place % 1000, date: "", time: "", direction, person: "", name: "", companions: "", state: "begun", said: "" };
}

/** The minute of the day of `0742`, `742`, `7:42`, `7h42`, `7g42`, `7.42` or `7h`. @param {string} text */
export function minuteOf(text) {
  const plain = text.replace(/\s/g, "");
  const parts = plain.match(/^(\d{1,2})[:.hg](\d{2})$/i) ?? plain.match(/^(\d{1,2})(\d{2})$/) ?? plain.match(/^(\d{1,2})[hg]()$/i);
  const [hours, minutes] = [Number(parts?.[1]), Number(parts?.[2])];
  return parts && hours < 24 && minutes < 60 ? hours * 60 + minutes : undefined;
}

/** The days since 1970 of `21/11/2026`, `1.9.2026`, `1-9-2026` or `01092026`. @param {string} text */
export function dayOf(text) {
  const parts = text.trim().match(/^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})$/) ?? text.trim().match(/^(\d{2})()(\d{2})(\d{4})$/);
  if (!parts) return undefined;
  const [day, month, year] = [Number(parts[1]), Number(parts[3]), Number(parts[4])];
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCDate() === day && date.getUTCMonth() === month - 1 && date.getUTCFullYear() === year;
  return real ? date.getTime() / DAY : undefined;
}

/** When the row happened, in milliseconds since 1970. @param {Row} row @param {number} zone @returns {number | undefined} */
function timeOf(row, zone) {
  const [day, minute] = [dayOf(row.date), minuteOf(row.time)];
  return day === undefined || minute === undefined ? undefined : day * DAY + (minute - zone) * 60_000;
}

/** The id of a row that was read. @param {Row} row @param {number} zone */
export function idOf(row, zone) {
  return uuid7((timeOf(row, zone) ?? 0) + row.place, new Uint8Array(row.tail));
}

/** The digits of a phone number, or undefined. @param {string} text */
export function phoneOf(text) {
  if (/[^\d０-９\s.()/+＋–-]/.test(text.trim()) || text.length > 64) return undefined;
  const digits = text.normalize("NFKC").trim().replace(/^\+/, "00").replace(/\D/g, "");
  return digits.match(/^(?:0084|84|0)0?([35789]\d{8})$/)?.[1];
}

/** The characters of a card's number, or undefined. @param {string} text */
export function cardOf(text) {
  const plain = text.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
  return /^[0-9a-f]{20}$/.test(plain) ? plain : undefined;
}

/** Which way a key says: v or i is in, r or o is out. @param {string} key @returns {"in" | "out" | undefined} */
export function directionOf(key) {
  if (/^[vi]$/i.test(key)) return "in";
  return /^[ro]$/i.test(key) ? "out" : undefined;
}

/**
 * What is to be mended before the row is sent: a field, and the key of what is wrong with it.
 * @param {Row} row @param {Bounds} bounds @returns {{ field: keyof Row, key: string } | undefined}
 */
export function faultOf(row, { now, oldest, zone }) {
  const [day, first] = [dayOf(row.date), dayOf(oldest)];
  if (day === undefined) return { field: "date", key: "paper.err_date" };
  const at = timeOf(row, zone);
  if (at === undefined) return { field: "time", key: "paper.err_time" };
  if (at > now) return { field: "time", key: "paper.err_future" };
  if (first !== undefined && day < first) return { field: "date", key: "paper.err_too_old" };
  const phone = phoneOf(row.person);
  if (!phone && !cardOf(row.person)) return { field: "person", key: "paper.err_person" };
  const name = row.name.trim();
  if (phone && (!name || [...name].length > 120)) return { field: "name", key: "paper.err_name" };
  const companions = row.companions.trim();
  if (!/^\d{0,2}$/.test(companions) || Number(companions) > 20) return { field: "companions", key: "paper.err_companions" };
  return undefined;
}

/** Equal for rows that say the same: time, direction, person. @param {Row} row */
export function sameness(row) {
  const phone = phoneOf(row.person);
  const name = row.name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/đ/g, "d").trim().replace(/\s+/g, " ");
  return [dayOf(row.date), minuteOf(row.time), row.direction, phone ? `${phone} ${name}` : cardOf(row.person)].join("|");
}

/** A row as the server takes it. @param {Row} row @param {number} zone */
export function line(row, zone) {
  const { direction, person, name, companions } = row;
  return { id: idOf(row, zone), direction, person, name, companions };
}

/** Whether something stands in a row that the server does not have. @param {Row} row */
export function unsent(row) {
  if (row.state === "begun") return [row.time, row.person, row.name, row.companions].some((text) => text.trim());
  return row.state === "waiting" || row.state === "mend";
}

/** A row as it is kept: whom the server has is not named a second time. @param {Row} row @returns {Row} */
export function nameless(row) {
  return unsent(row) ? row : { ...row, person: "", name: "" };
}

/** @param {Row[]} rows those that were begun and are empty do not count */
export function countOf(rows) {
  const count = (/** @type {State[]} */ ...states) => rows.filter(({ state }) => states.includes(state)).length;
  return { n: rows.filter((row) => row.state !== "begun" || unsent(row)).length, done: count("recorded", "already", "refused"), mend: count("mend") };
}
