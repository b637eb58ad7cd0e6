// @ts-check
// What a phone shows is what docs/codes.md says, and a reader reads it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { assemble, message, stepAt } from "../static/js/phone-code.js";
import { ensured, signedBy } from "../static/js/phone-key.js";
import { generate, mode } from "../static/vendor/lean-qr/index.js";

const FILE = JSON.parse(readFileSync(new URL("../../codes/testdata/phone.json", import.meta.url), "utf8"));
const credential = new Uint8Array(Buffer.from(FILE.credential, "base64url"));
const valid = /** @type {{ text: string }} */ (FILE.cases.find((/** @type {{ name: string }} */ one) => one.name === "valid")).text;

/** The bytes behind the digits of a code. @param {string} text */
function bytesOf(text) {
  const widths = new Map([[3, 1], [5, 2], [8, 3], [10, 4], [13, 5], [15, 6], [17, 7]]);
  const out = [];
  for (let at = 4; at < text.length; at += 17) {
    const group = text.slice(at, at + 17);
    const width = widths.get(group.length) ?? 0;
    out.push(...Buffer.from(BigInt(group).toString(16).padStart(2 * width, "0"), "hex"));
  }
  return new Uint8Array(out);
}

test("a step is half a minute", () => {
  assert.equal(stepAt(Date.parse(FILE.at)), FILE.step);
  assert.deepEqual([0, 29_999, 30_000, 59_999, 60_000].map(stepAt), [0, 0, 1, 1, 2]);
});

test("the phone signs what the reader verifies", async () => {
  assert.equal(Buffer.from(await message(credential, FILE.step)).toString("hex"), FILE.message);
});

test("a credential by a key that was ended is shown no more", async () => {
  assert.equal(signedBy(credential), "34750f98");
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]));
  const own = { id: "1", card: "c", credential, expires: 1e15, ahead: 0, pair };
  const clock = /** @type {any} */ ({ now: () => 0, set() {} });
  const page = { card: "c", phone: "1", keys: ["00000000", "34750f98"] };
  assert.equal(await ensured(own, page, clock), own);
  const { fetch } = globalThis;
  let asked = 0;
  globalThis.fetch = async () => {
    asked += 1;
    throw new TypeError("no network");
  };
  try {
    assert.equal(await ensured(own, { ...page, keys: ["00000000"] }, clock), undefined);
    assert.equal(asked, 1, "another is asked for");
  } finally {
    globalThis.fetch = fetch;
  }
});

test("the digits are those of the vectors", () => {
  const signature = bytesOf(valid).slice(-64);
  assert.equal(assemble(credential, FILE.step, signature), valid);
});

test("a browser's own signature verifies under its public key", async () => {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const how = { name: "ECDSA", hash: "SHA-256" };
  const pair = await crypto.subtle.generateKey(curve, false, ["sign", "verify"]);
  const signed = await crypto.subtle.sign(how, pair.privateKey, await message(credential, 7));
  assert.equal(signed.byteLength, 64);
  assert.ok(await crypto.subtle.verify(how, pair.publicKey, signed, await message(credential, 7)));
  assert.ok(!(await crypto.subtle.verify(how, pair.publicKey, signed, await message(credential, 8))));
});

test("another program reads the square", () => {
  const square = generate(mode.numeric(valid));
  assert.equal(square.size, 57, "version 10");
  const [scale, quiet] = [4, 4];
  const side = (square.size + 2 * quiet) * scale;
  const rows = Array.from({ length: side }, (_, y) =>
    Array.from({ length: side }, (_, x) => (square.get(Math.floor(x / scale) - quiet, Math.floor(y / scale) - quiet) ? 0 : 255)).join(" "),
  );
  const folder = mkdtempSync(join(tmpdir(), "vaora-"));
  const file = join(folder, "code.pgm");
  writeFileSync(file, `P2\n${side} ${side}\n255\n${rows.join("\n")}\n`);
  const read = spawnSync("zbarimg", ["--quiet", "--raw", file], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  assert.equal(read.stdout.trim(), valid, read.stderr || String(read.error ?? ""));
});
