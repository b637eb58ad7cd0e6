// @ts-check
// The gate where nobody stands by: the whole screen, no buttons but one that asks for the PIN, and still so after a reload.
//
// Who leaves the full screen by Esc sees the page that asks for the PIN; codes are read all the same, and a verdict covers
// it: a passer-by who presses a key does not stop the people who come in. Left alone, that page goes away.

import { one } from "../dom.js";
import { unlock } from "../sound.js";
import { counted, word } from "../words.js";
import { goodPin, keptPin, tryPin } from "./pin.js";

const ALONE = 20_000;
const root = document.documentElement;

/** Whether the browser can fill the screen: a phone of Apple cannot. */
const FILLS = typeof root.requestFullscreen === "function";

async function fill() {
  if (FILLS && !document.fullscreenElement) await root.requestFullscreen({ navigationUI: "hide" }).catch(() => undefined);
}

export class Kiosk {
  on = false;
  #page = one("[data-pin-page]");
  #input = /** @type {HTMLInputElement} */ (one("input", this.#page));
  #said = one("[data-said-pin]", this.#page);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("./store.js").Store} store
   * @param {() => number} now
   * @param {(direction: string) => void} begun the mode began, now or before the page was loaded
   */
  constructor(store, now, begun) {
    this.store = store;
    this.now = now;
    this.begun = begun;
    one("form", this.#page).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#try();
    });
    one("[data-leave]").addEventListener("click", () => this.#ask());
    one("[data-back]", this.#page).addEventListener("click", () => this.#stay());
    this.#input.addEventListener("input", () => this.#later());
    document.addEventListener("fullscreenchange", () => this.on && !document.fullscreenElement && this.#ask());
    // A browser fills the screen and sounds only after a touch; a reload takes both away.
    document.addEventListener("pointerdown", ({ target }) => {
      if (!this.on || !this.#page.hidden || (target instanceof Element && target.closest("[data-leave]"))) return;
      void unlock();
      void fill();
    });
  }

  /** Goes on where a reload has cut it off. */
  async resume() {
    const kept = await this.store.get("kiosk");
    if (kept) this.#begin(kept.direction);
  }

  /**
   * @param {HTMLFormElement} form with the PIN, twice
   * @param {string} direction which way people go here
   * @returns {Promise<boolean>} whether it began
   */
  async enter(form, direction) {
    const [first = "", again = ""] = [...form.querySelectorAll("input")].map(({ value }) => value.trim());
    const wrong = goodPin(first) ? (first === again ? "" : "reader.pin_differs") : "reader.pin_digits";
    one("[data-said-set]", form).textContent = wrong ? word(wrong) : "";
    if (wrong) return false;
    // First, as long as the browser remembers the touch.
    const filled = fill();
    void unlock();
    await this.store.set({ kiosk: { ...(await keptPin(first)), direction } });
    form.reset();
    await filled;
    this.#begin(direction);
    return true;
  }

  /** @param {string} direction */
  #begin(direction) {
    this.on = true;
    root.dataset.kiosk = "on";
    this.begun(direction);
  }

  #ask() {
    this.#page.hidden = false;
    this.#said.textContent = "";
    this.#input.value = "";
    this.#input.focus({ preventScroll: true });
    this.#later();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#page.hidden = true), ALONE);
  }

  #stay() {
    clearTimeout(this.#timer);
    this.#page.hidden = true;
    void fill();
  }

  async #try() {
    const pin = this.#input.value.trim();
    this.#input.value = "";
    this.#later();
    if (!goodPin(pin)) {
      this.#said.textContent = word("reader.pin_digits");
      return;
    }
    const { right, wait } = await tryPin(this.store, pin, this.now());
    if (!right) {
      this.#said.textContent = wait > 0 ? counted("reader.pin_wait", Math.ceil(wait / 1000)) : word("reader.pin_wrong");
      return;
    }
    this.on = false;
    await this.store.set({ kiosk: undefined });
    await document.exitFullscreen?.().catch(() => undefined);
    location.reload();
  }
}

/** What is said where the mode is set: that the screen is not filled, if it cannot be. */
export function screenHint() {
  return FILLS ? "" : word("reader.kiosk_no_full");
}
