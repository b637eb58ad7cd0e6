// @ts-check
// A scanner on a serial port that is made up here.

import assert from "node:assert/strict";
import test from "node:test";
import { Lines, SerialScanner } from "../static/js/gate/serial.js";

test("lines end in CR, LF or both, wherever they are cut", () => {
  const lines = new Lines();
  assert.deepEqual(lines.push("8261 12"), []);
  assert.deepEqual(lines.push("34\r"), ["8261 1234"]);
  assert.deepEqual(lines.push("\n82\n\r\n 83 \r\n84"), ["82", "83"]);
  assert.deepEqual(lines.push("\r"), ["84"]);
  assert.deepEqual(new Lines().push("x".repeat(20_000) + "\n").length, 1);
});

/** A port, and what is done to it. */
class Port {
  /** @type {ReadableStream<Uint8Array> | null} */
  readable = null;
  /** @type {string[]} */
  did = [];
  /** @param {{ baudRate: number }} how */
  async open({ baudRate }) {
    if (this.readable) throw new DOMException("open", "InvalidStateError");
    this.did.push(`open ${baudRate}`);
    this.readable = new ReadableStream({ start: (controller) => void (this.line = controller) });
  }
  /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} */
  line;
  async close() {
    if (this.readable?.locked) throw new TypeError("locked");
    this.did.push("close");
    this.readable = null;
  }
  /** @param {string} text */
  send(text) {
    this.line?.enqueue(new TextEncoder().encode(text));
  }
  unplug() {
    const { line } = this;
    this.readable = null;
    line?.error(new DOMException("gone", "NetworkError"));
  }
}

/** @param {Port[]} known */
function desk(known = []) {
  /** @type {string[]} */
  const said = [];
  let connected = () => {};
  let rate = 9600;
  const asked = new Port();
  const serial = { requestPort: async () => asked, getPorts: async () => known, addEventListener: (/** @type {string} */ _, /** @type {() => void} */ act) => void (connected = act) };
  const scanner = new SerialScanner(serial, { code: (text) => said.push(text), tell: (state) => said.push(state), rate: () => rate });
  return { scanner, said, asked, plug: () => connected(), faster: () => (rate = 115_200) };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a port that was allowed is opened again with the page, and its lines are codes", async () => {
  const port = new Port();
  const { scanner, said } = desk([port]);
  await scanner.again();
  port.send("82");
  port.send("61\r\n4\n");
  await settle();
  assert.deepEqual([said, port.did], [["open", "8261", "4"], ["open 9600"]]);
});

test("unplugging is told, and plugging it in goes on", async () => {
  const port = new Port();
  const { scanner, said, plug } = desk([port]);
  await scanner.again();
  port.unplug();
  await settle();
  plug();
  await settle();
  port.send("7\n");
  await settle();
  assert.deepEqual(said, ["open", "lost", "open", "7"]);
});

test("another speed is another opening of the same port", async () => {
  const { scanner, said, asked, faster } = desk();
  await scanner.ask();
  faster();
  await scanner.ask();
  asked.send("7\n");
  await settle();
  assert.deepEqual([said, asked.did], [["open", "open", "7"], ["open 9600", "close", "open 115200"]]);
});

test("a port that another program holds is told, and a question that was closed is nothing", async () => {
  const port = new Port();
  port.readable = new ReadableStream();
  const { scanner, said, asked } = desk([port]);
  await scanner.again();
  assert.deepEqual(said, ["refused"]);
  Object.assign(scanner.serial, { requestPort: async () => Promise.reject(new DOMException("none", "NotFoundError")) });
  await scanner.ask();
  assert.deepEqual([said, asked.did], [["refused"], []]);
});
