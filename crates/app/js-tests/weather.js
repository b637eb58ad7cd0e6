// @ts-check
// A phone's disk and a network in bad weather, for tests.

import { enqueue } from "../static/js/gate/queue.js";
import { uuid7 } from "../static/js/uuid7.js";

/** @typedef {import("../static/js/gate/store.js").Line} Line */

/** @param {number} seed */
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Dead extends Error {}

/**
 * A phone's disk: each call is one transaction that happens whole, some time after it was asked for, or not at all. What was
 * opened before the phone died does nothing any more.
 */
export class Disk {
  /** @type {Map<string, Line>} */
  queue = new Map();
  /** @type {Map<string, Line>} */
  parked = new Map();
  /** The number given last, and how many lines the server has taken. */
  count = { number: 0, sent: 0 };
  full = false;
  lives = 0;
  /** @type {import("../static/js/gate/clock.js").Kept | undefined} */
  clock;

  /** @param {() => number} random */
  constructor(random) {
    this.random = random;
  }

  kill() {
    this.lives += 1;
  }

  /** The disk as a program of this life of the phone has it. @returns {Disk} */
  opened() {
    const life = this.lives;
    const dead = () => this.lives !== life;
    /** @type {Disk} */
    const opened = Object.create(this);
    opened.later = async (change) => {
      if (dead()) throw new Dead();
      const result = await this.later(change, dead);
      if (dead()) throw new Dead();
      return result;
    };
    return opened;
  }

  /**
   * @template T
   * @param {() => T} change
   * @param {() => boolean} [dead]
   * @returns {Promise<T>}
   */
  async later(change, dead = () => false) {
    for (let i = Math.floor(this.random() * 4); i > 0; i--) await null;
    if (dead()) throw new Dead();
    const result = change();
    for (let i = Math.floor(this.random() * 3); i > 0; i--) await null;
    return result;
  }

  seq() {
    return this.later(() => this.count.number);
  }

  /** The device that the phone is now. @type {string | undefined} */
  token;

  /** Becomes another device: lines stay, their numbers begin anew. @param {string} token */
  enrol(token) {
    return this.later(() => {
      this.token = token;
      this.count.number = 0;
    });
  }

  /** @param {Line} line @param {number} seq */
  keep(line, seq) {
    return this.later(() => {
      if (line.token !== this.token) throw new DOMException("another device", "AbortError");
      if (this.full) throw new DOMException("full", "QuotaExceededError");
      if (this.count.number !== seq - 1) return false;
      this.count.number = seq;
      this.queue.set(line.id, line);
      return true;
    });
  }

  /** @param {number} most */
  oldest(most) {
    return this.later(() => [...this.queue.values()].sort((one, other) => (one.id < other.id ? -1 : 1)).slice(0, most));
  }

  /** @param {string[]} ids */
  acknowledge(ids) {
    return this.later(() => {
      for (const id of ids) this.count.sent += Number(this.queue.delete(id));
    });
  }

  /** @param {string} id */
  park(id) {
    return this.later(() => {
      const line = this.queue.get(id);
      if (line) this.parked.set(id, line);
      this.queue.delete(id);
    });
  }

  counts() {
    return this.later(() => ({ waiting: this.queue.size, parked: this.parked.size }));
  }
}

/** A disk with so many lines that wait. @param {number} n */
export async function filled(n) {
  const disk = new Disk(() => 0);
  for (let i = 0; i < n; i++) await enqueue(disk, async (seq) => ({ id: uuid7(1000 + i), sealed: `line ${seq}` }));
  return disk;
}

/** A server that keeps each id once, and a network before it that loses and delays what it likes. */
export class Server {
  /** @type {Map<string, string>} */
  rows = new Map();
  bodies = 0;
  reachable = true;
  losses = 0.3;
  /** Whether the device was reported lost: its lines are taken for the owner, and it is told so. */
  lost = false;
  /** What it never takes. */
  poison = "";
  most = 10_000;
  /** Requests that nobody waits for any more. @type {Promise<unknown>[]} */
  #late = [];

  /** @param {() => number} random */
  constructor(random) {
    this.random = random;
  }

  /** @param {Line[]} lines @returns {Promise<import("../static/js/gate/send.js").Sent>} */
  async send(lines) {
    for (let i = Math.floor(this.random() * 5); i > 0; i--) await null;
    if (!this.reachable || this.random() < this.losses / 2) {
      if (this.reachable && this.random() < 0.3) this.#late.push(this.#afterwards(lines));
      return { status: 0, after: 0 };
    }
    this.bodies += 1;
    if (lines.length > this.most) return { status: 413, after: 0 };
    if (lines.some(({ sealed }) => sealed === this.poison)) return { status: 400, after: 0 };
    if (this.random() < this.losses / 6) return { status: 503, after: 1 };
    // One that is short of something takes some lines and tells of those.
    const told = this.take(this.random() < this.losses / 4 ? lines.filter(() => this.random() < 0.5) : lines);
    if (this.random() < this.losses / 2) return { status: 0, after: 0 };
    // An answer that is cut tells of some lines only.
    return { told: this.random() < this.losses / 2 ? told.filter(() => this.random() < 0.5) : told };
  }

  /** @param {Line[]} lines @returns {import("../static/js/gate/send.js").Told[]} */
  take(lines) {
    return lines.map(({ id, sealed }) => {
      const duplicate = this.rows.has(id);
      if (!duplicate && sealed !== "torn") this.rows.set(id, sealed);
      return { id, at: null, direction: "in", duplicate, ...this.#said(sealed) };
    });
  }

  /** @param {string} sealed @returns {Pick<import("../static/js/gate/send.js").Told, "decision" | "reasons">} */
  #said(sealed) {
    if (sealed === "torn") return { decision: "refuse", reasons: ["malformed"] };
    return this.lost ? { decision: "refuse", reasons: ["device_lost"] } : { decision: "admit", reasons: [] };
  }

  /** All that was under way has come. */
  async settled() {
    await Promise.all(this.#late);
  }

  /** A request that its sender has given up comes all the same, behind others. @param {Line[]} lines */
  async #afterwards(lines) {
    for (let i = Math.floor(this.random() * 100); i > 0; i--) await null;
    this.take(lines);
  }
}
