// @ts-check
// How fast a scanner types, and whether all of it arrives: measured with a square that everybody may scan.

import { one } from "./dom.js";
import { gatherKeys, isSlow } from "./typing-scanner.js";
import { word } from "./words.js";

const { trial = "" } = one("[data-trial]").dataset;
const part = one("[data-measure]");
const input = /** @type {HTMLInputElement} */ (one("input", part));
const said = one("[data-pace]", part);
part.hidden = false;
// Only what a scanner types is measured, wherever the focus is.
input.readOnly = true;

gatherKeys(
  input,
  () => {},
  ({ interval }) => {
    const text = input.value;
    input.value = "";
    const ms = Math.round(interval);
    const s = Math.round((interval * trial.length) / 1000);
    const digits = [...text].filter((sign, at) => sign === trial[at]).length;
    if (text !== trial) said.textContent = word("scanner_setup.lost", { n: digits, total: trial.length });
    else said.textContent = word(isSlow({ interval, keys: text.length }) ? "scanner_setup.slow" : "scanner_setup.good", { ms, s });
  },
);
