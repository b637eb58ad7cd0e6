// @ts-check
// The last ten scans, newest first: shape, word, direction, time. No names. The newest can be undone for half a minute.

import { element, icon } from "./dom.js";
import { clock, isEcho, smallKey } from "./verdict.js";
import { word } from "./words.js";

const KEPT = 10;
const UNDO = 30_000;

export class Recent {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.list = /** @type {HTMLElement} */ (root.querySelector("[data-list]"));
    this.count = root.querySelector("[data-counted]");
    this.none = /** @type {HTMLElement | null} */ (root.querySelector("[data-none]"));
  }

  /**
   * @param {import("./scans.js").Result} result
   * @param {import("./decision.js").Act} [undo]
   */
  add(result, undo) {
    this.list.querySelector("button")?.remove();
    const { decision, direction } = result;
    const said = word(isEcho(result) ? "reasons.already_scanned" : smallKey(result));
    this.list.prepend(
      element(
        "li",
        {},
        element("span", { class: `mark mark--${decision}` }, icon(decision, "shape"), said),
        element("span", { class: "cell" }, icon(direction), word(`direction.${direction}`)),
        element("time", {}, clock(new Date(result.at))),
        undo && button(undo),
      ),
    );
    while (this.list.children.length > KEPT) this.list.lastElementChild?.remove();
    if (this.none) this.none.hidden = true;
    if (this.count) this.count.textContent = `${this.list.children.length} / ${KEPT}`;
  }
}

/** @param {import("./decision.js").Act} undo */
function button({ label, act }) {
  const made = element("button", { type: "button", class: "link" }, icon("undo"), label);
  made.addEventListener("click", () => {
    made.remove();
    act?.();
  });
  setTimeout(() => made.remove(), UNDO);
  return made;
}
