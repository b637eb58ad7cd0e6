// @ts-check
// The time that scans are given: the server's, carried on without it. A phone's own clock may be wrong, and may be set.

/** @typedef {{ offset: number, last: number }} Kept `last` is a time that has surely passed */

const OFF = 120_000;
/** The server's `Date` is in whole seconds. */
const HALF = 500;
/** Closer than this, and than half of what it took, the server's answer tells nothing new. */
const EXACT = 1500;

export class Clock {
  /**
   * @param {Kept} [kept]
   * @param {{ wall: () => number, steady: () => number }} [own]
   */
  constructor(kept = { offset: 0, last: 0 }, own = { wall: () => Date.now(), steady: () => performance.now() }) {
    this.own = own;
    this.offset = kept.offset;
    this.last = kept.last;
    this.#set(Math.max(own.wall() + kept.offset, kept.last));
  }

  #from = 0;
  #at = 0;

  /** @param {number} time */
  #set(time) {
    this.#at = time;
    this.#from = this.own.steady();
  }

  /** The time now. It never goes back while the page is open. */
  now() {
    this.last = Math.max(this.last, this.#at + this.own.steady() - this.#from);
    return this.last;
  }

  /**
   * The time of something that the phone's clock has timed.
   * @param {number} wall
   */
  of(wall) {
    return Math.round(this.now() - Math.max(0, this.own.wall() - wall));
  }

  /** A phone that slept may have stopped its steady clock: the other knows better. */
  woke() {
    this.#set(Math.max(this.now(), this.own.wall() + this.offset));
  }

  /**
   * @param {string | null} date the server's `Date`
   * @param {number} took milliseconds between asking and the answer
   */
  heard(date, took) {
    const server = Date.parse(date ?? "");
    if (Number.isNaN(server)) return;
    const time = server + HALF + took / 2;
    if (Math.abs(time - this.now()) < EXACT + took / 2) return;
    this.offset = time - this.own.wall();
    this.last = 0;
    this.#set(time);
  }

  /** How far the phone's own clock is ahead, in minutes; nothing when it is close enough. */
  get minutesOff() {
    const off = this.own.wall() - this.now();
    return Math.abs(off) > OFF ? Math.round(off / 60_000) : 0;
  }

  /** @returns {Kept} */
  get kept() {
    return { offset: this.offset, last: this.now() };
  }
}
