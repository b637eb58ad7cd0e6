// @ts-check
// <otp-countdown seconds="45">: holds its button back, and says for how long. Words: data-wait, with {n}.

import { fill } from "./words.js";

class OtpCountdown extends HTMLElement {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  connectedCallback() {
    const button = this.querySelector("button");
    const label = button?.querySelector("span") ?? button;
    if (!button || !label) return;
    const words = label.textContent ?? "";
    const until = performance.now() + Number(this.getAttribute("seconds") ?? 0) * 1000;
    const tick = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      button.disabled = left > 0;
      label.textContent = left > 0 ? fill(this.dataset.wait ?? "", { n: left }) : words;
      if (left <= 0) clearInterval(this.#timer);
    };
    this.#timer = setInterval(tick, 1000);
    tick();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }
}

customElements.define("otp-countdown", OtpCountdown);
