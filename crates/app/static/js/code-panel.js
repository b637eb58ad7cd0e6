// @ts-check
// <code-panel>: the holder's code. Touching the square fills the screen with it; the screen stays on meanwhile.

import { rest, stayAwake } from "./wake-lock.js";

class CodePanel extends HTMLElement {
  connectedCallback() {
    const bright = () => this.#brighten(!this.classList.contains("is-bright"));
    this.querySelector("[data-square]")?.addEventListener("click", bright);
    for (const button of document.querySelectorAll("[data-brighten]")) button.addEventListener("click", bright);
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#brighten(false);
    });
    stayAwake();
  }

  disconnectedCallback() {
    rest();
  }

  /** @param {boolean} on */
  #brighten(on) {
    this.classList.toggle("is-bright", on);
    const square = this.querySelector("[data-square]");
    square?.setAttribute("aria-expanded", String(on));
    if (square instanceof HTMLElement) square.focus();
  }
}

customElements.define("code-panel", CodePanel);
