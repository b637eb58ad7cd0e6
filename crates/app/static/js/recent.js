// @ts-check
// The last ten scans, newest first: shape, word, direction, time. No names.

import { element, icon } from "./dom.js";
import { clock, isEcho, smallKey } from "./verdict.js";
import { word } from "./words.js";

const KEPT = 10;

export class Recent {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.list = /** @type {HTMLElement} */ (root.querySelector("[data-list]"));
    this.count = root.querySelector("[data-counted]");
    this.none = /** @type {HTMLElement | null} */ (root.querySelector("[data-none]"));
  }

  /** @param {import("./scans.js").Result} result */
  add(result) {
    const { decision, direction } = result;
    const said = word(isEcho(result) ? "reasons.already_scanned" : smallKey(result));
    this.list.prepend(
      element(
        "li",
        {},
        element("span", { class: `mark mark--${decision}` }, icon(decision, "shape"), said),
        element("span", { class: "cell" }, icon(direction), word(`direction.${direction}`)),
        element("time", {}, clock(new Date(result.at))),
      ),
    );
    while (this.list.children.length > KEPT) this.list.lastElementChild?.remove();
    if (this.none) this.none.hidden = true;
    if (this.count) this.count.textContent = `${this.list.children.length} / ${KEPT}`;
  }
}
