// @ts-check
// <live-counts src="URL">: every 10 s reads { "at": ms, "counts": { name: number }, "fullness": level } and writes it where data-count="name" is; what has
// data-level is shown at that level only.
// When that fails twice, the figures say how old they are.

import { clock } from "./verdict.js";
import { fill } from "./words.js";

const EVERY = 10_000;

class LiveCounts extends HTMLElement {
  #at = Date.now();
  #failed = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  connectedCallback() {
    this.#timer = setInterval(() => this.#read(), EVERY);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  async #read() {
    if (document.hidden) return;
    try {
      const response = await fetch(this.getAttribute("src") ?? "", { headers: { accept: "application/json" }, signal: AbortSignal.timeout(EVERY) });
      if (!response.ok) throw new Error(String(response.status));
      const { at, counts, fullness } = await response.json();
      this.#at = at;
      this.#failed = 0;
      const number = new Intl.NumberFormat(document.documentElement.lang === "en" ? "en-GB" : "vi-VN");
      for (const [name, count] of Object.entries(counts)) {
        for (const place of this.querySelectorAll(`[data-count="${CSS.escape(name)}"]`)) place.textContent = number.format(Number(count));
      }
      for (const place of this.querySelectorAll("[data-level]")) if (place instanceof HTMLElement) place.hidden = place.dataset.level !== fullness;
    } catch {
      this.#failed += 1;
    }
    this.#sayAge();
  }

  #sayAge() {
    const stale = this.#failed >= 2;
    this.classList.toggle("is-stale", stale);
    const live = this.querySelector("[data-live]");
    if (!(live instanceof HTMLElement)) return;
    const time = clock(new Date(this.#at));
    live.classList.toggle("is-stale", stale);
    live.textContent = fill((stale ? live.dataset.stale : live.dataset.live) ?? "", { time });
  }
}

customElements.define("live-counts", LiveCounts);
