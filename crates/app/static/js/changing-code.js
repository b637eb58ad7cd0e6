// @ts-check
// In the <code-panel>: a code that changes every half minute, in place of the one that stands still. Where something is missing for it,
// that one stays.

import { generate, mode } from "../vendor/lean-qr/index.js";
import { assemble, message, STEP, stepAt } from "./phone-code.js";
import { able, alone, ensured, keep, kept } from "./phone-key.js";
import { ServerClock } from "./server-clock.js";

/** A module in CSS pixels, and light modules on every side. */
const MODULE = 4;
const QUIET = 4;

const panel = /** @type {HTMLElement | null} */ (document.querySelector("code-panel[data-card]"));
if (panel) show(panel).catch(() => still(panel));

/** @param {HTMLElement} panel */
async function show(panel) {
  if (!able()) return still(panel);
  const clock = new ServerClock(0);
  const own = await alone(() => found(panel, clock));
  if (!own || own.card !== panel.dataset.card) return still(panel);
  await change(panel, own, clock);
}

/**
 * What this phone has for the card on the page, and the time. On a page that was saved nothing is asked for.
 * @param {HTMLElement} panel
 * @param {ServerClock} clock
 */
async function found(panel, clock) {
  const { card = "", phone = "", keys = "", now = "0" } = panel.dataset;
  let own = await kept();
  if (document.querySelector("[data-saved]:not([hidden])")) {
    clock.ahead = own?.ahead ?? 0;
    await clock.ask();
    return own;
  }
  const [arrived] = performance.getEntriesByType("navigation");
  const since = arrived instanceof PerformanceNavigationTiming ? performance.now() - arrived.responseStart : 0;
  clock.set(Number(now) + since);
  own = await ensured(own, { card, phone, keys: keys.split(" ") }, clock);
  if (own) await keep({ ...own, ahead: clock.ahead });
  return own;
}

/**
 * Draws each step's code until the credential ends.
 * @param {HTMLElement} panel
 * @param {import("./phone-key.js").Kept} own
 * @param {ServerClock} clock
 */
async function change(panel, own, clock) {
  const [canvas, svg, left, swap] = [part(panel, "canvas"), part(panel, "[data-square] svg"), part(panel, "progress"), part(document, "[data-swap]")];
  let shown = 0;
  let fixed = false;
  const tick = async () => {
    if (clock.slept()) await clock.ask();
    const now = clock.now();
    const step = stepAt(now);
    if (now >= own.expires) return still(panel);
    if (step !== shown) {
      draw(/** @type {HTMLCanvasElement} */ (canvas), await text(own, step));
      shown = step;
    }
    /** @type {HTMLProgressElement} */ (left).value = (STEP - (now % STEP)) / 1000;
    canvas.hidden = left.hidden = fixed;
    svg.toggleAttribute("hidden", !fixed);
    for (const line of panel.querySelectorAll("[data-changes]")) line.toggleAttribute("hidden", fixed);
    swap.hidden = false;
    timer = setTimeout(again, Math.min(1000, STEP - (clock.now() % STEP) + 5));
  };
  const again = () => void tick().catch(() => still(panel));
  let timer = 0;
  const anew = () => {
    clearTimeout(timer);
    again();
  };
  swap.addEventListener("click", () => {
    fixed = !fixed;
    anew();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") anew();
  });
  await tick();
}

/**
 * @param {import("./phone-key.js").Kept} own
 * @param {number} step
 */
async function text(own, step) {
  const how = { name: "ECDSA", hash: "SHA-256" };
  const signature = await crypto.subtle.sign(how, own.pair.privateKey, await message(own.credential, step));
  return assemble(own.credential, step, new Uint8Array(signature));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} digits
 */
function draw(canvas, digits) {
  const square = generate(mode.numeric(digits));
  if (!square) throw new Error("no square holds it");
  const side = square.size + 2 * QUIET;
  const dots = MODULE * Math.ceil(devicePixelRatio || 1);
  canvas.width = canvas.height = side * dots;
  canvas.style.setProperty("--side", `${side * MODULE}px`);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#FFF";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  for (let y = 0; y < square.size; y++) {
    for (let x = 0; x < square.size; x++) {
      if (square.get(x, y)) pen.fillRect((x + QUIET) * dots, (y + QUIET) * dots, dots, dots);
    }
  }
}

/** @param {HTMLElement} panel */
function still(panel) {
  for (const live of panel.querySelectorAll("canvas, progress, [data-changes]")) live.setAttribute("hidden", "");
  for (const one of panel.querySelectorAll("[data-square] svg, [data-still]")) one.removeAttribute("hidden");
  document.querySelector("[data-swap]")?.setAttribute("hidden", "");
}

/**
 * @param {ParentNode} of
 * @param {string} name
 */
function part(of, name) {
  const found = /** @type {HTMLElement | null} */ (of.querySelector(name));
  if (!found) throw new Error(name);
  return found;
}
