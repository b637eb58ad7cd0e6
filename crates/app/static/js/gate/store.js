// @ts-check
// What a gate keeps: lines to be sent, where cards stand, and what it knows. IndexedDB; everything is on disk when it says so.

/** @typedef {{ id: string, sealed: string, token?: string }} Line `sealed` is base64url, for the server's key alone; `token` that of the device that read it */
/** @typedef {import("./rule.js").Presence} Presence */
/** @typedef {{ waiting: number, parked: number }} Counts */
/**
 * @typedef {object} Queue what sending needs; tests bring their own
 * @property {() => Promise<number>} seq the number of the line kept last
 * @property {(line: Line, seq: number, stands?: [string, Presence]) => Promise<boolean>} keep whether it did; not when the number is taken. Throws when the phone is another device by now
 * @property {(most: number) => Promise<Line[]>} oldest
 * @property {(ids: string[]) => Promise<void>} acknowledge
 * @property {(id: string) => Promise<void>} park out of the way, and not lost
 * @property {() => Promise<Counts>} counts
 */

const NAME = "vaora-gate";
const STORES = ["kept", "queue", "parked", "presence"];
/** Nobody is taken to be inside for longer. */
const PRESENT = 24 * 3600 * 1000;

/** @implements {Queue} */
export class Store {
  /** @param {IDBDatabase} db */
  constructor(db) {
    this.db = db;
  }

  static async open() {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const store of STORES) asked.result.createObjectStore(store);
    };
    const db = await answer(asked);
    // Another page may want to delete or change everything.
    db.onversionchange = () => db.close();
    return new Store(db);
  }

  /** @param {string} name */
  async get(name) {
    return answer(this.db.transaction("kept").objectStore("kept").get(name));
  }

  /** @param {Record<string, unknown>} values */
  async set(values) {
    const change = this.#change(["kept"]);
    for (const [name, value] of Object.entries(values)) change.objectStore("kept").put(value, name);
    await done(change);
  }

  /** Forgets everything but the lines that wait: they are sealed, and carry the token of the device that read them. */
  async forget() {
    const change = this.#change(["kept", "presence"]);
    change.objectStore("kept").clear();
    change.objectStore("presence").clear();
    await done(change);
  }

  async seq() {
    return (await this.get("seq")) ?? 0;
  }

  /**
   * @param {Line} line
   * @param {number} seq
   * @param {[string, Presence]} [stands]
   */
  async keep(line, seq, stands) {
    const change = this.#change(["kept", "queue", "presence"]);
    const kept = change.objectStore("kept");
    let free = false;
    const enrolled = kept.get("enrolment");
    // Another page may have been enrolled anew, and numbers with it.
    enrolled.onsuccess = () => {
      if (line.token !== undefined && enrolled.result?.token !== line.token) change.abort();
    };
    const asked = kept.get("seq");
    // In the one transaction, so that two pages never give two lines one number.
    asked.onsuccess = () => {
      free = (asked.result ?? 0) === seq - 1;
      if (!free) return;
      kept.put(seq, "seq");
      change.objectStore("queue").add(line, line.id);
      if (stands) change.objectStore("presence").put(stands[1], stands[0]);
    };
    await done(change);
    return free;
  }

  /** @param {number} most */
  async oldest(most) {
    return answer(this.db.transaction("queue").objectStore("queue").getAll(null, most));
  }

  /** @param {string[]} ids */
  async acknowledge(ids) {
    const change = this.#change(["kept", "queue"]);
    const [kept, queue] = [change.objectStore("kept"), change.objectStore("queue")];
    const asked = kept.get("sent");
    asked.onsuccess = () => {
      let sent = asked.result ?? 0;
      for (const id of ids) {
        // Two pages may have sent the same line.
        const there = queue.count(id);
        there.onsuccess = () => {
          sent += there.result;
          kept.put(sent, "sent");
        };
        queue.delete(id);
      }
    };
    await done(change);
  }

  /** @param {string} id */
  async park(id) {
    const change = this.#change(["queue", "parked"]);
    const queue = change.objectStore("queue");
    const asked = queue.get(id);
    asked.onsuccess = () => {
      if (asked.result) change.objectStore("parked").put(asked.result, id);
      queue.delete(id);
    };
    await done(change);
  }

  async counts() {
    const look = this.db.transaction(["queue", "parked"]);
    const [waiting, parked] = await Promise.all([answer(look.objectStore("queue").count()), answer(look.objectStore("parked").count())]);
    return { waiting, parked };
  }

  /**
   * @param {string} name
   * @returns {Promise<Presence | null>}
   */
  async presence(name) {
    return (await answer(this.db.transaction("presence").objectStore("presence").get(name))) ?? null;
  }

  /**
   * @param {string} name
   * @param {Presence} presence
   */
  async stand(name, presence) {
    const change = this.#change(["presence"]);
    change.objectStore("presence").put(presence, name);
    await done(change);
  }

  /**
   * Forgets where cards stood longer ago than anybody stays.
   * @param {string} least the id of a scan a day ago
   */
  async tidy(least) {
    const change = this.#change(["presence"]);
    const asked = change.objectStore("presence").openCursor();
    asked.onsuccess = () => {
      const at = asked.result;
      if (!at) return;
      if (at.value.last.id < least) at.delete();
      at.continue();
    };
    await done(change);
  }

  /** @param {string[]} stores */
  #change(stores) {
    return this.db.transaction(stores, "readwrite", { durability: "strict" });
  }
}

export { PRESENT };

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransaction} change
 * @returns {Promise<void>}
 */
function done(change) {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    // One that is given up has no error of its own: what was asked last has.
    change.onerror = ({ target }) => reject(change.error ?? /** @type {IDBRequest} */ (target).error);
    change.onabort = () => reject(change.error ?? new DOMException("aborted", "AbortError"));
  });
}
