// @ts-check
// What is set on the scanner itself, under its status: the camera, the voice, a serial port, the kiosk, the end of a shift.

import { element, one } from "../dom.js";
import { speak } from "../speech.js";
import { word } from "../words.js";
import { screenHint } from "./kiosk.js";
import { SerialScanner, serialOf } from "./serial.js";

/** What a browser offers when the page can be installed. @typedef {Event & { prompt: () => Promise<unknown> }} InstallOffer */
/** @type {InstallOffer | undefined} */
let offered;
window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offered = /** @type {InstallOffer} */ (event);
});

/** @typedef {{ scanner: import("../scanner.js").QrScanner, take: (code: string) => void }} Door */

/**
 * @param {{ store: import("./store.js").Store, door: Door, enterKiosk: (form: HTMLFormElement) => Promise<boolean> }} with_
 */
export async function openPanel({ store, door, enterKiosk }) {
  const panel = /** @type {HTMLDialogElement} */ (one("[data-panel]"));
  const cameras = chooseCamera(panel, door.scanner);
  one("[data-open-panel]").addEventListener("click", () => {
    void cameras();
    panel.showModal();
  });
  one("[data-close-panel]", panel).addEventListener("click", () => panel.close());
  one("[data-end-shift]", panel).addEventListener("click", async () => {
    await store.set({ duty: undefined });
    location.reload();
  });
  const form = /** @type {HTMLFormElement} */ (one("[data-kiosk-form]", panel));
  one("[data-kiosk-full]", form).textContent = screenHint();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await enterKiosk(form)) panel.close();
  });
  await setVoice(/** @type {HTMLInputElement} */ (one("[name=speech]", panel)), store);
  offerToInstall(one("[data-install]", panel));
  await setSerial(one("[data-serial]", panel), store, door);
}

/**
 * @param {HTMLElement} panel
 * @param {Door["scanner"]} scanner
 */
function chooseCamera(panel, scanner) {
  const field = one("[data-cameras]", panel);
  const select = /** @type {HTMLSelectElement} */ (one("select", field));
  select.addEventListener("change", () => void scanner.choose(select.value));
  return async () => {
    const { all, open } = await scanner.cameras();
    field.hidden = all.length === 0;
    const named = (/** @type {MediaDeviceInfo} */ { label }, /** @type {number} */ at) => label || word("reader.camera_n", { n: at + 1 });
    select.replaceChildren(...all.map((camera, at) => element("option", { value: camera.deviceId, selected: camera.deviceId === open }, named(camera, at))));
  };
}

/**
 * @param {HTMLInputElement} tick
 * @param {import("./store.js").Store} store
 */
async function setVoice(tick, store) {
  tick.checked = (await store.get("speech")) ?? false;
  speak(tick.checked);
  tick.addEventListener("change", () => {
    speak(tick.checked);
    void store.set({ speech: tick.checked });
  });
}

/**
 * @param {HTMLElement} part
 * @param {import("./store.js").Store} store
 * @param {Door} door
 */
async function setSerial(part, store, door) {
  const serial = serialOf();
  if (!serial) return;
  part.hidden = false;
  const [rate, said] = [/** @type {HTMLSelectElement} */ (one("select", part)), one("[role=status]", part)];
  rate.value = String((await store.get("serial_rate")) ?? 9600);
  const scanner = new SerialScanner(serial, {
    code: door.take,
    tell: (state) => (said.textContent = word(`reader.serial_${state}`)),
    rate: () => Number(rate.value),
  });
  one("button", part).addEventListener("click", async () => {
    await store.set({ serial_rate: Number(rate.value) });
    await scanner.ask();
  });
  await scanner.again();
}

/**
 * How the scanner becomes an app: by a button where the browser has one, else in words; said no more once it is one.
 * @param {HTMLElement} part
 */
function offerToInstall(part) {
  part.hidden = matchMedia("(display-mode: standalone), (display-mode: fullscreen)").matches;
  const [button, how] = [/** @type {HTMLButtonElement} */ (one("button", part)), one("p:last-child", part)];
  const settle = () => {
    button.hidden = !offered;
    how.hidden = !button.hidden;
  };
  settle();
  window.addEventListener("beforeinstallprompt", settle);
  window.addEventListener("appinstalled", () => (part.hidden = true));
  button.addEventListener("click", () => void offered?.prompt());
}
