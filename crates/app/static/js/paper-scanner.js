// @ts-check
// Reads the square of an identity paper into the form, and sends it: nothing of it stays on the screen.

import { one } from "./dom.js";
import { QrScanner } from "./scanner.js";

const form = /** @type {HTMLFormElement} */ (one("#paper"));
const camera = one("qr-scanner", form);
const field = /** @type {HTMLInputElement} */ (one("#code", form));
const start = one("[data-start]", camera);

if (camera instanceof QrScanner) {
  one("button", start).addEventListener("click", () => {
    start.hidden = true;
    camera.start();
  });
  camera.addEventListener("code", (event) => {
    camera.stop();
    field.value = /** @type {CustomEvent<{ text: string }>} */ (event).detail.text;
    form.requestSubmit();
  });
}
