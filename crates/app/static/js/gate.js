// @ts-check
// The attendant's gate: the server decides. Nothing is admitted without an answer.

import { one } from "./dom.js";
import { openDoor } from "./door.js";
import { ask } from "./scans.js";

const gate = one("[data-scans-url]");
const { scansUrl = "", checkpoint = "", place = "" } = gate.dataset;
const strip = one("[data-strip]", gate);

openDoor(gate, {
  checkpoint,
  place: () => place,
  ask: (scan) => ask(scansUrl, scan),
  answered: (answer) => {
    if ("result" in answer) strip.hidden = true;
    else if ("trouble" in answer) strip.hidden = answer.trouble !== "gate.no_answer";
  },
});
window.addEventListener("offline", () => (strip.hidden = false));
window.addEventListener("online", () => (strip.hidden = true));
