// @ts-check
// A gate's phone in bad weather, from a seed: two pages and two drains, requests and answers that are lost, late or twice,
// pages and phones that die between any two steps, clocks that are set. What must hold is asserted at the end.

import assert from "node:assert/strict";
import { Clock } from "../static/js/gate/clock.js";
import { Drain } from "../static/js/gate/drain.js";
import { enqueue } from "../static/js/gate/queue.js";
import { settle } from "../static/js/gate/send.js";
import { timeOf, uuid7 } from "../static/js/uuid7.js";
import { Dead, Disk, Server, dice } from "./weather.js";

const START = 1_800_000_000_000;
const DAY = 86_400_000;
/** A reader that heard the server is so far off at most, in milliseconds, and half of what the answer took. */
const EXACT = 2500;

/**
 * Faults that a test plants, to see that they are found. Each takes the place of what the product does.
 * @typedef {object} Faults
 * @property {typeof enqueue} [enqueue]
 * @property {typeof settle} [settle]
 * @property {(disk: Disk) => void} [disk]
 * @property {(server: Server) => void} [server]
 * @property {(drain: Drain) => void} [drain]
 * @property {(own: { wall: () => number, steady: () => number }, clock: Clock) => { now: () => number, of: (wall: number) => number, heard: Clock["heard"], kept: import("../static/js/gate/clock.js").Kept }} [clock]
 * @property {boolean} [early] tells before it keeps
 */

/**
 * @param {number} seed
 * @param {Faults} [faults]
 */
export async function storm(seed, faults = {}) {
  const random = dice(seed);
  const world = new World(random);
  const [disk, server] = [new Disk(random), new Server(random)];
  faults.disk?.(disk);
  faults.server?.(server);
  /** Ids whose verdict somebody was told. @type {string[]} */
  const told = [];
  for (let life = 0; life < 3; life++) {
    server.reachable = random() < 0.6;
    await live({ world, disk, server, told, random, faults });
    disk.kill();
  }
  server.reachable = true;
  server.losses = Math.min(server.losses, 0.3);
  const drain = drainOf({ disk, server, random, faults });
  for (let i = 0; i < 300 && disk.queue.size > 0; i++) await drain.step();
  await server.settled();
  examine(disk, server, told);
}

/**
 * @param {Disk} disk
 * @param {Server} server
 * @param {string[]} told
 */
function examine(disk, server, told) {
  assert.equal(disk.queue.size + disk.parked.size, 0, "all is sent");
  for (const id of told) assert.ok(server.rows.has(id), "what was told is at the server");
  const numbers = [...server.rows.values()].map((text) => Number(text.slice(5))).sort((one, other) => one - other);
  assert.deepEqual(numbers, numbers.map((_, at) => at + 1), "each number once, and none is missing");
  assert.equal(disk.count.sent, server.rows.size, "each line is counted once");
}

/** What time it truly is, and what a phone's clock says. */
class World {
  time = START;
  ahead = 0;

  /** @param {() => number} random */
  constructor(random) {
    this.random = random;
  }

  /** Some time passes; now and then somebody sets the clock. */
  pass() {
    this.time += 1 + Math.floor(this.random() * 2000);
    if (this.random() < 0.05) this.ahead = Math.floor((this.random() - 0.5) * 2 * DAY);
  }
}

/**
 * @typedef {{ world: World, disk: Disk, server: Server, told: string[], random: () => number, faults: Faults }} Scene
 */

/** @param {Pick<Scene, "disk" | "server" | "random" | "faults">} scene */
function drainOf({ disk, server, random, faults }) {
  const drain = new Drain({ store: disk.opened(), send: (lines) => server.send(lines), random, wait: async () => {} });
  faults.drain?.(drain);
  return drain;
}

/**
 * One life of the phone, from its start until it is switched off or its battery is empty.
 * @param {Scene} scene
 */
async function live(scene) {
  const { world, disk, server, random, faults } = scene;
  const began = world.time;
  const own = { wall: () => world.time + world.ahead, steady: () => world.time - began };
  const real = new Clock(disk.clock, own);
  const clock = faults.clock?.(own, real) ?? real;
  let working = true;
  const died = (/** @type {unknown} */ error) => {
    if (!(error instanceof Dead)) throw error;
  };
  const drains = [0, 1].map(async () => {
    const drain = drainOf({ disk, server, random, faults });
    while (working) {
      await drain.step();
      await null;
    }
  });
  const death = random() < 0.5 ? 20 + Math.floor(random() * 400) : Infinity;
  const pages = [page(scene, clock), page(scene, clock)].map((one) => one.catch(died));
  let over = false;
  const ended = Promise.all(pages).finally(() => (over = true));
  for (let step = 0; !over; step++) {
    if (step === death) disk.kill();
    await null;
  }
  try {
    await ended;
  } finally {
    working = false;
    await Promise.all(drains.map((one) => one.catch(died)));
  }
}

/**
 * One page: reads, keeps, tells; tries to send at once. It may die anywhere.
 * @param {Scene} scene
 * @param {ReturnType<NonNullable<Faults["clock"]>>} clock
 */
async function page({ world, disk, server, told, random, faults }, clock) {
  const store = disk.opened();
  const [keep, take] = [faults.enqueue ?? enqueue, faults.settle ?? settle];
  let [heard, slowest] = [false, 0];
  for (let n = 0; n < 8; n++) {
    world.pass();
    const id = uuid7(clock.of(world.time + world.ahead), Uint8Array.from({ length: 10 }, () => Math.floor(random() * 256)));
    if (heard) assert.ok(Math.abs(timeOf(id) - world.time) <= EXACT + slowest, "the time of a reading is right");
    if (faults.early) told.push(id);
    const line = await keep(store, async (seq) => {
      if (random() < 0.5) await null;
      return { id, sealed: `line ${seq}` };
    });
    if (random() < 0.03) throw new Dead();
    told.push(id);
    if (random() < 0.4) continue;
    const asked = world.time;
    const sent = await server.send([line]);
    if (random() < 0.03) throw new Dead();
    if (!("told" in sent)) continue;
    const took = world.time - asked;
    clock.heard(new Date(asked + Math.floor(random() * took)).toUTCString(), took);
    disk.clock = clock.kept;
    [heard, slowest] = [true, Math.max(slowest, took)];
    await take(store, sent.told);
  }
}
