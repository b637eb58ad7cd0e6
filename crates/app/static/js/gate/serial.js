// @ts-check
// A scanner on a serial port (Web Serial, where the browser has it): lines that end in CR, LF or both are codes.

/** @typedef {{ readable: ReadableStream<Uint8Array> | null, open: (how: { baudRate: number }) => Promise<void>, close: () => Promise<void> }} Port */
/** @typedef {{ requestPort: () => Promise<Port>, getPorts: () => Promise<Port[]>, addEventListener: (name: string, act: () => void) => void }} Serial */
/** @typedef {"open" | "lost" | "refused"} State */

/** Longer than any square holds: noise of a wrong speed. */
const MOST = 8192;

/** Cuts what comes in pieces into lines. */
export class Lines {
  #rest = "";

  /** @param {string} text @returns {string[]} */
  push(text) {
    const parts = (this.#rest + text).split(/[\r\n]+/);
    this.#rest = (parts.pop() ?? "").slice(-MOST);
    return parts.map((part) => part.trim()).filter((part) => part !== "");
  }
}

/** The browser's serial ports, where it has them. */
export function serialOf(browser = navigator) {
  return /** @type {{ serial?: Serial }} */ (/** @type {unknown} */ (browser)).serial;
}

export class SerialScanner {
  /** @type {Port | undefined} */
  #port;
  /** @type {ReadableStreamDefaultReader<Uint8Array> | undefined} */
  #reader;
  /** When the port that was read before is closed. */
  #ended = Promise.resolve();

  /**
   * @param {Serial} serial
   * @param {{ code: (text: string) => void, tell: (state: State) => void, rate: () => number }} with_
   */
  constructor(serial, { code, tell, rate }) {
    this.serial = serial;
    this.code = code;
    this.tell = tell;
    this.rate = rate;
    serial.addEventListener("connect", () => void this.again());
  }

  /** Asks which port; needs a touch. Whoever closes the browser's question has changed their mind. */
  async ask() {
    const port = await this.serial.requestPort().catch(() => undefined);
    if (!port) return;
    this.#port = undefined;
    await this.#reader?.cancel().catch(() => undefined);
    await this.#ended;
    await this.#open(port);
  }

  /** Opens the port that was allowed before, if there is one. */
  async again() {
    if (this.#port) return;
    const [port] = await this.serial.getPorts();
    if (port) await this.#open(port);
  }

  /** @param {Port} port */
  async #open(port) {
    try {
      this.#port = port;
      await port.open({ baudRate: this.rate() });
    } catch {
      this.#port = undefined;
      this.tell("refused");
      return;
    }
    this.tell("open");
    this.#ended = this.#read(port);
  }

  /** @param {Port} port */
  async #read(port) {
    const [lines, decoder] = [new Lines(), new TextDecoder()];
    // After a fault on the line the port gives a new stream; without one it is unplugged.
    while (port.readable && this.#port === port) {
      const reader = port.readable.getReader();
      this.#reader = reader;
      try {
        for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
          for (const line of lines.push(decoder.decode(piece.value, { stream: true }))) this.code(line);
        }
        break;
      } catch {
        continue;
      } finally {
        reader.releaseLock();
      }
    }
    await port.close().catch(() => undefined);
    if (this.#port !== port) return;
    this.#port = undefined;
    this.tell("lost");
  }
}
