// @ts-check
// The camera at the desk: reads the square of a paper, where there is a camera.

import { one } from "./dom.js";

/**
 * Shows the button where this machine has a camera.
 * @param {HTMLElement} form
 * @param {(text: string) => void} read takes what a square said
 */
export async function offerCamera(form, read) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  if (!all.some(({ kind }) => kind === "videoinput")) return;
  const [button, part] = [one("[data-camera]", form), one("[data-reader]", form)];
  button.hidden = false;
  button.addEventListener("click", async () => {
    const { QrScanner } = await import("./scanner.js");
    const camera = one("qr-scanner", part);
    if (!(camera instanceof QrScanner) || !part.hidden) return;
    part.hidden = false;
    const close = () => {
      camera.stop();
      part.hidden = true;
      button.focus();
    };
    one("[data-camera-close]", part).addEventListener("click", close, { once: true });
    camera.addEventListener(
      "code",
      (event) => {
        close();
        read(/** @type {CustomEvent<{ text: string }>} */ (event).detail.text);
      },
      { once: true },
    );
    camera.start();
  });
}
