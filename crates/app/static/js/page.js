// @ts-check
// What every page loads.

import { focusFirst, sayBusy, sendOnChange, showByAnswer, smallThings } from "./forms.js";
import "./number-stepper.js";
import "./otp-countdown.js";
import { registerServiceWorker } from "./register-sw.js";

showByAnswer();
sayBusy();
sendOnChange();
smallThings();
focusFirst();
registerServiceWorker();
