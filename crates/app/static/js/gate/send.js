// @ts-check
// One request with some lines, and which of them the server has from now on.

/** @typedef {import("./store.js").Line} Line */
/** @typedef {{ id: string, at: string | null, decision: "admit" | "refer" | "refuse", direction: "in" | "out", duplicate: boolean, reasons: string[], permits?: { holds: boolean, vi: string, en: string }[] }} Told */
/** @typedef {{ told: Told[] } | { status: number, after: number }} Sent a status of 0 is no answer; `after` is in seconds */

/** The server could make nothing of the line, and has kept nothing. */
const UNREAD = "malformed";
/** The server keeps the line for the venue's owner alone: this device was reported lost. */
const LOST = "device_lost";
/** A body of more letters is worth packing. */
const LARGE = 8192;

/**
 * @param {{ token: string, now: () => number, patience: number, heard?: (answer: Response, took: number) => void, send?: typeof fetch }} how
 * @param {Line[]} lines
 * @returns {Promise<Sent>}
 */
export async function sendLines({ token, now, patience, heard, send = fetch }, lines) {
  const asked = performance.now();
  try {
    const { body, headers } = await packed(JSON.stringify({ sent_at: Math.round(now()), scans: lines.map(({ id, sealed }) => ({ id, sealed })) }));
    const response = await send("/api/v1/scans", {
      method: "POST",
      credentials: "omit",
      redirect: "error",
      headers: { ...headers, "content-type": "application/json", authorization: `Bearer ${token}` },
      body,
      signal: AbortSignal.timeout(patience),
    });
    heard?.(response, performance.now() - asked);
    if (!response.ok) return { status: response.status, after: Number(response.headers.get("retry-after")) || 0 };
    const { results } = await response.json();
    const ids = new Set(lines.map(({ id }) => id));
    return { told: Array.isArray(results) ? results.filter((one) => ids.has(one?.id) && whole(one)) : [] };
  } catch {
    return { status: 0, after: 0 };
  }
}

/**
 * A backlog goes packed: sealed lines are text of which a quarter is air. A browser that cannot sends it as it is.
 * @param {string} text
 * @returns {Promise<{ body: BodyInit, headers: Record<string, string> }>}
 */
async function packed(text) {
  if (text.length < LARGE || typeof CompressionStream === "undefined") return { body: text, headers: {} };
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return { body: await new Response(stream).arrayBuffer(), headers: { "content-encoding": "gzip" } };
}

/**
 * Only a whole answer acknowledges, and may become a verdict.
 * @param {Partial<Told>} told
 */
function whole({ decision, direction, reasons }) {
  return ["admit", "refer", "refuse"].includes(decision ?? "") && ["in", "out"].includes(direction ?? "") && Array.isArray(reasons);
}

/**
 * Whether the server says that the device was reported lost. It still takes all lines, and nobody may be let in by them.
 * @param {Sent} sent
 */
export function saysLost(sent) {
  return "told" in sent && sent.told.some(({ reasons }) => reasons.includes(LOST));
}

/**
 * Takes what the server has out of the queue, and what it cannot read out of the way.
 * @param {import("./store.js").Queue} store
 * @param {Told[]} told
 */
export async function settle(store, told) {
  const unread = told.filter(({ reasons }) => reasons.includes(UNREAD));
  for (const { id } of unread) await store.park(id);
  const taken = told.filter((one) => !unread.includes(one)).map(({ id }) => id);
  if (taken.length > 0) await store.acknowledge(taken);
  return told.length;
}
