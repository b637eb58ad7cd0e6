// @ts-check
// Sends one scan and says what came of it. A retry carries the same id, so that nothing is counted twice.

/** @typedef {"in" | "out" | "auto"} Direction */
/** @typedef {{ id: string, checkpoint_id: string, code: string, direction: Direction, way: "card" | "typed", confirms: string | null, turned_away?: true, companions: number }} Scan `confirms` names the referral that an attendant answers, by letting in or by turning away; `companions` have no code of their own */
/**
 * @typedef {object} Result
 * @property {string} id
 * @property {string | number} at
 * @property {"admit" | "refer" | "refuse"} decision
 * @property {"in" | "out"} direction
 * @property {boolean} duplicate
 * @property {string[]} reasons
 * @property {string | null} initials
 * @property {number | null} birth_year
 * @property {string | number | null} [first_at] when the reading was that this one repeats
 * @property {string} [kind] what a square is that is no card, where it was recognised
 * @property {"phone" | "printed"} [shown] whether a genuine code is one that changes, where that was seen
 * @property {{ holds: boolean, vi: string, en: string }[]} [permits] those that are asked for here, nearest first
 * @property {string | null} [declare] where an attendant declares for the bearer of a card
 * @property {boolean} [local] whether the server was not heard
 */
/** @typedef {{ result: Result } | { trouble: string, again: boolean, hint?: string, verb?: string } | { mend: string }} Answer `trouble`, and `mend` of what was typed, are keys of words */

const PATIENCE = 8000;

/**
 * @param {string} url
 * @param {Scan} scan
 * @param {typeof fetch} [send]
 * @returns {Promise<Answer>}
 */
export async function ask(url, scan, send = fetch) {
  try {
    const response = await send(url, {
      method: "POST",
      credentials: "same-origin",
      redirect: "error",
      headers: { "content-type": "application/json", accept: "application/json", "x-vaora": "gate" },
      body: JSON.stringify({ scans: [scan] }),
      // No verdict follows, so the page may be left at once.
      keepalive: scan.turned_away === true,
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status === 422 && (await response.json())?.type === "/problems/typed_wrong") return { mend: "gate.typed_wrong" };
    if (!response.ok) return refused(response.status);
    const { results } = await response.json();
    const result = Array.isArray(results) ? results.find((one) => one?.id === scan.id) : undefined;
    return sound(result) ? { result } : { trouble: "gate.refused_request", again: true };
  } catch {
    return { trouble: "gate.no_answer", again: true };
  }
}

/**
 * @param {number} status
 * @returns {Answer}
 */
function refused(status) {
  if (status === 401 || status === 403) return { trouble: "gate.signed_out", again: false };
  if (status === 429 || status === 503) return { trouble: "gate.too_busy", again: true };
  if (status >= 500) return { trouble: "gate.no_answer", again: true };
  return { trouble: "gate.refused_request", again: false };
}

/**
 * Only a whole answer may become a verdict.
 * @param {Partial<Result> | undefined} result
 * @returns {result is Result}
 */
function sound(result) {
  return (
    !!result &&
    ["admit", "refer", "refuse"].includes(result.decision ?? "") &&
    ["in", "out"].includes(result.direction ?? "") &&
    Array.isArray(result.reasons)
  );
}
