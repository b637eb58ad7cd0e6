// @ts-check
// Reads codes out of camera pictures, off the page's own thread.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing/es/reader/index.js";

const wasm = new URL("../vendor/zxing/reader/zxing_reader.wasm", import.meta.url).href;
const ready = prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });

ready.then(
  () => postMessage({ ready: true }),
  () => postMessage({ broken: true }),
);

const OPTIONS = { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: false, tryRotate: false, tryDownscale: true };

addEventListener("message", async (event) => {
  /** @type {ImageData} */
  const picture = event.data;
  await ready.catch(() => undefined);
  const found = await readBarcodes(picture, OPTIONS).catch(() => []);
  const text = found.find((one) => one.isValid)?.text;
  postMessage({ text: text ?? null });
});
