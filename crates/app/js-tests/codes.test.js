// @ts-check
// Squares and decisions as the crates `codes` and `domain` write them down: the browser gives the same answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fromBase64url, hex } from "../static/js/gate/bytes.js";
import { citizenNumber } from "../static/js/gate/citizen.js";
import { kindOf, readCard } from "../static/js/gate/card.js";
import { open, openKeyList, rootOf, verifyWithoutWebCrypto } from "../static/js/gate/cose.js";
import { seal } from "../static/js/gate/hpke.js";
import { rule } from "../static/js/gate/rule.js";
import { uuid7 } from "../static/js/uuid7.js";

/** @param {string} path */
const json = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const CARDS = json("../../codes/testdata/cards.json");
const PHONE = json("../../codes/testdata/phone.json");
const OFFLINE = json("../../domain/testdata/offline.json");
const HPKE = json("testdata/hpke.json");
/** @param {string} text */
const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));

async function keyring({ key_list_file } = CARDS) {
  const file = JSON.parse(key_list_file);
  return openKeyList(fromBase64url(file.list) ?? bytes(""), rootOf(file.root) ?? bytes(""));
}

test("a card is read and judged as by the crate `codes`", async () => {
  const ring = await keyring();
  const at = Date.parse(CARDS.at) / 1000;
  for (const { name, text, verified, reason } of CARDS.cases) {
    const read = await readCard(text, ring);
    const said = "reason" in read ? read.reason : read.card.expires <= at ? "expired" : null;
    assert.equal(said, reason, name);
    assert.equal(said === null, verified, name);
  }
  const valid = await readCard(CARDS.cases[0].text, ring);
  assert.ok("card" in valid);
  assert.deepEqual(
    [hex(valid.card.id), valid.card.index, valid.card.scope, new Date(valid.card.expires * 1000).toISOString()],
    [CARDS.valid_fields.id.replace(/[ -]/g, "").toLowerCase(), CARDS.valid_fields.status_index, CARDS.valid_fields.scope, CARDS.valid_fields.expires],
  );
});

test("a phone's code is read and judged as by the crates", async () => {
  const ring = await keyring(PHONE);
  const at = Date.parse(PHONE.at);
  const id = uuid7(at, new Uint8Array(10));
  const { facts } = OFFLINE.cases[0];
  for (const { name, text, verified, reason } of PHONE.cases) {
    const read = await readCard(text, ring);
    if ("reason" in read) {
      assert.equal(read.reason, reason, name);
      continue;
    }
    const { issued, expires, step = null } = read.card;
    const card = { issued: issued * 1000, expires: expires * 1000, step };
    const { answer } = rule({ id, card, reason: null, asked: "in", confirms: null }, { ...facts, presence: null });
    assert.equal(answer.reasons[0] ?? null, reason, name);
    assert.equal(answer.decision === "admit", verified, name);
  }
});

test("without Ed25519 in WebCrypto the vendored one gives the same answers", async () => {
  const file = JSON.parse(CARDS.key_list_file);
  const list = open(fromBase64url(file.list) ?? bytes(""));
  const message = Buffer.concat([
    bytes("846a5369676e617475726531"), bytes("43a10127"), bytes("4d"), Buffer.from("vaora keys v1"), bytes("58" + list.payload.length.toString(16)), list.payload,
  ]);
  const root = rootOf(file.root) ?? bytes("");
  assert.equal(await verifyWithoutWebCrypto(root, message, list.signature), true);
  message[message.length - 1] ^= 1;
  assert.equal(await verifyWithoutWebCrypto(root, message, list.signature), false);
  assert.equal(await verifyWithoutWebCrypto(new Uint8Array(32), message, list.signature), false);
});

test("a key list under another root, or bent, is refused", async () => {
  const file = JSON.parse(CARDS.key_list_file);
  const list = fromBase64url(file.list) ?? bytes("");
  await assert.rejects(openKeyList(list, bytes(CARDS.issuer_public)), /forged/);
  for (let at = 0; at < list.length; at++) {
    const bent = list.slice();
    bent[at] = (bent[at] ?? 0) ^ 4;
    await assert.rejects(openKeyList(bent, rootOf(file.root) ?? bytes("")), `byte ${at}`);
  }
});

test("the decisions are those of `domain`", () => {
  assert.ok(OFFLINE.cases.length > 40);
  for (const { name, scan, facts, answer, presence } of OFFLINE.cases) {
    assert.deepEqual(rule(scan, facts), { answer, presence }, name);
  }
});

test("what is no card is told apart, and nothing of it is opened", () => {
  const kinds = {
    "https://quet.example/v/234567E": "venue", "https://example.vn/v/2222223": "web", "ftp://x.vn": "web", "https://example.com/win?a=1": "web", "WWW.EXAMPLE.VN": "web", "intent://scan/#x": "web",
    "00020101021238570010A00000072701270006970415": "payment", "HC1:6BFOXN": "health",
    "046087004417||Nguyễn Văn Thử|18011987|Nam|1 đường Thử|01012022": "citizen", "046087004417": "citizen",
    "826159": "card", "8261 5925-5196": "card", "": "", "xin chào": "", "910191019101": "citizen", "9101910191": "",
  };
  for (const [text, kind] of Object.entries(kinds)) assert.equal(kindOf(text), kind, text);
  assert.equal(kindOf("http://" + "a".repeat(5000)), "");
});

test("a citizen's card through a scanner that types badly is told apart, with its number", () => {
  const damaged = [
    "046087004417||Nguyn Vn Th|18011987|Nam|1 ng Th|01012022", "046087004417||Nguyeenx Vawn Thuwr|18011987|Nam|", "046087004417~~Nguyễn Văn Thử~18011987~Nam~1 đường Thử~01012022",
    "046087004417Đ123456789ĐNguyễn Văn ThửĐ18011987ĐNamĐ1 đường ThửĐ01012022", "046087004417\\\\Nguyen Van Thu\\18011987\\Nam",
  ];
  for (const text of damaged) assert.deepEqual([citizenNumber(text), kindOf(text)], ["046087004417", "citizen"], text);
  for (const text of ["0460870044171", "046087004417 và chữ", "46087004417|18011987", "001002003004005006007008009010011012"]) assert.equal(citizenNumber(text), "", text);
});

test("a line is sealed as RFC 9180 has it", async () => {
  const key = { name: "ECDH", namedCurve: "P-256" };
  const point = bytes(HPKE.enc);
  const [x, y, d] = [point.slice(1, 33), point.slice(33), bytes(HPKE.skEm)].map((part) => Buffer.from(part).toString("base64url"));
  const pair = {
    privateKey: await crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x, y, d }, key, true, ["deriveBits"]),
    publicKey: await crypto.subtle.importKey("raw", point, key, true, []),
  };
  const what = { info: bytes(HPKE.info), aad: bytes(HPKE.aad), text: bytes(HPKE.pt) };
  assert.equal(hex(await seal(bytes(HPKE.pkRm), what, pair)), HPKE.enc + HPKE.ct);
  const one = await seal(bytes(HPKE.pkRm), what);
  assert.notEqual(hex(one), hex(await seal(bytes(HPKE.pkRm), what)), "each line has a key of its own");
});
