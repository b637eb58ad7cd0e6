// @ts-check
// What the gate knows, and how it hears more: the enrolment, the lists, the time, the last word from the server.

import { fromBase64url } from "./bytes.js";
import { receive } from "./bundle.js";
import { Refused } from "./cbor.js";
import { openKeyList, rootOf } from "./cose.js";

/** @typedef {{ token: string, root: string }} Enrolment */
/** @typedef {import("./reader.js").Lists} Known */

const PATIENCE = 30_000;

export class Lists {
  /** @type {Enrolment | null} */
  enrolment = null;
  /** @type {Known | null} */
  known = null;
  /** Why the newest bundle was not taken; empty when it was. */
  trouble = "";
  /** Whether the server says that the token is not good. */
  revoked = false;
  /** When the server was last heard, milliseconds by the corrected clock; 0 for never. */
  contact = 0;
  /** Whether the last thing that was asked was answered. */
  online = navigator.onLine;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./clock.js").Clock} clock
   */
  constructor(store, clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Takes up what is kept: also without a network. */
  async load() {
    this.enrolment = (await this.store.get("enrolment")) ?? null;
    this.contact = (await this.store.get("contact")) ?? 0;
    this.revoked = (await this.store.get("revoked")) ?? false;
    const held = await this.store.get("held");
    const root = rootOf(this.enrolment?.root ?? "");
    if (held && root) this.known = { held, keyring: await openKeyList(held.keyList, root) };
  }

  /**
   * Becomes the device of that token: all that is known of another one is forgotten, but the lines that wait.
   * @param {Enrolment} enrolment
   */
  async enrol(enrolment) {
    await this.store.forget();
    await this.store.set({ enrolment, clock: this.clock.kept });
    Object.assign(this, { enrolment, known: null, trouble: "", revoked: false, contact: 0 });
  }

  /** Asks for what is new. What is wrong with it leaves what is held. */
  async refresh() {
    try {
      await this.#ask(this.known?.held.issued);
      this.trouble = "";
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.trouble = error.message;
    }
  }

  /** @param {number} [from] */
  async #ask(from) {
    const { enrolment } = this;
    const root = rootOf(enrolment?.root ?? "");
    if (!enrolment || !root) return;
    const answer = await this.#fetched(enrolment.token, from);
    if (!answer?.ok) return;
    const bytes = await answer.arrayBuffer().catch(() => undefined);
    if (!bytes) return;
    try {
      this.known = await receive(new Uint8Array(bytes), root, this.known?.held ?? null, this.clock.now() / 1000);
    } catch (error) {
      // What changed is no use for what is held: the whole is.
      if (from === undefined || !(error instanceof Refused) || error.message !== "mismatch") throw error;
      await this.#ask();
      return;
    }
    await this.store.set({ held: this.known.held, etag: answer.headers.get("etag") });
  }

  /**
   * @param {string} token
   * @param {number} [from]
   */
  async #fetched(token, from) {
    const tag = from === undefined ? null : await this.store.get("etag");
    const asked = performance.now();
    try {
      const answer = await fetch(`/api/v1/gate-bundle${from === undefined ? "" : `?from=${from}`}`, {
        credentials: "omit",
        redirect: "error",
        cache: "no-store",
        headers: { authorization: `Bearer ${token}`, ...(tag && { "if-none-match": tag }) },
        signal: AbortSignal.timeout(PATIENCE),
      });
      // Lines are taken from a lost device, too; lists are given to a good one alone.
      if (answer.ok || answer.status === 304) this.revoked = false;
      await this.heard(answer, performance.now() - asked);
      return answer;
    } catch {
      this.online = false;
      return undefined;
    }
  }

  /** The server says that the device was reported lost: from now on nobody is let in here, with a network or without. */
  async lose() {
    this.revoked = true;
    await this.store.set({ revoked: true }).catch(() => undefined);
  }

  /**
   * The server answered something.
   * @param {Response} answer
   * @param {number} took
   */
  async heard(answer, took) {
    this.clock.heard(answer.headers.get("date"), took);
    this.online = true;
    this.contact = this.clock.now();
    if (answer.status === 401) this.revoked = true;
    await this.store.set({ contact: this.contact, revoked: this.revoked, clock: this.clock.kept }).catch(() => undefined);
  }
}

/**
 * The enrolment in the part of an address that never reaches a server.
 * @param {string} fragment
 * @returns {Enrolment | null}
 */
export function enrolmentIn(fragment) {
  const parts = new URLSearchParams(fragment.replace(/^#/, ""));
  const [token, root] = [parts.get("t") ?? "", parts.get("r") ?? ""];
  return fromBase64url(token)?.length && rootOf(root) ? { token, root } : null;
}
