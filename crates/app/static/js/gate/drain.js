// @ts-check
// Sends what waits, oldest first, until the server has acknowledged every line. One page of a phone does it at a time.

import { settle } from "./send.js";

/** @typedef {import("./store.js").Line} Line */
/** @typedef {{ waiting: number, total: number, sending: boolean, status: number }} Progress `status` is that of the last failure */

const BATCH = 500;
const IDLE = 5000;
const LONGEST = 30_000;
/** Trying again later may help; the line is not to blame. */
const REVOKED = 401;
const LATER = [0, REVOKED, 408, 429];

export class Drain {
  #failures = 0;
  #batch = BATCH;
  #total = 0;
  #wake = () => {};
  #stopped = false;

  /**
   * @param {{
   *   store: import("./store.js").Queue,
   *   send: (lines: Line[]) => Promise<import("./send.js").Sent>,
   *   former?: (lines: Line[]) => boolean,
   *   tell?: (progress: Progress) => void,
   *   wait?: (ms: number) => Promise<void>,
   *   random?: () => number,
   * }} with_ `former` says whether lines were read by a device that this phone was before
   */
  constructor({ store, send, former = () => false, tell = () => {}, wait, random = Math.random }) {
    this.store = store;
    this.send = send;
    this.former = former;
    this.tell = tell;
    this.random = random;
    this.wait = wait ?? ((ms) => this.#sleep(ms));
  }

  /** Drains for as long as the page lives; other pages of this phone wait until it does not. */
  start() {
    navigator.locks.request("vaora-drain", () => this.run());
  }

  async run() {
    while (!this.#stopped) await this.wait(await this.step());
  }

  stop() {
    this.#stopped = true;
    this.#wake();
  }

  /** Something changed: a network, a line. It goes on at once. */
  poke() {
    this.#failures = 0;
    this.#wake();
  }

  /** Sends one batch and says how long to wait before the next. */
  async step() {
    const lines = ofOneDevice(await this.store.oldest(this.#batch));
    if (lines.length === 0) {
      this.#total = 0;
      this.tell({ waiting: 0, total: 0, sending: false, status: 0 });
      return IDLE;
    }
    const { waiting } = await this.store.counts();
    this.#total = Math.max(this.#total, waiting);
    this.tell({ waiting, total: this.#total, sending: this.#failures === 0, status: 0 });
    const sent = await this.send(lines);
    if ("told" in sent && (await settle(this.store, sent.told)) > 0) {
      this.#failures = 0;
      this.#batch = Math.min(BATCH, this.#batch * 2);
      return 0;
    }
    const status = "status" in sent ? sent.status : 0;
    if (status === REVOKED && this.former(lines)) return this.#park(lines);
    if (!LATER.includes(status) && status < 500) return this.#blame(lines);
    this.#failures += 1;
    this.tell({ waiting, total: this.#total, sending: false, status });
    return this.#backoff("after" in sent ? sent.after : 0);
  }

  /**
   * A device that the phone was before, and that is revoked, never sends again.
   * @param {Line[]} lines
   */
  async #park(lines) {
    for (const { id } of lines) await this.store.park(id);
    return 0;
  }

  /**
   * The server does not take the batch: half of it may do. A line that it does not take alone is put out of the way.
   * @param {Line[]} lines
   */
  async #blame(lines) {
    if (lines.length < 2) return this.#park(lines);
    this.#batch = Math.ceil(lines.length / 2);
    return 0;
  }

  /** @param {number} after seconds that the server asked for */
  #backoff(after) {
    const most = Math.min(LONGEST, 1000 * 2 ** (this.#failures - 1));
    return Math.max(after * 1000, most * (0.5 + this.random() / 2));
  }

  /** @param {number} ms */
  #sleep(ms) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      })
    );
  }
}

/**
 * The first lines, as many as one device read: a request speaks for one.
 * @param {Line[]} lines oldest first
 */
function ofOneDevice(lines) {
  const end = lines.findIndex(({ token }) => token !== lines[0]?.token);
  return end < 0 ? lines : lines.slice(0, end);
}
