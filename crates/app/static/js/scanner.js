// @ts-check
// <qr-scanner>: shows the camera and says what it reads, as `code` events with { text, at }.
//
// `start()` opens the camera. A code that stays in sight is said once: again only after it was away for 2.5 s.

import { Camera, troubleKey } from "./camera.js";
import { element, icon } from "./dom.js";
import { word } from "./words.js";

const AWAY = 2500;
const PAUSE = 60;

export class QrScanner extends HTMLElement {
  #video = /** @type {HTMLVideoElement} */ (element("video", { playsinline: true, muted: true, "aria-label": word("cam.view") }));
  #camera = new Camera(this.#video);
  #canvas = document.createElement("canvas");
  #note = element("p", { class: "camera__note", role: "status" });
  #torch = tool("torch", word("cam.torch"));
  /** @type {Worker | undefined} */
  #worker;
  #seen = { text: "", at: 0 };
  #lit = false;
  #running = false;

  connectedCallback() {
    if (this.#video.isConnected) return;
    this.#video.muted = true;
    const turn = tool("switch", word("cam.switch"));
    const frame = element("div", { class: "camera__frame", "aria-hidden": "true" }, ...[1, 2, 3, 4].map(() => element("i")));
    const tools = element("div", { class: "camera__tools" }, this.#torch, turn, ...this.querySelectorAll("[data-tool]"));
    this.#torch.hidden = true;
    this.#torch.addEventListener("click", () => this.#light(!this.#lit));
    turn.addEventListener("click", async () => this.#opened(await this.#camera.turn()));
    this.prepend(this.#video, frame, this.#note, tools);
    document.addEventListener("visibilitychange", this.#seenAgain);
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#seenAgain);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#seenAgain);
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.#seenAgain);
    this.stop();
  }

  async start() {
    if (this.#running) return;
    this.#running = true;
    this.#worker = new Worker(new URL("./scan-worker.js", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", (event) => this.#heard(event.data));
    this.#worker.addEventListener("error", () => this.#say("cam.decoder"));
    this.#opened(await this.#camera.open());
    this.#look();
  }

  stop() {
    this.#running = false;
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#camera.close();
  }

  /** The cameras of this machine, with names once one was allowed; and the one that is open. */
  async cameras() {
    const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    return { open: this.#camera.id, all: all.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId) };
  }

  /** @param {string} id of the camera to use from now on */
  async choose(id) {
    this.#camera.choose(id);
    if (this.#running) this.#opened(await this.#camera.open());
  }

  /** @param {"environment" | "user"} facing which way to look, unless somebody has chosen a camera */
  async face(facing) {
    this.#camera.facing = facing;
    if (this.#running) this.#opened(await this.#camera.open());
  }

  /** A phone that slept, and a cable that was pulled, end the camera: it or another is opened. */
  #seenAgain = async () => {
    if (this.#running && document.visibilityState === "visible" && this.#camera.ended) this.#opened(await this.#camera.open());
  };

  /** @param {import("./camera.js").Trouble | undefined} trouble */
  #opened(trouble) {
    this.#lit = false;
    this.#torch.setAttribute("aria-pressed", "false");
    this.#torch.hidden = !this.#camera.hasTorch;
    this.#say(trouble ? troubleKey(trouble, navigator.userAgent) : "gate.idle");
    this.dispatchEvent(new CustomEvent("camera", { detail: { said: trouble && this.#note.textContent } }));
  }

  /** @param {string} key says something while nothing hinders the camera */
  tell(key) {
    if (this.#camera.live) this.#say(key);
  }

  /** @param {string} key */
  #say(key) {
    this.#note.textContent = word(key);
  }

  /** @param {boolean} on */
  async #light(on) {
    this.#lit = on;
    this.#torch.setAttribute("aria-pressed", String(on));
    await this.#camera.light(on);
  }

  /** Sends one picture to the worker; its answer asks for the next. */
  #look() {
    if (!this.#running) return;
    const { videoWidth: width, videoHeight: height } = this.#video;
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (!this.#camera.live || !width || !context || document.hidden) {
      setTimeout(() => this.#look(), PAUSE * 4);
      return;
    }
    this.#canvas.width = width;
    this.#canvas.height = height;
    context.drawImage(this.#video, 0, 0);
    const picture = context.getImageData(0, 0, width, height);
    this.#worker?.postMessage(picture, [picture.data.buffer]);
  }

  /** @param {{ ready?: boolean, broken?: boolean, text?: string | null }} answer */
  #heard({ ready, broken, text }) {
    if (broken) this.#say("cam.decoder");
    if (ready || broken) return;
    if (text) this.#read(text);
    setTimeout(() => this.#look(), PAUSE);
  }

  /** @param {string} text */
  #read(text) {
    const at = Date.now();
    const same = text === this.#seen.text && at - this.#seen.at < AWAY;
    this.#seen = { text, at };
    if (!same) this.dispatchEvent(new CustomEvent("code", { detail: { text, at } }));
  }
}

/**
 * @param {string} name
 * @param {string} label
 */
function tool(name, label) {
  return element("button", { type: "button", class: "round", "aria-label": label }, icon(name));
}

customElements.define("qr-scanner", QrScanner);
