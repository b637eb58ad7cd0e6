// @ts-check
// One read at the gate: decided by the lists, kept on disk, sent if there is a network; only then is anybody told.

import { base64url, hex, plain, utf8 } from "./bytes.js";
import { listed } from "./bundle.js";
import { readCard } from "./card.js";
import { seal } from "./hpke.js";
import { enqueue } from "./queue.js";
import { insideAt, next, rule } from "./rule.js";
import { settle } from "./send.js";
import { timeOf } from "../uuid7.js";

/** @typedef {import("../scans.js").Result} Result */
/** @typedef {import("../scans.js").Scan} Scan */
/** @typedef {import("./store.js").Line} Line */
/** @typedef {{ held: import("./bundle.js").Held, keyring: import("./cose.js").Keyring }} Lists */

const INFO = utf8("vaora queue v1");
/** More letters and digits than this are no number that fingers slipped at. */
const SLIP = 24;

export class Reader {
  /**
   * @param {{
   *   store: import("./queue.js").Keeping,
   *   lists: () => Lists,
   *   secret: CryptoKey,
   *   send: (lines: Line[]) => Promise<import("./send.js").Sent>,
   *   online: () => boolean,
   * }} with_ `secret` is for names of cards on this phone, so that what it keeps names none
   */
  constructor({ store, lists, secret, send, online }) {
    this.store = store;
    this.lists = lists;
    this.secret = secret;
    this.send = send;
    this.online = online;
  }

  /**
   * Throws what the store throws when the line cannot be kept: then there is no verdict.
   * @param {Scan} scan
   * @returns {Promise<import("../scans.js").Answer>}
   */
  async read(scan) {
    const { held, keyring } = this.lists();
    const read = await readCard(scan.code, keyring);
    if ("reason" in read && slipped(scan, read)) return { mend: "reader.typed_wrong" };
    const card = "card" in read ? read.card : null;
    const name = card && (await this.#name(card.id));
    const before = name ? await this.store.presence(name) : null;
    const at = timeOf(scan.id);
    const { answer, presence } = rule(
      {
        id: scan.id,
        card: card && { issued: card.issued * 1000, expires: card.expires * 1000, step: card.step ?? null },
        reason: "reason" in read ? read.reason : null,
        asked: scan.direction,
        confirms: scan.confirms,
      },
      {
        venue: held.policy,
        listed: card ? listed(held, card.index) : "unknown",
        age: at - held.issued * 1000,
        presence: before,
        // Only the button of a verdict that stopped this card here sends a confirmation.
        referred: scan.confirms !== null,
      },
    );
    const make = (/** @type {number} */ seq) => this.#line(scan, answer, seq, held);
    const line = await enqueue(this.store, make, name && presence ? [name, presence] : undefined);
    const kind = "reason" in read ? read.kind : undefined;
    const local = { ...answer, id: scan.id, at, duplicate: false, initials: null, birth_year: null, kind, first_at: firstAt(answer, before) };
    const told = await this.#asked(line);
    if (!told) return { result: { ...local, local: true } };
    if (name) {
      const stands = next(scan.id, at, told, before, insideAt(before, at, held.policy));
      if (stands) await this.store.stand(name, stands).catch(() => undefined);
    }
    return { result: { ...local, ...told, at, first_at: firstAt(told, before) } };
  }

  /**
   * The server's answer, if it comes while somebody waits. After a failure nobody waits until the drain has got through.
   * @param {Line} line
   */
  async #asked(line) {
    if (!this.online()) return undefined;
    const sent = await this.send([line]);
    if ("status" in sent) return undefined;
    await settle(this.store, sent.told).catch(() => undefined);
    const [told] = sent.told;
    return told?.reasons.includes("malformed") ? undefined : told;
  }

  /**
   * @param {Scan} scan
   * @param {import("./rule.js").Answer} answer
   * @param {number} seq
   * @param {import("./bundle.js").Held} held
   * @returns {Promise<Line>}
   */
  async #line({ id, code, confirms }, { decision, direction, reasons }, seq, held) {
    // The checkpoint is the token's.
    const text = { code, direction, seq, door: { decision, reasons }, ...(confirms && { confirms }) };
    const sealed = await seal(held.queueKey, { info: INFO, aad: utf8(id), text: utf8(JSON.stringify(text)) });
    return { id, sealed: base64url(sealed) };
  }

  /** @param {Uint8Array} id */
  async #name(id) {
    return hex(new Uint8Array(await crypto.subtle.sign("HMAC", this.secret, plain(id))));
  }
}

/**
 * Typed by fingers, and nothing that anybody showed: it is mended, and not recorded.
 * @param {Scan} scan
 * @param {{ reason: string, kind?: string }} read
 */
function slipped({ way, code }, { reason, kind }) {
  return way === "typed" && reason === "unreadable" && !kind && code.replace(/[^\p{L}\p{N}]/gu, "").length <= SLIP;
}

/**
 * When the reading was that this one repeats.
 * @param {{ reasons: string[] }} answer
 * @param {import("./rule.js").Presence | null} before
 */
function firstAt({ reasons }, before) {
  return before && reasons.includes("already_scanned") ? timeOf(before.last.id) : null;
}
