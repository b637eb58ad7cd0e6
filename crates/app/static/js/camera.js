// @ts-check
// A camera opened for reading codes: opened, turned round, lit, closed.

/** @typedef {"denied" | "busy" | "none" | "insecure"} Trouble */

export class Camera {
  /** @type {MediaStream | undefined} */
  #stream;
  #facing = "environment";

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video;
  }

  /** @returns {Promise<Trouble | undefined>} what hinders, if anything does */
  async open() {
    this.close();
    if (!navigator.mediaDevices?.getUserMedia) return "insecure";
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: { ideal: this.#facing }, width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      this.video.srcObject = this.#stream;
      await this.video.play();
      return undefined;
    } catch (error) {
      return trouble(error);
    }
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
    this.#facing = this.#facing === "environment" ? "user" : "environment";
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
