// @ts-check
// What a result says: which word, which line under it, which sound. Pure, so that it can be tried without a page.

/** @typedef {import("./scans.js").Result} Result */

/** @param {Result} result */
export function wordKey({ decision, direction }) {
  return { admit: `gate.admit_${direction}`, refer: "gate.refer", refuse: "gate.refuse" }[decision];
}

/**
 * Whether the same person was read here a moment ago. `duplicate` says something else: the same scan was sent twice, and
 * its first answer may never have been seen.
 * @param {Result} result
 */
export function isEcho({ reasons }) {
  return reasons.includes("already_scanned");
}

/** @param {Result} result */
export function rowKey(result) {
  const { decision, direction } = result;
  if (isEcho(result)) return "gate.no_more";
  return { admit: `gate.recorded_${direction}`, refer: "gate.not_yet_in", refuse: `gate.not_${direction}` }[decision];
}

/** @param {Result} result */
export function smallKey({ decision, direction }) {
  return decision === "admit" && direction === "out" ? "decision.admit_out" : `decision.${decision}`;
}

/**
 * @param {Result} result
 * @returns {import("./sound.js").Said}
 */
export function soundOf(result) {
  const { decision, reasons } = result;
  if (isEcho(result)) return "again";
  return reasons.includes("unreadable") ? "unreadable" : decision;
}

/** What can be said aloud: a clip each, in every language. */
export const CLIPS = /** @type {const} */ ([
  "come_in", "go_out", "see_attendant", "already", "not_admitted", "revoked", "expired", "unreadable", "foreign", "closed", "old_code",
]);
/** @typedef {typeof CLIPS[number]} Clip */

/** @type {Record<string, Clip>} */
const SPOKEN = {
  foreign_code: "foreign", unreadable: "unreadable", old_code: "old_code", revoked: "revoked", expired: "expired", venue_closed: "closed",
  venue_suspended: "closed",
};

/**
 * What is said aloud: of several reasons the one that helps most.
 * @param {Result} result
 * @returns {Clip}
 */
export function clipOf(result) {
  const { decision, direction, reasons, kind } = result;
  if (isEcho(result) && decision !== "refuse") return decision === "refer" ? "see_attendant" : "already";
  if (decision === "admit") return direction === "in" ? "come_in" : "go_out";
  if (decision === "refer") return "see_attendant";
  const told = kind ? "foreign_code" : Object.keys(SPOKEN).find((slug) => reasons.includes(slug));
  return SPOKEN[told ?? ""] ?? "not_admitted";
}

/** @param {"in" | "out"} direction */
export function opposite(direction) {
  return direction === "in" ? "out" : "in";
}

/**
 * The keys of the reasons, those without words replaced by a general one. Whoever is told that a code is foreign need not
 * hold it closer, nor if it was seen what the code is.
 * @param {Result} result
 * @param {(key: string) => boolean} has
 */
export function reasonKeys({ reasons, kind }, has) {
  if (kind && reasons.includes("unreadable") && has(`foreign.${kind}`)) return [`foreign.${kind}`];
  const foreign = reasons.includes("foreign_code");
  const exact = reasons.some((slug) => slug === "web_link" || slug === "payment_code");
  const less = ["already_scanned", foreign && "unreadable", exact && "foreign_code"];
  const told = reasons.filter((slug) => !less.includes(slug));
  const keys = told.map((slug) => (has(`reasons.${slug}`) ? `reasons.${slug}` : "reasons.other"));
  return [...new Set(keys)];
}

/**
 * The permits that are asked for here, in words of that language.
 * @param {Result} result
 * @param {string} language
 */
export function permitsOf({ permits = [] }, language) {
  return permits.map(({ vi, en }) => (language === "en" ? en : vi));
}

/**
 * 07:42:16, where the installation is: a phone may be set to another zone.
 * @param {Date} at
 * @param {number} [east] minutes east of Greenwich
 */
export function clock(at, east = Number(document.documentElement.dataset.east)) {
  return new Date(at.getTime() + east * 60_000).toISOString().slice(11, 19);
}
