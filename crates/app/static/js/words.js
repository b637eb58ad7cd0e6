// @ts-check
// The words that the server put into <script type="application/json" id="words">.

/** @type {Record<string, string> | undefined} */
let kept;

/** @returns {Record<string, string>} */
function words() {
  kept ??= JSON.parse(document.getElementById("words")?.textContent || "{}");
  return kept ?? {};
}

/**
 * The words of a key, with `{name}` replaced.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function word(key, values = {}) {
  return fill(words()[key] ?? key, values);
}

/** @param {string} key */
export function has(key) {
  return key in words();
}

/**
 * The words about `n` things: English has words of its own for one.
 * @param {string} key
 * @param {number} n
 */
export function counted(key, n) {
  return word(n === 1 && has(`${key}_one`) ? `${key}_one` : key, { n });
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
