// @ts-check
// The field for codes that are typed: opened when it is wanted, and mended in place.

import { element, icon, one } from "./dom.js";

export class TypedField {
  /**
   * @param {HTMLElement} section
   * @param {HTMLElement} opener
   */
  constructor(section, opener) {
    this.section = section;
    this.opener = opener;
    this.form = /** @type {HTMLFormElement} */ (one("form", section));
    this.input = /** @type {HTMLInputElement} */ (one("[name=code]", section));
    this.field = /** @type {HTMLElement} */ (one(".field", section));
    this.#show(this.input.getAttribute("aria-invalid") === "true");
    opener.hidden = false;
    opener.addEventListener("click", () => (section.hidden ? this.open() : this.#show(false)));
  }

  open() {
    this.#show(true);
    this.input.focus();
  }

  /** Shows it without the focus: keys that a scanner types are not to pass through an input method. */
  reveal() {
    this.#show(true);
  }

  close() {
    this.#show(false);
  }

  /** Whether it is open. */
  get shown() {
    return !this.section.hidden;
  }

  /** What was typed, taken out of the field. */
  take() {
    const code = this.input.value.trim();
    this.input.value = "";
    this.#right();
    return code;
  }

  /**
   * Says what is wrong. What was typed comes back, unless something else is being typed already.
   * @param {string} text
   * @param {string} [code]
   */
  mend(text, code = "") {
    this.#right();
    const flag = icon("flag", "icon icon--small");
    this.input.before(element("p", { class: "field__error", id: "code-error", role: "alert" }, flag, element("span", {}, text)));
    this.field.classList.add("has-error");
    this.input.setAttribute("aria-describedby", "code-hint code-error");
    this.open();
    if (this.input.value) return;
    this.input.setAttribute("aria-invalid", "true");
    this.input.value = code;
    this.input.select();
  }

  #right() {
    this.field.querySelector(".field__error")?.remove();
    this.field.classList.remove("has-error");
    this.input.removeAttribute("aria-invalid");
    this.input.setAttribute("aria-describedby", "code-hint");
  }

  /** @param {boolean} shown */
  #show(shown) {
    this.section.hidden = !shown;
    this.opener.setAttribute("aria-expanded", String(shown));
  }
}
