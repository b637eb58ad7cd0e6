// @ts-check
// What keys mean at the desk of an office, and which field comes next.

/** @typedef {{ act: "issue" } | { act: "clear" } | { act: "print" } | { act: "use", n: number } | { act: "other", n: number }} Wish what a key asks for; of records the n-th, and 0 for the next that is open */
/** @typedef {{ name: string, filled: boolean }} Field */

/** A second Esc within so many milliseconds is meant. */
const MEANT = 2000;
/** One of these tells a person from another of the same name. */
const NUMBERS = ["id_number", "old_number", "insurance", "phone"];
const NEEDED = ["name", "birth", "gender", "commune"];

/**
 * What a key asks for, if it is a shortcut.
 * @param {{ key: string, code?: string, ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean, shiftKey?: boolean }} event
 * @returns {Wish | undefined}
 */
export function wish({ key, code = "", ctrlKey = false, altKey = false, metaKey = false, shiftKey = false }) {
  if (metaKey || (ctrlKey && altKey)) return undefined;
  if (ctrlKey) return key === "Enter" ? { act: "issue" } : undefined;
  if (!altKey) return key === "Escape" ? { act: "clear" } : undefined;
  const [, digit] = /^(?:Digit|Numpad)([1-9])$/.exec(code) ?? [];
  if (digit) return { act: shiftKey ? "other" : "use", n: Number(digit) };
  if (code === "KeyK") return { act: "other", n: 0 };
  return code === "KeyP" ? { act: "print" } : undefined;
}

/** Whether Esc clears: at once outside a field, and inside one the second of two. */
export class Escapes {
  #last = -Infinity;

  /**
   * @param {number} at in milliseconds
   * @param {boolean} inField
   */
  clears(at, inField) {
    const meant = !inField || at - this.#last <= MEANT;
    this.#last = meant ? -Infinity : at;
    return meant;
  }
}

/**
 * The first field that a card still needs; nothing when all are filled.
 * @template {Field} T
 * @param {T[]} fields
 */
export function needed(fields) {
  const known = fields.some(({ name, filled }) => filled && NUMBERS.includes(name));
  /** @param {Field} field */
  const lacks = ({ name, filled }) => !filled && (NEEDED.includes(name) || (name === "id_number" && !known));
  return fields.find(lacks);
}

/**
 * The field after that one; nothing after the last, and after what is no field of the person.
 * @template {Field} T
 * @param {T[]} fields
 * @param {string} name
 */
export function after(fields, name) {
  const at = fields.findIndex((field) => field.name === name);
  return at < 0 ? undefined : fields[at + 1];
}
