// @ts-check
// The few shapes of CBOR that our formats use, in their one shortest form: what `codes::cbor` takes, and nothing else.

/** What cannot be read, or not believed: its `message` says which. */
export class Refused extends Error {}

/** @returns {never} */
export function unreadable() {
  throw new Refused("unreadable");
}

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const NULL = 0xf6;
const U32 = 0xffff_ffff;
/** @type {Record<number, [number, number]>} the bytes that follow, and the least value that needs them */
const WIDTHS = { 24: [1, 24], 25: [2, 0x100], 26: [4, 0x1_0000], 27: [8, 0x1_0000_0000] };

/** Takes items from the front of some bytes. */
export class Reader {
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  integer() {
    const negative = (this.#byte(this.#at) >> 5) === NEGATIVE;
    const value = this.#head(negative ? NEGATIVE : UNSIGNED);
    return negative ? -1 - value : value;
  }

  /**
   * The very integer that must stand here: a label of a map whose keys are known.
   * @param {number} expected
   */
  label(expected) {
    if (this.integer() !== expected) unreadable();
    return this;
  }

  u32() {
    const value = this.#head(UNSIGNED);
    return value <= U32 ? value : unreadable();
  }

  /** @param {number} [length] that it must have */
  string(length) {
    return this.#taken(BYTES, length);
  }

  /** A byte string, or null. */
  stringOrNull() {
    if (this.bytes[this.#at] !== NULL) return this.string();
    this.#at += 1;
    return null;
  }

  text() {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#taken(TEXT));
    } catch {
      return unreadable();
    }
  }

  /** How many items the array that begins here has. */
  anyArray() {
    return this.#head(ARRAY);
  }

  /** @param {number} items */
  array(items) {
    if (this.#head(ARRAY) !== items) unreadable();
  }

  anyMap() {
    return this.#head(MAP);
  }

  /** @param {number} pairs */
  map(pairs) {
    if (this.#head(MAP) !== pairs) unreadable();
  }

  /** @param {number} tag */
  tag(tag) {
    if (this.#head(TAG) !== tag) unreadable();
  }

  end() {
    if (this.#at !== this.bytes.length) unreadable();
  }

  /**
   * @param {number} major
   * @param {number} [length]
   */
  #taken(major, length) {
    const size = this.#head(major);
    if (size > this.bytes.length - this.#at || (length !== undefined && size !== length)) unreadable();
    this.#at += size;
    return this.bytes.subarray(this.#at - size, this.#at);
  }

  /** @param {number} at */
  #byte(at) {
    return this.bytes[at] ?? unreadable();
  }

  /** @param {number} major */
  #head(major) {
    const first = this.#byte(this.#at);
    const info = first & 31;
    if (first >> 5 !== major || info > 27) unreadable();
    if (info < 24) {
      this.#at += 1;
      return info;
    }
    const [width, least] = WIDTHS[info] ?? unreadable();
    let value = 0;
    for (let i = 1; i <= width; i++) value = value * 256 + this.#byte(this.#at + i);
    if (value < least || !Number.isSafeInteger(value)) unreadable();
    this.#at += 1 + width;
    return value;
  }
}

/**
 * The head of an item in shortest form.
 * @param {number} major
 * @param {number} value below 2^32
 */
function head(major, value) {
  const code = major << 5;
  if (value < 24) return [code | value];
  if (value < 0x100) return [code | 24, value];
  if (value < 0x1_0000) return [code | 25, value >> 8, value & 255];
  return [code | 26, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** @param {Uint8Array} bytes */
export function writeBytes(bytes) {
  return [Uint8Array.from(head(BYTES, bytes.length)), bytes];
}

/** @param {Uint8Array} text in UTF-8 */
export function writeText(text) {
  return [Uint8Array.from(head(TEXT, text.length)), text];
}

/** @param {number} items */
export function writeArray(items) {
  return Uint8Array.from(head(ARRAY, items));
}
