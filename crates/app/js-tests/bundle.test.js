// @ts-check
// What a gate makes of bundles: the vectors of the crate `codes`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { base64url, fromBase64url, hex, sha256 } from "../static/js/gate/bytes.js";
import { listed, receive } from "../static/js/gate/bundle.js";

const { cases } = JSON.parse(readFileSync(new URL("../../codes/testdata/gate.json", import.meta.url), "utf8"));
const STATES = ["active", "invalid", "ask"];
/** @param {string} text */
const bytes = (text) => fromBase64url(text) ?? assert.fail(text);

for (const { name, bundle, root, held, now, reason, after } of cases) {
  test(`a bundle: ${name}`, async () => {
    const before = held && { ...held, bits: bytes(held.bits) };
    const received = receive(bytes(bundle), bytes(root), before, now);
    if (reason) {
      await assert.rejects(received, { message: reason });
      return;
    }
    const list = (await received).held;
    const { issued, expires, cards } = list;
    assert.deepEqual({ issued, expires, cards }, { issued: after.issued, expires: after.expires, cards: after.cards });
    assert.equal(hex(await sha256(list.bits)), after.bits_sha256);
    assert.deepEqual([base64url(list.queueKey), JSON.stringify(list.policy)], [after.queue_key, after.policy]);
    for (const [index, state] of after.states) assert.equal(listed(list, index), state === null ? "unknown" : STATES[state], String(index));
  });
}
