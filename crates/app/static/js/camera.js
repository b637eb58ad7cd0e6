// @ts-check
// A camera opened for reading codes: opened, chosen among others, turned round, lit, closed.

/** @typedef {"denied" | "busy" | "none" | "insecure"} Trouble */

const CHOSEN = "vaora-camera";
const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 } };

export class Camera {
  /** @type {MediaStream | undefined} */
  #stream;
  /** Which way it looks, where nobody has chosen one. */
  facing = "environment";

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video;
  }

  /** @returns {Promise<Trouble | undefined>} what hinders, if anything does */
  async open() {
    this.close();
    if (!navigator.mediaDevices?.getUserMedia) return "insecure";
    try {
      this.#stream = await this.#wanted();
      this.video.srcObject = this.#stream;
      await this.video.play();
      return undefined;
    } catch (error) {
      return trouble(error);
    }
  }

  /** The chosen camera; another one while that is not there. */
  async #wanted() {
    const media = navigator.mediaDevices;
    const any = { video: { facingMode: { ideal: this.facing }, ...SIZE } };
    const id = this.chosen;
    if (!id) return media.getUserMedia(any);
    return media.getUserMedia({ video: { deviceId: { exact: id }, ...SIZE } }).catch((error) => {
      if (trouble(error) === "denied") throw error;
      return media.getUserMedia(any);
    });
  }

  /** The id of the camera that somebody has chosen on this machine; empty for none. */
  get chosen() {
    return localStorage.getItem(CHOSEN) ?? "";
  }

  /**
   * From now on this camera is opened; an empty id leaves it to the browser again.
   * @param {string} id
   */
  choose(id) {
    if (id) localStorage.setItem(CHOSEN, id);
    else localStorage.removeItem(CHOSEN);
  }

  /** The id of the camera that is open. */
  get id() {
    return this.#track?.getSettings().deviceId ?? "";
  }

  close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.video.srcObject = null;
  }

  /** Whether pictures are coming. A phone that slept ends the track. */
  get live() {
    return this.#track?.readyState === "live" && this.video.readyState >= 2;
  }

  /** Whether the camera was opened and its track has ended since. */
  get ended() {
    return this.#track?.readyState === "ended";
  }

  async turn() {
    this.facing = this.facing === "environment" ? "user" : "environment";
    this.choose("");
    return this.open();
  }

  get hasTorch() {
    const able = /** @type {{ torch?: boolean } | undefined} */ (this.#track?.getCapabilities?.());
    return able?.torch === true;
  }

  /** @param {boolean} on */
  async light(on) {
    const wish = /** @type {MediaTrackConstraints} */ (/** @type {unknown} */ ({ advanced: [{ torch: on }] }));
    await this.#track?.applyConstraints(wish).catch(() => undefined);
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }
}

/**
 * @param {unknown} error
 * @returns {Trouble}
 */
function trouble(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "none";
  return "busy";
}

/**
 * The words about what hinders: where to allow a camera differs from phone to phone.
 * @param {Trouble} trouble
 * @param {string} agent what the browser says of itself
 */
export function troubleKey(trouble, agent) {
  if (trouble !== "denied") return `cam.${trouble}`;
  if (/iPhone|iPad/.test(agent)) return "cam.denied_ios";
  return /Android/.test(agent) ? "cam.denied_android" : "cam.denied";
}
