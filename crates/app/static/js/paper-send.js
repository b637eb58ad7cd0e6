// @ts-check
// Sends rows of a paper log. What was not answered is sent again with the same id, so that nothing is counted twice.

/** @typedef {{ id: string | null, outcome: "recorded" | "already" | "refused" | "mend", field: string, said: string }} Told */
/** @typedef {{ rows: Told[] } | { trouble: "again" | "signed_out" | "refused" }} Answer */

const PATIENCE = 15_000;

/**
 * @param {string} url
 * @param {object[]} rows
 * @param {typeof fetch} [send]
 * @returns {Promise<Answer>}
 */
export async function sendRows(url, rows, send = fetch) {
  try {
    const response = await send(url, {
      method: "POST",
      credentials: "same-origin",
      redirect: "error",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ rows }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status === 401 || response.status === 403) return { trouble: "signed_out" };
    if (response.status === 429 || response.status >= 500) return { trouble: "again" };
    if (!response.ok) return { trouble: "refused" };
    const told = (await response.json()).rows;
    const whole = Array.isArray(told) && told.length === rows.length && told.every((one) => typeof one?.outcome === "string");
    return whole ? { rows: told } : { trouble: "again" };
  } catch {
    return { trouble: "again" };
  }
}
