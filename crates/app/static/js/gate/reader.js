// @ts-check
// One read at the gate: decided by the lists, kept on disk, sent if there is a network; only then is anybody told.

import { base64url, fromHex, hex, plain, utf8 } from "./bytes.js";
import { listed } from "./bundle.js";
import { readCard } from "./card.js";
import { seal } from "./hpke.js";
import { enqueue } from "./queue.js";
import { insideAt, next, rule } from "./rule.js";
import { saysLost, settle } from "./send.js";
import { timeOf } from "../uuid7.js";

/** @typedef {import("../scans.js").Result} Result */
/** @typedef {import("../scans.js").Scan} Scan */
/** @typedef {import("./store.js").Line} Line */
/** @typedef {{ held: import("./bundle.js").Held, keyring: import("./cose.js").Keyring }} Lists */

const INFO = utf8("vaora queue v1");
/** More letters and digits than this are no number that fingers slipped at. */
const SLIP = 24;

/** The server refuses the gate itself. */
export class Revoked extends Error {}

export class Reader {
  /**
   * @param {{
   *   store: import("./queue.js").Keeping,
   *   lists: () => Lists,
   *   token: () => string,
   *   secret: CryptoKey,
   *   send: (lines: Line[]) => Promise<import("./send.js").Sent>,
   *   online: () => boolean,
   * }} with_ `secret` is for names of cards on this phone, so that what it keeps names none; `token` is the enrolment under which it reads
   */
  constructor({ store, lists, token, secret, send, online }) {
    this.store = store;
    this.lists = lists;
    this.token = token;
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
    if ("reason" in read && slipped(scan, read)) {
      const number = printedNumber(scan.code);
      return number ? this.#typed(scan, number, held) : { mend: "reader.typed_wrong" };
    }
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
        turned_away: scan.turned_away,
      },
      {
        venue: held.policy,
        listed: card ? listed(held, card.index) : "unknown",
        age: at - held.issued * 1000,
        presence: before,
        // Only the buttons of a verdict that stopped this card here answer a referral.
        referred: scan.confirms !== null,
      },
    );
    const { decision, direction, reasons } = answer;
    const make = (/** @type {number} */ seq) => this.#line(scan, { direction, seq, door: { decision, reasons } }, held);
    const line = await enqueue(this.store, make, name && presence ? [name, presence] : undefined);
    const kind = "reason" in read ? read.kind : undefined;
    /** @type {"phone" | "printed" | undefined} */
    const shown = card ? (card.step === undefined ? "printed" : "phone") : undefined;
    const local = { ...answer, id: scan.id, at, duplicate: false, initials: null, birth_year: null, kind, shown, first_at: firstAt(answer, before) };
    const told = await this.#asked(line);
    if (!told) return { result: { ...local, local: true } };
    if (name) await this.#stands(name, scan.id, told, before);
    return { result: { ...local, ...told, at, first_at: firstAt(told, before) } };
  }

  /**
   * A number that fingers typed carries no signature: the server alone can judge it. Without its answer there is no verdict,
   * so nothing is kept that would be recorded later of somebody who was not let in.
   * @param {Scan} scan
   * @param {Uint8Array} number
   * @param {import("./bundle.js").Held} held
   * @returns {Promise<import("../scans.js").Answer>}
   */
  async #typed(scan, number, held) {
    const unasked = { trouble: "reader.number_needs_net", hint: "reader.number_hint", again: true };
    if (!this.online()) return unasked;
    const line = await this.#line(scan, { direction: scan.direction, way: "typed" }, held);
    const sent = await this.send([line]);
    if (saysLost(sent)) throw new Revoked();
    const told = "told" in sent ? sent.told.find(({ id }) => id === scan.id) : undefined;
    if (!told || told.reasons.includes("malformed")) return unasked;
    if (told.reasons.includes("unreadable")) return { mend: "reader.number_unknown" };
    const name = await this.#name(number);
    const before = await this.store.presence(name);
    await this.#stands(name, scan.id, told, before);
    return { result: { ...told, at: timeOf(scan.id), initials: null, birth_year: null, first_at: firstAt(told, before) } };
  }

  /**
   * Where a card stands after the server's answer.
   * @param {string} name
   * @param {string} id
   * @param {import("./send.js").Told} told
   * @param {import("./rule.js").Presence | null} before
   */
  async #stands(name, id, told, before) {
    const at = timeOf(id);
    const stands = next(id, at, told, before, insideAt(before, at, this.lists().held.policy));
    if (stands) await this.store.stand(name, stands).catch(() => undefined);
  }

  /**
   * The server's answer, if it comes while somebody waits. After a failure nobody waits until the drain has got through.
   * @param {Line} line
   */
  async #asked(line) {
    if (!this.online()) return undefined;
    const sent = await this.send([line]);
    // The token is taken away: nobody may be told a verdict that will not be recorded.
    if ("status" in sent && sent.status === 401) throw new Revoked();
    if ("status" in sent) return undefined;
    await settle(this.store, sent.told).catch(() => undefined);
    if (saysLost(sent)) throw new Revoked();
    const [told] = sent.told;
    return told?.reasons.includes("malformed") ? undefined : told;
  }

  /**
   * @param {Scan} scan
   * @param {object} said what the gate says of it
   * @param {import("./bundle.js").Held} held
   * @returns {Promise<Line>}
   */
  async #line(scan, said, held) {
    // The checkpoint is the token's.
    const text = { ...said, ...members(scan) };
    const sealed = await seal(held.queueKey, { info: INFO, aad: utf8(scan.id), text: utf8(JSON.stringify(text)) });
    return { id: scan.id, sealed: base64url(sealed), token: this.token() };
  }

  /** @param {Uint8Array} id */
  async #name(id) {
    return hex(new Uint8Array(await crypto.subtle.sign("HMAC", this.secret, plain(id))));
  }
}

/**
 * The members of a line that are as they were read; what says nothing is left out.
 * @param {Pick<Scan, "code" | "confirms" | "turned_away" | "companions">} scan
 */
export function members({ code, confirms, turned_away, companions }) {
  return { code, ...(confirms && { confirms }), ...(turned_away && { turned_away }), ...(companions > 0 && { companions }) };
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
 * The number that is printed beside a square, as the server reads it (docs/codes.md, section 2.5); nothing if it is none.
 * @param {string} code
 */
export function printedNumber(code) {
  const digits = code.replace(/[^\p{L}\p{N}]/gu, "");
  return /^[0-9a-f]{20}$/i.test(digits) ? fromHex(digits) : undefined;
}

/**
 * When the reading was that this one repeats.
 * @param {{ reasons: string[] }} answer
 * @param {import("./rule.js").Presence | null} before
 */
function firstAt({ reasons }, before) {
  return before && reasons.includes("already_scanned") ? timeOf(before.last.id) : null;
}
