// @ts-check
// The server's time, on a phone whose own clock may be wrong: set by an answer, then carried on by a clock that nobody can set.
// That one may stand still while the phone sleeps; so after sleep, and where no answer comes, the phone's own clock carries on with
// the difference that it had.

/** How far the two clocks may come apart before the phone has slept, or its clock was set. */
const APART = 2000;

export class ServerClock {
  /** What is to be added to the phone's own clock. */
  ahead = 0;
  #mono = performance.now();
  #wall = Date.now();

  /** @param {number} ahead as it was known last */
  constructor(ahead) {
    this.ahead = ahead;
  }

  now() {
    return this.#wall + this.ahead + (performance.now() - this.#mono);
  }

  /** @param {number} time what the server's clock says now */
  set(time) {
    this.#anchor();
    this.ahead = time - this.#wall;
  }

  slept() {
    return Math.abs(Date.now() - this.#wall - (performance.now() - this.#mono)) > APART;
  }

  /** Asks the server; without an answer the phone's own clock carries on. */
  async ask(patience = 3000) {
    try {
      const began = performance.now();
      const answer = await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(patience) });
      const said = Date.parse(answer.headers.get("date") ?? "");
      // Whole seconds, rounded down, said on the way.
      if (said) return this.set(said + 500 + (performance.now() - began) / 2);
    } catch {
      // No network.
    }
    this.#anchor();
  }

  #anchor() {
    this.#mono = performance.now();
    this.#wall = Date.now();
  }
}
