// @ts-check
// The desk of an office, quicker: a scanner may type a paper's code whatever has the focus, records that may be the same
// person's come as soon as a field is left, and everything is done by keys. The page does the same without it.

import { offerCamera } from "./desk-camera.js";
import { Escapes, after, needed, wish } from "./desk-keys.js";
import { one } from "./dom.js";
import { gatherKeys } from "./typing-scanner.js";

const LOOKED_BY = new Set(["id_number", "old_number", "insurance", "name", "birth", "phone"]);
/** What was settled, as far as it is still about who is looked at, and the card that was seen. */
const SETTLED = ["chosen", "others", "seen"];
const PARTS = ["#alike", "#open"];
/** What is about the person before, and goes when the desk is cleared. */
const SAID = ".summary, .desk__trouble, .desk__issued, .field__error, [data-read]";
/** How long what was cleared can be brought back, in milliseconds. */
const UNDONE = 15_000;
/** What is typed blindly is shown when nothing has followed it for so long. */
const BLIND = 700;

const form = /** @type {HTMLFormElement} */ (one("[data-desk]"));
const code = /** @type {HTMLInputElement} */ (form.elements.namedItem("code"));
const escapes = new Escapes();
/** Which look is the latest: an answer to an older one is not shown. */
let asked = 0;
/** Whether the last look found nobody signed in. */
let over = false;

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/** The fields of the person in their order; of several answers the chosen one, or the first. */
function fields() {
  /** @type {Map<string, { name: string, input: Control, filled: boolean }>} */
  const all = new Map();
  for (const input of /** @type {NodeListOf<Control>} */ (form.querySelectorAll(".desk__work :is(input, select)"))) {
    if (input === code) continue;
    const choice = input.type === "radio";
    const filled = choice ? /** @type {HTMLInputElement} */ (input).checked : input.value !== "";
    if (!all.has(input.name) || (choice && filled)) all.set(input.name, { name: input.name, input, filled });
  }
  return [...all.values()];
}

/** @param {string} name */
const field = (name) => fields().find((one) => one.name === name);

/** Sends the form for a look, and shows what the server found beside what is being typed. */
async function look() {
  const turn = ++asked;
  const sent = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") sent.append(name, value);
  sent.set("action", "look");
  sent.delete("code");
  // Not `form.action`: that is the button of this name.
  const answer = await fetch(form.getAttribute("action") ?? "", { method: "POST", body: sent, headers: { accept: "text/html" } }).catch(() => undefined);
  const page = new DOMParser().parseFromString((await answer?.text().catch(() => "")) ?? "", "text/html");
  if (turn !== asked) return;
  const there = page.querySelector("[data-desk]") !== null;
  over = answer?.ok === true && !there;
  if (!answer?.ok || !there) return failed();
  for (const part of PARTS) {
    const [old, fresh] = [form.querySelector(part), page.querySelector(part)];
    if (old && fresh && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(fresh));
  }
  for (const name of SETTLED) {
    const [old, now] = [form.elements.namedItem(name), page.querySelector(`[data-desk] [name=${name}]`)];
    if (old instanceof HTMLInputElement && now instanceof HTMLInputElement) old.value = now.value;
  }
  complete(sent, page);
}

/** Says that nobody could be looked for, and why. */
function failed() {
  one("[data-failed]", form).hidden = over;
  one("[data-over]", form).hidden = !over;
}

/**
 * Takes over what the server made of the fields, as far as nobody has typed on: a name in capitals, and what the number says.
 * @param {URLSearchParams} sent
 * @param {Document} page
 */
function complete(sent, page) {
  for (const name of ["name", "birth"]) {
    const [old, now] = [field(name)?.input, page.querySelector(`[data-desk] input[name=${name}]`)];
    if (old && now instanceof HTMLInputElement && old !== document.activeElement && old.value === sent.get(name)) old.value = now.value;
  }
  const gender = page.querySelector("[data-desk] [name=gender]:checked");
  if (field("gender")?.filled || !(gender instanceof HTMLInputElement)) return;
  const choice = form.querySelector(`[name=gender][value=${gender.value}]`);
  if (choice instanceof HTMLInputElement) choice.checked = true;
}

/**
 * Presses a button, if it is there.
 * @param {string} selector
 * @param {ParentNode | null | undefined} [within]
 */
function press(selector, within = form) {
  /** @type {HTMLElement | null | undefined} */ (within?.querySelector(selector))?.click();
}

/** @param {EventTarget | null} target */
const isField = (target) => target instanceof HTMLElement && target.matches("input, select, textarea") && form.contains(target);

/** Empties the form, and offers to bring back what was in it. */
function clear() {
  const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input:not([name=kind])"));
  const kept = [...inputs].map((input) => ({ input, value: input.value, checked: input.checked }));
  const said = /** @type {HTMLElement[]} */ ([...form.querySelectorAll(SAID)].filter((part) => part instanceof HTMLElement && !part.hidden));
  const anything = fields().some(({ name, filled }) => filled && name !== "commune");
  for (const input of inputs) if (input.type === "radio" || input.type === "checkbox") input.checked = false;
  else input.value = "";
  for (const part of said) part.hidden = true;
  for (const part of form.querySelectorAll(".has-error")) part.classList.remove("has-error");
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  field("id_number")?.input.focus();
  look();
  if (anything) offerUndo(() => {
    for (const { input, value, checked } of kept) Object.assign(input, { value, checked });
    for (const part of said) part.hidden = false;
    look();
  });
}

/** @param {() => void} undo */
function offerUndo(undo) {
  const part = one("[data-cleared]", form);
  const fresh = part.cloneNode(true);
  if (!(fresh instanceof HTMLElement)) return;
  part.replaceWith(fresh);
  fresh.hidden = false;
  one("button", fresh).addEventListener("click", () => {
    undo();
    fresh.hidden = true;
    field("id_number")?.input.focus();
  });
  setTimeout(() => (fresh.hidden = true), UNDONE);
}

/** @param {KeyboardEvent} event */
function keys(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const wished = wish(event);
  if (!wished) return event.key === "Enter" && isField(event.target) ? enter(event) : undefined;
  event.preventDefault();
  if (wished.act === "clear") return escapes.clears(event.timeStamp, isField(event.target)) ? clear() : undefined;
  if (wished.act === "issue") return press("[name=action][value=issue]");
  if (wished.act === "print") return press("[data-print-card]");
  const open = "[value^='other:']:has(kbd)";
  if (wished.n === 0) return press(open);
  press(`[value^='${wished.act}:']`, form.querySelectorAll(".match")[wished.n - 1]);
}

/**
 * Enter looks, and goes on to the next field: a page that is sent takes the focus away.
 * @param {KeyboardEvent} event
 */
function enter(event) {
  event.preventDefault();
  if (event.target === code) return send();
  const before = asked;
  const next = after(fields(), /** @type {Control} */ (event.target).name);
  const issue = /** @type {HTMLElement} */ (one("[name=action][value=issue]", form));
  (next?.input ?? issue).focus();
  if (next?.input instanceof HTMLInputElement && next.input.type !== "radio") next.input.select();
  // Leaving a field that was changed looks already.
  if (asked === before) look();
}

/** Where typing goes on: the field that lacks something, the record that is open, or the button. Fingers bring their own keyboard. */
function focusNext() {
  if (document.querySelector("[data-focus]") || matchMedia("(pointer: coarse)").matches) return;
  const lacking = needed(fields())?.input;
  const open = /** @type {HTMLElement | null} */ (form.querySelector(".match:has([value^='other:'] kbd) [value^='use:']"));
  (lacking ?? open ?? one("[name=action][value=issue]", form)).focus({ preventScroll: !lacking });
}

function send() {
  asked += 1;
  form.requestSubmit(/** @type {HTMLElement} */ (form.querySelector("[name=action][value=look]")));
}

/** What was typed outside all fields, and was no scanner's, is shown where it went. */
function began() {
  const was = code.value;
  setTimeout(() => {
    if (code.value !== was) return began();
    if (!was) return;
    one("details.desk__code", form).setAttribute("open", "");
    code.focus();
  }, BLIND);
}

gatherKeys(code, began, send);
form.addEventListener("change", ({ target }) => {
  if (target instanceof HTMLInputElement && LOOKED_BY.has(target.name)) look();
});
// Whoever is signed out would lose the form: first it must be known that they are back.
form.addEventListener("submit", async (event) => {
  if (!over) return;
  event.preventDefault();
  event.stopPropagation();
  await look();
  if (!over) form.requestSubmit(event.submitter);
});
form.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-clear]")) return;
  event.preventDefault();
  clear();
});
document.addEventListener("keydown", keys);
offerCamera(form, (text) => {
  code.value = text;
  send();
});
focusNext();
