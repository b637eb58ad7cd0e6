// @ts-check
// How many come along with the next person and have no code of their own; nobody again as soon as that person was let through.

import "./number-stepper.js";
import { one } from "./dom.js";

const MOST = 20;

export class Companions {
  /** @param {HTMLElement} stepper */
  constructor(stepper) {
    stepper.hidden = false;
    this.input = /** @type {HTMLInputElement} */ (one("input", stepper));
  }

  /** 0 to 20. */
  get count() {
    return Math.min(MOST, Math.max(0, Math.trunc(Number(this.input.value)) || 0));
  }

  forget() {
    this.input.value = "0";
    // The stepper settles its buttons.
    this.input.dispatchEvent(new Event("blur"));
  }
}
