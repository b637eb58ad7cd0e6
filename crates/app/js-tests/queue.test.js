// @ts-check
// The queue: in thousands of storms, with faults planted that a storm must find, and step by step.

import assert from "node:assert/strict";
import test from "node:test";
import { Drain } from "../static/js/gate/drain.js";
import { enqueue } from "../static/js/gate/queue.js";
import { sendLines } from "../static/js/gate/send.js";
import { uuid7 } from "../static/js/uuid7.js";
import { storm } from "./storm.js";
import { Disk, Server, filled } from "./weather.js";

/** @typedef {import("../static/js/gate/store.js").Line} Line */

/** A seed that failed comes again by `SEED=7`; `SEEDS=10000` tries more, in a minute. */
const SEEDS = Number(process.env.SEEDS ?? 3000);

test("no line is lost, numbered twice or dated wrong, whatever the network and the phone do", async () => {
  const given = Number(process.env.SEED);
  const [first, last] = given ? [given, given] : [1, SEEDS];
  for (let seed = first; seed <= last; seed++) await storm(seed).catch((error) => assert.fail(`SEED=${seed}: ${error.stack}`));
});

/** What an engineer may get wrong; the storm must find each. @type {Record<string, import("./storm.js").Faults>} */
const FAULTS = {
  "a verdict is told before the line is kept": { early: true },
  "a number is taken without looking who has it": {
    disk: (disk) => {
      disk.keep = function (line, seq) {
        return this.later(() => {
          disk.count.number = Math.max(disk.count.number, seq);
          disk.queue.set(line.id, line);
          return true;
        });
      };
    },
  },
  "number and line are two transactions": {
    disk: (disk) => {
      disk.keep = async function (line, seq) {
        const free = await this.later(() => disk.count.number === seq - 1 && ((disk.count.number = seq), true));
        if (free) await this.later(() => disk.queue.set(line.id, line));
        return free;
      };
    },
  },
  "no answer counts as an answer": {
    drain: (drain) => {
      const send = drain.send;
      drain.send = async (lines) => {
        const sent = await send(lines);
        const all = lines.map(({ id }) => ({ id, at: null, decision: /** @type {const} */ ("admit"), direction: /** @type {const} */ ("in"), duplicate: false, reasons: [] }));
        return "status" in sent && sent.status === 0 ? { told: all } : sent;
      };
    },
  },
  "an answer about some lines is taken for all": {
    drain: (drain) => {
      const send = drain.send;
      drain.send = async (lines) => {
        const sent = await send(lines);
        const [some] = "told" in sent ? sent.told : [];
        return some ? { told: lines.map(({ id }) => ({ ...some, id })) } : sent;
      };
    },
  },
  "a line that is tried again has another id": {
    drain: (drain) => {
      const send = drain.send;
      let tries = 0;
      drain.send = async (lines) => {
        const sent = await send(lines.map((line) => ({ ...line, id: line.id.slice(0, -4) + String(tries++).padStart(4, "0") })));
        return "told" in sent ? { told: sent.told.map((told, at) => ({ ...told, id: lines[at]?.id ?? "" })) } : sent;
      };
    },
  },
  "an outage puts lines aside": {
    drain: (drain) => {
      const send = drain.send;
      drain.send = async (lines) => {
        const sent = await send(lines);
        return "status" in sent && sent.status === 503 ? { status: 400, after: 0 } : sent;
      };
    },
  },
  "the server keeps a repeated line again": {
    server: (server) => {
      const take = server.take;
      let times = 0;
      server.take = (lines) => {
        for (const { id, sealed } of lines) if (server.rows.has(id)) server.rows.set(`${id} ${times++}`, sealed);
        return take.call(server, lines);
      };
    },
  },
  "an acknowledged line is counted whoever took it": {
    disk: (disk) => {
      disk.acknowledge = function (ids) {
        return this.later(() => {
          disk.count.sent += ids.length;
          for (const id of ids) disk.queue.delete(id);
        });
      };
    },
  },
  "the phone's own clock is believed": {
    clock: ({ wall }, { kept }) => ({ now: wall, of: (at) => at, heard: () => {}, kept }),
  },
};

for (const [name, faults] of Object.entries(FAULTS)) {
  test(`it is found that ${name}`, async () => {
    for (let seed = 1; seed <= 500; seed++) if (await storm(seed, faults).then(() => false, (error) => error instanceof assert.AssertionError)) return;
    assert.fail("500 storms have not found it");
  });
}

test("a batch that is refused is halved, and a line that is refused alone is parked", async () => {
  const [disk, server] = [await filled(40), new Server(() => 0.99)];
  server.most = 7;
  server.poison = "line 13";
  server.losses = 0;
  const drain = new Drain({ store: disk, send: (lines) => server.send(lines), wait: async () => {} });
  for (let i = 0; i < 80 && disk.queue.size > 0; i++) await drain.step();
  assert.deepEqual([disk.queue.size, server.rows.size], [0, 39]);
  assert.deepEqual([...disk.parked.values()].map(({ sealed }) => sealed), ["line 13"]);
});

test("a line that the server cannot open is parked, the others go", async () => {
  const [disk, server] = [await filled(3), new Server(() => 0.99)];
  server.losses = 0;
  const torn = [...disk.queue.values()][1];
  if (torn) torn.sealed = "torn";
  await new Drain({ store: disk, send: (lines) => server.send(lines), wait: async () => {} }).step();
  assert.deepEqual([disk.queue.size, disk.parked.size, server.rows.size], [0, 1, 2]);
});

test("a refusal of the phone, or of the moment, keeps every line", async () => {
  for (const status of [401, 408, 429, 500, 503, 507]) {
    const disk = await filled(1);
    /** @type {number[]} */
    const said = [];
    const drain = new Drain({ store: disk, send: async () => ({ status, after: 0 }), tell: (one) => said.push(one.status), random: () => 1 });
    assert.deepEqual([await drain.step(), await drain.step(), await drain.step()], [1000, 2000, 4000], String(status));
    assert.deepEqual([disk.queue.size, disk.parked.size, said.at(-1)], [1, 0, status]);
    for (let i = 0; i < 9; i++) assert.ok((await drain.step()) <= 30_000);
  }
  const asked = new Drain({ store: await filled(1), send: async () => ({ status: 503, after: 7 }), random: () => 0 });
  assert.equal(await asked.step(), 7000);
});

test("progress says how many of how many are sent", async () => {
  const [disk, server] = [await filled(1200), new Server(() => 0.99)];
  server.losses = 0;
  /** @type {string[]} */
  const said = [];
  const drain = new Drain({ store: disk, send: (lines) => server.send(lines), tell: ({ waiting, total }) => said.push(`${total - waiting} / ${total}`) });
  for (let i = 0; i < 4; i++) await drain.step();
  assert.deepEqual(said, ["0 / 1200", "500 / 1200", "1000 / 1200", "0 / 0"]);
});

test("a full disk is no verdict", async () => {
  const disk = await filled(1);
  disk.full = true;
  await assert.rejects(enqueue(disk, async (seq) => ({ id: uuid7(5), sealed: `line ${seq}` })), { name: "QuotaExceededError" });
  assert.equal(disk.count.number, 1);
});

test("only a whole answer about a line acknowledges it", async () => {
  const line = { id: uuid7(1), sealed: "x" };
  const good = { id: line.id, at: null, decision: "admit", direction: "in", duplicate: false, reasons: [] };
  /** @param {unknown} results @param {number} status */
  const sent = (results, status = 200) =>
    sendLines({ token: "t", now: () => 5.4, patience: 100, send: async () => new Response(JSON.stringify({ results }), { status }) }, [line]);
  assert.deepEqual(await sent([good]), { told: [good] });
  for (const results of [[], null, [{ ...good, id: uuid7(2) }], [{ ...good, decision: "yes" }], [{ ...good, reasons: null }], [null]]) {
    assert.deepEqual(await sent(results), { told: [] }, JSON.stringify(results));
  }
  assert.deepEqual(await sent([good], 413), { status: 413, after: 0 });
});

/** A phone that was the device `old`, and is `new` with lines of both. */
async function enrolledAnew() {
  const disk = new Disk(() => 0);
  let at = 1000;
  const read = (/** @type {string} */ token) => enqueue(disk, async (seq) => ({ id: uuid7((at += 1)), sealed: `${token} ${seq}`, token }));
  await disk.enrol("old");
  for (let n = 0; n < 3; n++) await read("old");
  await disk.enrol("new");
  for (let n = 0; n < 2; n++) await read("new");
  return { disk, read };
}

test("a phone that becomes another device sends each line under the token that read it, numbered by device", async () => {
  const { disk, read } = await enrolledAnew();
  /** @type {[string, string[]][]} */
  const requests = [];
  /** @param {Line[]} lines */
  const send = async (lines) => {
    requests.push([lines[0]?.token ?? "", lines.map(({ sealed }) => sealed)]);
    return { told: lines.map(({ id }) => ({ id, at: null, decision: /** @type {const} */ ("admit"), direction: /** @type {const} */ ("in"), duplicate: false, reasons: [] })) };
  };
  const drain = new Drain({ store: disk, send });
  await drain.step();
  await drain.step();
  assert.deepEqual(requests, [["old", ["old 1", "old 2", "old 3"]], ["new", ["new 1", "new 2"]]]);
  assert.equal(disk.queue.size, 0);
  // Another page of the phone, which has not seen that it is another device.
  await assert.rejects(read("old"), { name: "AbortError" });
  assert.equal(disk.count.number, 2, "and it takes no number");
});

test("lines of a former device that is revoked stand in nobody's way, and are not lost", async () => {
  const { disk } = await enrolledAnew();
  /** @param {Line[]} lines */
  const send = async (lines) => ({ status: lines[0]?.token === "old" ? 401 : 503, after: 0 });
  const drain = new Drain({ store: disk, send, former: ([line]) => line?.token !== "new" });
  assert.equal(await drain.step(), 0);
  assert.deepEqual([...disk.parked.values()].map(({ sealed }) => sealed), ["old 1", "old 2", "old 3"]);
  assert.ok((await drain.step()) > 0);
  assert.equal(disk.queue.size, 2, "the device that the phone is now waits");
});

test("what is sent of a line is its id and what is sealed", async () => {
  let body = "";
  /** @type {typeof fetch} */
  const send = async (_, asked) => {
    body = String(asked?.body);
    return new Response("{}", { status: 503 });
  };
  await sendLines({ token: "t", now: () => 5, patience: 100, send }, [{ id: "i", sealed: "x", token: "secret" }]);
  assert.deepEqual(JSON.parse(body), { sent_at: 5, scans: [{ id: "i", sealed: "x" }] });
});
