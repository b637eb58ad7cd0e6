// @ts-check
// What the service worker keeps for the gate is all that the gate's page loads, and nothing that is not there.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import test from "node:test";
import { fileURLToPath } from "node:url";

const STATIC = fileURLToPath(new URL("../static", import.meta.url));
/** @param {string} path */
const text = (path) => readFileSync(join(STATIC, path), "utf8");

/** @param {string} path @param {Set<string>} found */
function follow(path, found) {
  if (found.has(path)) return;
  found.add(path);
  if (!path.endsWith(".js")) return;
  // Types are named in comments, and loaded by nobody.
  const code = text(path).replace(/\/\*\*[\s\S]*?\*\//g, "");
  for (const [, name] of code.matchAll(/(?:\bfrom|\bimport|\bimport\(|new URL\()\s*"(\.[^"]+)"/g)) follow(normalize(join(dirname(path), name ?? "")), found);
}

test("the gate opens without a network", () => {
  const kept = new Set([...text("service-worker.js").matchAll(/ROOT \+ "([^"]+)"/g)].map(([, path]) => path ?? ""));
  for (const path of kept) assert.ok(existsSync(join(STATIC, path)), path);
  /** @type {Set<string>} */
  const wanted = new Set(["css/app.css", "icons/sprite.svg", "icons/app.svg"]);
  for (const entry of ["js/page.js", "js/gate/gate.js"]) follow(entry, wanted);
  for (const font of readdirSync(join(STATIC, "fonts"))) if (font.endsWith(".woff2")) wanted.add(`fonts/${font}`);
  assert.ok(wanted.has("vendor/zxing/reader/zxing_reader.wasm"));
  assert.deepEqual([...wanted].filter((path) => !kept.has(path)), []);
});
