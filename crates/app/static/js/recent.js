// @ts-check
// The last ten scans, newest first: shape, word, direction, time. No names. The newest can be undone for half a minute.

import { element, icon } from "./dom.js";
import { clock, isEcho, smallKey } from "./verdict.js";
import { word } from "./words.js";

const KEPT = 10;
const UNDO = 30_000;

/** One line as it is kept: nothing about anybody. @typedef {{ said: string, decision: import("./scans.js").Result["decision"], direction: import("./scans.js").Direction, at: string | number }} Line */

export class Recent {
  /**
   * @param {HTMLElement} root
   * @param {Line[]} [kept] those of before the page was opened, newest first
   * @param {(lines: Line[]) => unknown} [keep] keeps them for when it is opened again
   */
  constructor(root, kept = [], keep = () => undefined) {
    /** @type {Line[]} */
    this.lines = [];
    this.keep = keep;
    this.list = /** @type {HTMLElement} */ (root.querySelector("[data-list]"));
    this.count = root.querySelector("[data-counted]");
    this.none = /** @type {HTMLElement | null} */ (root.querySelector("[data-none]"));
    for (const line of kept.slice(0, KEPT).reverse()) this.#put(line);
  }

  /**
   * @param {import("./scans.js").Result} result
   * @param {import("./decision.js").Act} [undo]
   */
  add(result, undo) {
    const { decision, direction, at } = result;
    this.#put({ said: isEcho(result) ? "reasons.already_scanned" : smallKey(result), decision, direction, at }, undo);
    this.keep(this.lines);
  }

  /**
   * @param {Line} line
   * @param {import("./decision.js").Act} [undo]
   */
  #put(line, undo) {
    this.lines = [line, ...this.lines].slice(0, KEPT);
    this.list.querySelector("button")?.remove();
    const { said, decision, direction, at } = line;
    this.list.prepend(
      element(
        "li",
        {},
        element("span", { class: `mark mark--${decision}` }, icon(decision, "shape"), word(said)),
        element("span", { class: "cell" }, icon(direction), word(`direction.${direction}`)),
        element("time", {}, clock(new Date(at))),
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
