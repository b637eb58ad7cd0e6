// @ts-check
// Keeps the screen on while a code is shown or a gate is manned.

/** @type {WakeLockSentinel | undefined} */
let held;
let wanted = false;

/** Asks for the screen to stay on, and asks again whenever the page comes back to sight. */
export async function stayAwake() {
  if (!wanted) document.addEventListener("visibilitychange", again);
  wanted = true;
  await again();
}

/** Lets the screen sleep again. */
export async function rest() {
  wanted = false;
  document.removeEventListener("visibilitychange", again);
  await held?.release();
  held = undefined;
}

async function again() {
  if (!wanted || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
  if (held && !held.released) return;
  // A low battery or a setting may refuse: the page works all the same.
  held = await navigator.wakeLock.request("screen").catch(() => undefined);
}
