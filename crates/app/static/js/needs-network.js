// @ts-check
// Says on a page that works only with a network when there is none.

import { one } from "./dom.js";

const line = one("[data-needs-network]", document.body);
const say = () => (line.hidden = navigator.onLine);
window.addEventListener("offline", say);
window.addEventListener("online", say);
say();
