// @ts-check
// What is said aloud: every verdict has words for it, and every clip is there.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { CLIPS, clipOf } from "../static/js/verdict.js";

/** @param {string} path */
const file = (path) => new URL(path, import.meta.url);
const clips = [...CLIPS].sort();

test("every clip is there in both languages, and small", () => {
  let bytes = 0;
  for (const language of ["vi", "en"]) {
    const folder = readdirSync(file(`../static/speech/${language}`)).sort();
    assert.deepEqual(folder, clips.map((clip) => `${clip}.mp3`), language);
    for (const name of folder) {
      const sound = readFileSync(file(`../static/speech/${language}/${name}`));
      assert.ok(sound[0] === 0xff && ((sound[1] ?? 0) & 0xe0) === 0xe0, `${name} is MP3`);
      bytes += sound.length;
    }
  }
  assert.ok(bytes < 120_000, `${bytes} bytes`);
});

test("a gate that speaks fetches every clip at once, and one that does not fetches none", async () => {
  /** @type {string[]} */
  const fetched = [];
  Object.assign(globalThis, {
    document: { documentElement: { dataset: { assets: "/static/0" }, lang: "vi" } },
    fetch: async (/** @type {string} */ address) => void fetched.push(address),
  });
  const { speak } = await import("../static/js/speech.js");
  speak(false);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(fetched, []);
  speak(true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(fetched.sort(), clips.map((clip) => `/static/0/speech/vi/${clip}.mp3`));
});

test("the clips are made of words that both languages have", () => {
  const script = readFileSync(file("../../../scripts/make-speech"), "utf8");
  const table = /CLIPS="\n([^"]*)"/.exec(script)?.[1] ?? "";
  const lines = table.trim().split("\n").map((line) => line.split(" "));
  assert.deepEqual(lines.map(([clip]) => clip).sort(), clips);
  for (const key of lines.flatMap(([, ...keys]) => keys)) {
    const [noun, name] = key.split(".");
    for (const language of ["vi", "en"]) assert.match(readFileSync(file(`../locales/${language}/${noun}.toml`), "utf8"), new RegExp(`^${name} = "`, "m"), key);
  }
});

test("a verdict says what to do, of several reasons the one that helps most", () => {
  const result = { id: "", at: 0, duplicate: false, initials: null, birth_year: null };
  /** @type {[import("../static/js/scans.js").Result["decision"], "in" | "out", string[], string, string?][]} */
  const cases = [
    ["admit", "in", [], "come_in"],
    ["admit", "out", [], "go_out"],
    ["admit", "in", ["already_scanned"], "already"],
    ["refer", "in", ["unknown_offline"], "see_attendant"],
    ["refer", "in", ["unknown_offline", "already_scanned"], "see_attendant"],
    ["refuse", "in", ["revoked"], "revoked"],
    ["refuse", "in", ["revoked", "already_scanned"], "revoked"],
    ["refuse", "in", ["old_code", "expired"], "old_code"],
    ["refuse", "in", ["expired"], "expired"],
    ["refuse", "in", ["venue_closed"], "closed"],
    ["refuse", "in", ["venue_suspended"], "closed"],
    ["refuse", "in", ["unreadable"], "unreadable"],
    ["refuse", "in", ["unreadable", "foreign_code"], "foreign"],
    ["refuse", "in", ["unreadable"], "foreign", "citizen"],
    ["refuse", "in", ["forged"], "not_admitted"],
    ["refuse", "in", ["something_new"], "not_admitted"],
  ];
  for (const [decision, direction, reasons, clip, kind] of cases) assert.equal(clipOf({ ...result, decision, direction, reasons, kind }), clip, reasons.join());
});
