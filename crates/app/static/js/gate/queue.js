// @ts-check
// A line is kept before anybody is told a verdict, under a number of its own that shows the server whether one is missing.

/** @typedef {import("./store.js").Line} Line */
/** @typedef {import("./store.js").Queue & { presence: (name: string) => Promise<import("./store.js").Presence | null>, stand: (name: string, presence: import("./store.js").Presence) => Promise<void> }} Keeping */

/**
 * Makes and keeps a line; it is on disk when this returns. Sealing takes a moment in which another page may take the number:
 * then the line is made anew with the next.
 * @param {import("./store.js").Queue} store
 * @param {(seq: number) => Promise<Line>} make
 * @param {[string, import("./store.js").Presence]} [stands]
 * @returns {Promise<Line>}
 */
export async function enqueue(store, make, stands) {
  for (;;) {
    const seq = (await store.seq()) + 1;
    const line = await make(seq);
    if (await store.keep(line, seq, stands)) return line;
  }
}
