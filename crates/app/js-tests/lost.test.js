// @ts-check
// A gate that was reported lost: its owner gets all that it has, and it lets nobody in.

import assert from "node:assert/strict";
import test from "node:test";
import { Drain } from "../static/js/gate/drain.js";
import { saysLost } from "../static/js/gate/send.js";
import { Server, dice, filled } from "./weather.js";

/** @typedef {import("../static/js/gate/store.js").Line} Line */

test("a device that was reported lost hands over all that it has, in order, whatever the network does", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const [disk, server] = [await filled(1800), new Server(dice(seed))];
    server.lost = true;
    let told = 0;
    const send = async (/** @type {Line[]} */ lines) => {
      const sent = await server.send(lines);
      if ("told" in sent && sent.told.length > 0) assert.ok(saysLost(sent));
      told += Number(saysLost(sent));
      return sent;
    };
    // The phone is switched off in between, and goes on where it stood.
    for (let life = 0; life < 3; life++) {
      const drain = new Drain({ store: disk.opened(), send, random: dice(seed), wait: async () => {} });
      for (let i = 0; i < (life === 2 ? 200 : 2) && disk.queue.size > 0; i++) await drain.step();
      disk.kill();
    }
    await server.settled();
    assert.deepEqual([disk.queue.size, disk.parked.size, server.rows.size], [0, 0, 1800], `SEED=${seed}`);
    assert.ok(told > 1);
  }
  // Without a fault on the way the server has them in the order in which they were read.
  const [disk, server] = [await filled(1200), new Server(() => 0.99)];
  [server.lost, server.losses] = [true, 0];
  const drain = new Drain({ store: disk, send: (lines) => server.send(lines), wait: async () => {} });
  for (let i = 0; i < 3; i++) await drain.step();
  assert.deepEqual([...server.rows.values()], Array.from({ length: 1200 }, (_, at) => `line ${at + 1}`));
});
