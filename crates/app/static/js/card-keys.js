// @ts-check
// Cards that are handed over: what a scanner types anywhere on the page goes into the field for the card's code, and is sent.

import { gatherKeys } from "./typing-scanner.js";

const input = document.querySelector("input[name=card]");
if (input instanceof HTMLInputElement) {
  const begun = () => input.scrollIntoView({ block: "nearest" });
  gatherKeys(input, begun, () => input.form?.requestSubmit());
}
