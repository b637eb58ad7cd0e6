// @ts-check
// The colours of decisions stay apart for every eye, and their words stay readable on them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const css = readFileSync(new URL("../static/css/tokens.css", import.meta.url), "utf8");
/** @param {string} name */
const token = (name) => css.match(new RegExp(`--${name}: (#[0-9A-F]{6})`))?.[1] ?? assert.fail(name);
/** @param {string} hex */
const linear = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
/** @param {number[][]} matrix @param {number[]} vector */
const times = (matrix, vector) => matrix.map((row) => row.reduce((sum, n, at) => sum + n * (vector[at] ?? 0), 0));

/** Machado, Oliveira and Fernandes 2009, full severity, on linear light. */
const EYES = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const TO_LMS = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]];
const TO_LAB = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]];

/** @param {string} hex @param {number[][]} eye */
const seen = (hex, eye) => times(TO_LAB, times(TO_LMS, times(eye, linear(hex)).map((c) => Math.min(1, Math.max(0, c)))).map(Math.cbrt));
/** @param {string} hex */
const luminance = (hex) => times([[0.2126, 0.7152, 0.0722]], linear(hex))[0] ?? 0;
/** @param {string} one @param {string} other */
const contrast = (one, other) => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

test("no eye takes one decision for another", () => {
  /** @type {[string, string][]} */
  const pairs = [["admit", "refer"], ["admit", "refuse"], ["refer", "refuse"]];
  for (const [name, eye] of Object.entries(EYES)) {
    for (const [one, other] of pairs) {
      const [a, b] = [seen(token(one), eye), seen(token(other), eye)];
      const far = Math.hypot(...a.map((n, at) => n - (b[at] ?? 0)));
      assert.ok(far >= 0.12, `${one} and ${other}, ${name}: ${far.toFixed(2)}`);
    }
  }
});

test("what is written on a decision can be read", () => {
  for (const name of ["admit", "refer", "refuse"]) {
    assert.ok(contrast(token(name), token(`on-${name}`)) >= 4.5, name);
    assert.ok(contrast(token(`${name}-ink`), token("ground")) >= 4.5, `${name}-ink`);
  }
  for (const name of ["ink", "ink-2", "ink-3", "brand", "flag"]) assert.ok(contrast(token(name), token("ground")) >= 4.5, name);
  assert.ok(contrast(token("edge"), token("ground")) >= 3);
});
