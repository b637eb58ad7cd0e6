// @ts-check
// Deciding without the server, by the lists: the same rule as `domain::admission::offline`, which says why. Pure.

import { timeOf } from "../uuid7.js";

/** @typedef {"in" | "out"} Direction */
/** @typedef {"admit" | "refer" | "refuse"} Decision */
/** @typedef {{ id: string, direction: Direction, decision: Decision, reasons: string[] }} Last */
/** @typedef {{ since: number | null, last: Last }} Presence times in milliseconds */
/** @typedef {{ opens: [string, string] | null, closed: number | null, suspended?: number | null, permit_from?: number | null, idle_s: number, zone_minutes: number }} Venue */
/** @typedef {{ id: string, card: { issued: number, expires: number, step: number | null } | null, reason: string | null, asked: Direction | "auto", confirms: string | null, turned_away?: boolean }} Scan */
/** @typedef {{ venue: Venue, listed: "active" | "invalid" | "ask" | "unknown", age: number, presence: Presence | null, referred: boolean }} Facts */
/** @typedef {{ decision: Decision, direction: Direction, reasons: string[] }} Answer */

const MINUTE = 60_000;
export const STALE = 24 * 60 * MINUTE;
const REPEAT = MINUTE;
const CONFIRM = 10 * MINUTE;
const AHEAD = 5 * MINUTE;
/** How long a phone shows one code, and how many codes before and after the reading's are taken. */
const STEP = 30_000;
const STEPS_BESIDE = 1;
const AGAIN = "already_scanned";

/**
 * @param {Scan} scan
 * @param {Facts} facts
 * @returns {{ answer: Answer, presence: Presence | null }} a presence of null leaves it as it was
 */
export function rule(scan, facts) {
  const at = timeOf(scan.id);
  const { presence } = facts;
  const inside = insideAt(presence, at, facts.venue);
  const last = presence && Math.abs(at - timeOf(presence.last.id)) < REPEAT ? presence.last : null;
  const direction = scan.asked === "auto" ? (last?.direction ?? (inside ? "out" : "in")) : scan.asked;
  if (!scan.card) return { answer: notGenuine(scan.reason ?? "unreadable", facts.age > STALE && !scan.turned_away, direction), presence: null };
  let answer = direction === "out" ? says("admit", "out", []) : entering(scan.card, at, facts);
  const confirmed = direction === "in" && confirms(scan, facts, at);
  if (scan.turned_away && direction === "in") answer = says("refuse", "in", ["turned_away", ...answer.reasons]);
  else if (confirmed && answer.decision === "refer") answer = { ...answer, decision: "admit" };
  if (last && last.direction === direction && !confirmed) answer = repeated(answer, last);
  return { answer, presence: next(scan.id, at, answer, presence, inside) };
}

/**
 * @param {Presence | null} presence
 * @param {number} at
 * @param {Venue} venue
 */
export function insideAt(presence, at, { idle_s: idle }) {
  return presence?.since != null && presence.since >= at - idle * 1000;
}

/**
 * @param {Decision} decision
 * @param {Direction} direction
 * @param {string[]} reasons
 * @returns {Answer}
 */
function says(decision, direction, reasons) {
  return { decision, direction, reasons };
}

/**
 * @param {string} reason
 * @param {boolean} stale
 * @param {Direction} direction
 */
function notGenuine(reason, stale, direction) {
  if (reason === "unknown_key" && stale && direction === "in") return says("refer", direction, ["unknown_offline"]);
  return says("refuse", direction, reason === "foreign_code" ? ["unreadable", reason] : [reason]);
}

/**
 * @param {{ issued: number, expires: number, step: number | null }} card
 * @param {number} at
 * @param {Facts} facts
 */
function entering({ issued, expires, step }, at, { venue, listed, age }) {
  const refusals = gather([
    [step !== null && Math.abs(Math.floor(at / STEP) - step) > STEPS_BESIDE, "old_code"],
    [issued > at + AHEAD, "not_yet_valid"],
    [expires <= at, "expired"],
    [listed === "invalid", "revoked"],
    [venue.suspended != null && at >= venue.suspended, "venue_suspended"],
    [!open(venue, at), "venue_closed"],
  ]);
  if (refusals.length > 0) return says("refuse", "in", refusals);
  const doubts = gather([
    [listed === "ask" || listed === "unknown", "unknown_offline"],
    [age > STALE, "lists_stale"],
    [venue.permit_from != null && venue.permit_from <= at, "permit_unknown"],
  ]);
  return says(doubts.length > 0 ? "refer" : "admit", "in", doubts);
}

/** @param {[boolean, string][]} reasons */
function gather(reasons) {
  return reasons.filter(([found]) => found).map(([, reason]) => reason);
}

/**
 * @param {Venue} venue
 * @param {number} at
 */
function open({ opens, closed, zone_minutes: east }, at) {
  if (closed != null && at >= closed) return false;
  if (!opens) return true;
  const [from, until] = opens;
  // Two texts of the form 07:42 are in order as the times are.
  const now = new Date(at + east * MINUTE).toISOString().slice(11, 16);
  return from < until ? from <= now && now < until : from === until || now >= from || now < until;
}

/**
 * @param {Scan} scan
 * @param {Facts} facts
 * @param {number} at
 */
function confirms({ id, confirms: named }, { presence, referred }, at) {
  return !!named && !!presence && referred && presence.last.decision === "refer" && presence.last.id <= named && named < id && at - timeOf(named) <= CONFIRM;
}

/**
 * The same answer as before, unless something has changed that a gate must not miss.
 * @param {Answer} answer
 * @param {Last} last
 * @returns {Answer}
 */
function repeated(answer, last) {
  const changed = last.decision === "admit" ? answer.decision === "refuse" : answer.decision !== last.decision;
  if (changed) return answer;
  return says(last.decision, answer.direction, [...last.reasons.filter((reason) => reason !== AGAIN), AGAIN]);
}

/**
 * Where the card stands after an answer, the server's or one given here.
 * @param {string} id
 * @param {number} at
 * @param {Answer} answer
 * @param {Presence | null} before
 * @param {boolean} inside
 * @returns {Presence | null}
 */
export function next(id, at, { decision, direction, reasons }, before, inside) {
  if (before && before.last.id > id) return null;
  const passed = decision === "admit";
  let since = before?.since ?? null;
  if (passed && direction === "out") since = null;
  else if (passed && !inside) since = at;
  // The minute counts from the first reading.
  const last = before && reasons.includes(AGAIN) ? before.last : { id, direction, decision, reasons };
  return { since, last };
}
