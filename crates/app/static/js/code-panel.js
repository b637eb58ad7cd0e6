// @ts-check
// <code-panel>: the holder's code. Touching the square fills the screen with it; the screen stays on meanwhile.
//
// With data-renews="SECONDS" the ring and the words count down; the page that renews sets it again.

import { rest, stayAwake } from "./wake-lock.js";
import { fill } from "./words.js";

class CodePanel extends HTMLElement {
  static observedAttributes = ["data-renews"];
  #until = 0;
  #whole = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  connectedCallback() {
    const bright = () => this.#brighten(!this.classList.contains("is-bright"));
    this.querySelector("[data-square]")?.addEventListener("click", bright);
    for (const button of document.querySelectorAll("[data-brighten]")) button.addEventListener("click", bright);
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#brighten(false);
    });
    stayAwake();
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    rest();
  }

  attributeChangedCallback() {
    this.#whole = Number(this.dataset.renews) || 0;
    this.#until = performance.now() + this.#whole * 1000;
    this.#tick();
  }

  /** @param {boolean} on */
  #brighten(on) {
    this.classList.toggle("is-bright", on);
    const square = this.querySelector("[data-square]");
    square?.setAttribute("aria-expanded", String(on));
    if (square instanceof HTMLElement) square.focus();
  }

  #tick() {
    if (!this.#whole) return;
    const left = Math.max(0, Math.ceil((this.#until - performance.now()) / 1000));
    const ring = this.querySelector(".rest");
    ring?.setAttribute("stroke-dasharray", `${(left / this.#whole) * 100} 100`);
    const words = this.querySelector("[data-renews-words]");
    if (words instanceof HTMLElement) words.textContent = fill(words.dataset.renewsWords ?? "", { n: left });
    if (left === 0) this.dispatchEvent(new CustomEvent("due", { bubbles: true }));
  }
}

customElements.define("code-panel", CodePanel);
