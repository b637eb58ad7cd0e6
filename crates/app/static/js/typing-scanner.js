// @ts-check
// A scanner that types its codes as a keyboard does: whatever it types on the page, wherever the focus is and whatever is
// shown, goes into the field for typed codes. Nothing of it is lost, and its Enter presses no button. It is known by its
// pace: a key that no other follows at once was a slip, and is forgotten; in a field, only a burst that no fingers can type
// is taken out of it. Keys are read by their place, so that no layout and no input method changes digits.

/** @typedef {{ interval: number, keys: number }} Pace the median of milliseconds between two keys, and how many keys */

/** The most time between the first two keys of a scanner, in milliseconds. */
const PACE = 150;
/** Fingers do not type so many keys, each so soon after the one before. */
const BURST = { keys: 6, apart: 40 };
/** A card's number has so many signs at most, with what parts its groups. */
const NUMBER = 24;
/** Nothing stutters for so long. */
const REST = 2000;
/** Who goes on in a field after so long is somebody who mends what stands there. */
const MENDS = 500;
/** A second end so soon is the other half of CR LF. */
const TWICE = 100;
/** What a card of so many digits may take, and what no key needs to take. */
const CARD = { digits: 290, long: 3500, key: 12 };

/** The signs of a US keyboard, which scanners pretend to be, where an input method hides what was typed. @type {Record<string, string>} */
const US = {
  Space: "  ", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:", Quote: "'\"", Backquote: "`~",
  Comma: ",<", Period: ".>", Slash: "/?", NumpadAdd: "++", NumpadSubtract: "--", NumpadMultiply: "**", NumpadDivide: "//", NumpadDecimal: "..",
};
const OVER_DIGITS = ")!@#$%^&*(";

/**
 * The sign of a key; empty for one that writes nothing.
 * @param {{ key: string, code?: string, shiftKey?: boolean }} event
 */
export function signOf({ key, code = "", shiftKey = false }) {
  const [, row = "", digit = ""] = /^(Digit|Numpad)(\d)$/.exec(code) ?? [];
  if (digit && (row === "Numpad" || !shiftKey)) return digit;
  if (key.length === 1) return key;
  if (key !== "Process" && key !== "Unidentified" && key !== "Dead") return "";
  if (digit) return OVER_DIGITS[Number(digit)] ?? "";
  const letter = /^Key([A-Z])$/.exec(code)?.[1] ?? "";
  return letter ? (shiftKey ? letter : letter.toLowerCase()) : (US[code]?.[Number(shiftKey)] ?? "");
}

/**
 * Whether a code ends here: Enter, Tab, or a line feed as some scanners send it.
 * @param {{ key: string, code?: string, ctrlKey?: boolean }} event
 */
function ends({ key, code, ctrlKey }) {
  return ctrlKey ? code === "KeyJ" || code === "KeyM" : key === "Enter" || key === "Tab" || code === "Enter" || code === "NumpadEnter" || code === "Tab";
}

/**
 * Whether a scanner makes people wait: by its pace a card would take longer than anybody expects.
 * @param {Pace} pace
 */
export function isSlow({ interval }) {
  return interval > CARD.key && interval * CARD.digits > CARD.long;
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? 0;
}

/**
 * @param {HTMLInputElement} input
 * @param {() => void} began the first keys of a code came from outside the field
 * @param {(pace: Pace) => void} ended its end came
 * @param {Pick<Document, "addEventListener">} page
 */
export function gatherKeys(input, began, ended, page = document) {
  const scan = { keys: "", last: -Infinity, ended: -Infinity, apart: /** @type {number[]} */ ([]) };
  /** What is typed in a field, while nobody knows who types. @type {{ at: EventTarget, before: string, keys: string } | undefined} */
  let unsure;

  /** What stood in the field for codes when somebody or something began to type there. */
  let left = "";

  /** @param {KeyboardEvent} event */
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };

  /** @param {number} at */
  function end(at) {
    const pace = { interval: median(scan.apart), keys: scan.keys.length };
    // What was left in the field is no part of a code. A number that fingers mended is not cut.
    if (input.value.length - left.length > NUMBER && input.value.startsWith(left)) input.value = input.value.slice(left.length);
    left = "";
    Object.assign(scan, { keys: "", ended: at, apart: [] });
    ended(pace);
  }

  /**
   * @param {string} text what came since the field was filled last
   * @param {boolean} [inside] whether it came through the field itself
   */
  function put(text, inside = false) {
    if (!inside && input.getAttribute("aria-invalid") === "true") input.value = "";
    input.value += text;
    began();
  }

  /**
   * A key in a field: most are somebody's.
   * @param {KeyboardEvent} event
   * @param {HTMLInputElement} field
   * @param {string} sign
   */
  function typedIn(event, field, sign) {
    const apart = event.timeStamp - scan.last;
    if (field === input && apart > REST) left = input.value;
    scan.last = event.timeStamp;
    if (!sign || !unsure || unsure.at !== field || apart > BURST.apart) {
      unsure = sign ? { at: field, before: field.value, keys: sign } : undefined;
      scan.apart = [];
      return;
    }
    unsure.keys += sign;
    scan.apart.push(apart);
    if (unsure.keys.length < BURST.keys) return;
    swallow(event);
    field.value = unsure.before;
    scan.keys = unsure.keys;
    unsure = undefined;
    put(scan.keys, field === input);
  }

  page.addEventListener(
    "keydown",
    (event) => {
      const { target, timeStamp: at } = event;
      const over = ends(event);
      if (event.altKey || event.metaKey || event.repeat || (event.ctrlKey && !over)) return;
      const sign = over ? "" : signOf(event);
      const field = editable(target);
      if (scan.keys && field && at - scan.last > MENDS) scan.keys = "";
      if (field && !scan.keys) return typedIn(event, field, sign);
      // A code that was begun waits for its end, also where the air between stutters.
      if (scan.keys.length === 1 && at - scan.last > PACE) scan.keys = "";
      if (over && scan.keys.length < 2 && at - scan.ended < TWICE) return swallow(event);
      // What follows nothing presses the button that has the focus.
      if (over ? scan.keys.length < 2 : sign === " " ? scan.keys === "" : !sign) return;
      swallow(event);
      if (over) return end(at);
      scan.apart = scan.keys ? [...scan.apart, at - scan.last] : [];
      scan.last = at;
      scan.keys += sign;
      if (scan.keys.length === 2) put(scan.keys);
      else if (scan.keys.length > 2) input.value += sign;
    },
    true,
  );
}

/**
 * The field that a key goes into, if it goes into one.
 * @param {EventTarget | null | undefined} target
 */
function editable(target) {
  const field = /** @type {HTMLInputElement | null | undefined} */ (target);
  return field?.matches?.("input:not([type=radio], [type=checkbox], [readonly]), textarea") ? field : undefined;
}
