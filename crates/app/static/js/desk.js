// @ts-check
// The desk of an office, quicker: a scanner may type a paper's code whatever has the focus, records that may be the same
// person's come as soon as a field is left, and everything is done by keys. The page does the same without it.

import { gatherKeys } from "./typing-scanner.js";

const LOOKED_BY = new Set(["id_number", "old_number", "insurance", "name", "birth", "phone"]);
/** What was settled, as far as it is still about who is looked at, and the card that was seen. */
const SETTLED = ["chosen", "others", "seen"];
const PARTS = ["#evidence", "#open"];

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-desk]"));
/** Which look is the latest: an answer to an older one is not shown. */
let asked = 0;

/** Sends the form for a look, and shows what the server found beside what is being typed. */
async function look() {
  if (!form) return;
  const turn = ++asked;
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  fields.set("action", "look");
  // Not `form.action`: that is the button of this name.
  const answer = await fetch(form.getAttribute("action") ?? "", { method: "POST", body: fields, headers: { accept: "text/html" } }).catch(() => undefined);
  if (!answer?.ok || turn !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of PARTS) {
    const [old, fresh] = [form.querySelector(part), page.querySelector(part)];
    if (old && fresh && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(fresh));
  }
  for (const name of SETTLED) {
    const [old, now] = [form.elements.namedItem(name), page.querySelector(`[data-desk] [name=${name}]`)];
    if (old instanceof HTMLInputElement && now instanceof HTMLInputElement) old.value = now.value;
  }
}

/**
 * Presses a button of the form, if it has it.
 * @param {string} selector
 */
function press(selector) {
  /** @type {HTMLElement | null | undefined} */ (form?.querySelector(selector))?.click();
}

/** @param {EventTarget | null} target */
const isField = (target) => target instanceof HTMLElement && target.matches("input:not([type=radio], [type=hidden]), select, textarea");

/** @param {KeyboardEvent} event */
function keys(event) {
  if (event.defaultPrevented || event.altKey || event.metaKey) return;
  if (event.ctrlKey && event.key === "Enter") {
    event.preventDefault();
    return press("[name=action][value=issue]");
  }
  if (event.ctrlKey) return;
  if (event.key === "Escape") return press("[data-key=Escape]");
  if (isField(event.target)) return;
  const match = form?.querySelectorAll(".match")[Number(event.key) - 1];
  const use = match?.querySelector("[value^='use:']");
  if (use instanceof HTMLElement) use.focus();
}

if (form) {
  const code = /** @type {HTMLInputElement} */ (form.elements.namedItem("code"));
  const send = () => {
    asked += 1;
    form.requestSubmit(/** @type {HTMLElement} */ (form.querySelector("[name=action][value=look]")));
  };
  gatherKeys(code, () => {}, send);
  form.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && LOOKED_BY.has(target.name)) look();
  });
  document.addEventListener("keydown", keys);
}
