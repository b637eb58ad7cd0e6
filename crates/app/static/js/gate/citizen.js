// @ts-check
// Citizens' cards through scanners that type: an input method loses or doubles letters, a layout changes what parts the
// fields. The number is digits, and comes through.

/** Twelve digits, and after them what once was an old number, a name, a birthday. */
const DAMAGED = /^\W{0,3}(\d{12})(?=\D)/;
const DATE = /(?<!\d)(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(19|20)\d\d(?!\d)/;

/**
 * The number of a citizen's card, whole or damaged; empty when the text is none.
 * @param {string} text
 */
export function citizenNumber(text) {
  const tidy = text.trim();
  const whole = /^(\d{12})(\||$)/.exec(tidy)?.[1];
  if (whole) return whole;
  const [, number = ""] = DAMAGED.exec(tidy) ?? [];
  return number && DATE.test(tidy.slice(12)) ? number : "";
}
