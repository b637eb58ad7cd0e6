// @ts-check
// One read at the gate, with a server that is made up here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fromBase64url } from "../static/js/gate/bytes.js";
import { Clock } from "../static/js/gate/clock.js";
import { openKeyList, rootOf } from "../static/js/gate/cose.js";
import { Lists } from "../static/js/gate/lists.js";
import { Reader, Revoked, members, printedNumber } from "../static/js/gate/reader.js";
import { uuid7 } from "../static/js/uuid7.js";
import { Disk } from "./weather.js";

/** @param {string} path */
const json = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const [CARDS, PHONE, HPKE] = [json("../../codes/testdata/cards.json"), json("../../codes/testdata/phone.json"), json("testdata/hpke.json")];
const NUMBER = "00AA 1B2C 3D4E 5F60 7A8B";

/** @typedef {import("../static/js/gate/send.js").Told} Told */

/**
 * A gate under the keys of a file of vectors, at its time.
 * @param {{ at: string, key_list_file: string }} file
 * @param {Partial<Told> | null} answer of the server; null for none
 */
async function gate(file, answer, online = true) {
  const { list, root } = JSON.parse(file.key_list_file);
  const keyring = await openKeyList(fromBase64url(list) ?? new Uint8Array(), rootOf(root) ?? new Uint8Array());
  const at = Date.parse(file.at);
  const policy = { checkpoint_id: "gate", opens: null, closed: null, idle_s: 43_200, zone_minutes: 420 };
  const held = { policy, issued: at / 1000, cards: 4000, bits: new Uint8Array(1000), queueKey: Uint8Array.from(Buffer.from(HPKE.pkRm, "hex")) };
  const disk = Object.assign(new Disk(() => 0), { stands: /** @type {Map<string, any>} */ (new Map()) });
  await disk.enrol("token");
  const store = Object.assign(disk, {
    presence: async (/** @type {string} */ name) => disk.stands.get(name) ?? null,
    stand: async (/** @type {string} */ name, /** @type {any} */ presence) => void disk.stands.set(name, presence),
  });
  /** @type {import("../static/js/gate/store.js").Line[]} */
  const sent = [];
  const secret = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const reader = new Reader({
    store,
    lists: () => /** @type {any} */ ({ held, keyring }),
    token: () => "token",
    secret,
    online: () => online,
    send: async (lines) => {
      sent.push(...lines);
      const [line] = lines;
      if (!answer || !line) return { status: 0, after: 0 };
      return { told: [{ id: line.id, at: null, decision: "admit", direction: "in", duplicate: false, reasons: [], ...answer }] };
    },
  });
  const read = (/** @type {string} */ code, /** @type {"card" | "typed"} */ way = "card") =>
    reader.read({ id: uuid7(at), checkpoint_id: "gate", code, direction: "in", way, confirms: null, companions: 0 });
  return { read, disk, sent };
}

test("a number that fingers typed is the server's to judge", async () => {
  const { read, disk, sent } = await gate(CARDS, {});
  const answer = await read(NUMBER, "typed");
  assert.ok("result" in answer && answer.result.decision === "admit" && !answer.result.local);
  assert.deepEqual([sent.length, disk.queue.size, disk.count.number, disk.stands.size], [1, 0, 0, 1], "nothing waits, and the card stands here");
  const refused = await (await gate(CARDS, { decision: "refuse", reasons: ["revoked"] })).read(NUMBER, "typed");
  assert.ok("result" in refused && refused.result.decision === "refuse");
});

test("without the server's word a typed number is no verdict, and leaves nothing", async () => {
  for (const [answer, online] of [[null, true], [{}, false], [{ reasons: ["malformed"] }, true]]) {
    const { read, disk } = await gate(CARDS, /** @type {any} */ (answer), /** @type {boolean} */ (online));
    assert.deepEqual(await read(NUMBER, "typed"), { trouble: "reader.number_needs_net", hint: "reader.number_hint", again: true });
    assert.deepEqual([disk.queue.size, disk.count.number, disk.stands.size], [0, 0, 0]);
  }
});

test("a number that no card has, and what is no number, are mended", async () => {
  const { read, sent } = await gate(CARDS, { decision: "refuse", reasons: ["unreadable"] });
  assert.deepEqual(await read(NUMBER, "typed"), { mend: "reader.number_unknown" });
  assert.equal(sent.length, 1);
  for (const slip of ["00AA 1B2C", "hello", `${NUMBER} 1`]) assert.deepEqual(await read(slip, "typed"), { mend: "reader.typed_wrong" }, slip);
  assert.equal(sent.length, 1, "nobody is asked about a slip");
});

test("a number that was scanned is no card's", async () => {
  const { read } = await gate(CARDS, null);
  const answer = await read(NUMBER.replaceAll(" ", ""));
  assert.ok("result" in answer && answer.result.decision === "refuse");
});

test("a number is read as the server reads it", () => {
  for (const text of [NUMBER, "00aa1b2c3d4e5f607a8b", " 00aa-1B2C 3d4e.5F60\u00a07A8B\n"]) assert.equal(printedNumber(text)?.length, 10, text);
  for (const text of ["", "00AA 1B2C 3D4E 5F60 7A8", "00AA 1B2C 3D4E 5F60 7A8G", "00AA 1B2C 3D4E 5F60 7A8B 1"]) assert.equal(printedNumber(text), undefined, text);
});

test("whether a code is a phone's or printed is told, with the server and without", async () => {
  const live = PHONE.cases.find((/** @type {{ name: string }} */ { name }) => name === "valid").text;
  for (const answer of [{}, null]) {
    for (const [file, text, shown] of [[CARDS, CARDS.cases[0].text, "printed"], [PHONE, live, "phone"]]) {
      const said = await (await gate(file, answer)).read(text);
      assert.ok("result" in said && said.result.shown === shown, JSON.stringify(said));
    }
    const foreign = await (await gate(CARDS, answer)).read("https://example.com/a");
    assert.ok("result" in foreign && foreign.result.shown === undefined);
  }
});

test("a line carries companions and what it confirms, where there are any", () => {
  assert.deepEqual(members({ code: "8", confirms: null, companions: 0 }), { code: "8" });
  assert.deepEqual(members({ code: "8", confirms: "id", companions: 3 }), { code: "8", confirms: "id", companions: 3 });
  const away = /** @type {const} */ ({ code: "8", confirms: "id", turned_away: true, companions: 0 });
  assert.deepEqual(members(away), { code: "8", confirms: "id", turned_away: true });
});

test("a gate that was reported lost lets nobody in, and leaves its line with the server", async () => {
  const lost = { decision: /** @type {const} */ ("refuse"), reasons: ["device_lost"], set_aside: true };
  for (const [code, way] of [[CARDS.cases[0].text, "card"], [NUMBER, "typed"]]) {
    const { read, disk, sent } = await gate(CARDS, lost);
    await assert.rejects(read(code, way), Revoked);
    assert.deepEqual([sent.length, disk.queue.size, disk.parked.size], [1, 0, 0]);
  }
});

test("only a server that gives lists takes back that the gate may not read", async () => {
  if (typeof navigator === "undefined") Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
  /** @type {Record<string, unknown>} */
  const kept = {};
  const store = { get: async (/** @type {string} */ name) => kept[name], set: async (/** @type {object} */ values) => void Object.assign(kept, values) };
  const lists = new Lists(/** @type {any} */ (store), new Clock());
  await lists.heard(new Response("", { status: 401 }), 1);
  assert.equal(lists.revoked, true);
  await lists.heard(new Response("{}"), 1);
  assert.equal(lists.revoked, true, "lines are taken from a lost device, too");
  const anew = new Lists(/** @type {any} */ (store), new Clock());
  kept.revoked = false;
  await anew.lose();
  assert.equal(kept.revoked, true);
  await anew.heard(new Response("{}"), 1);
  const opened = new Lists(/** @type {any} */ (store), new Clock());
  await opened.load();
  assert.equal(opened.revoked, true, "it is known after the page was closed");
});
