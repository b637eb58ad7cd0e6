// @ts-check
// What a decision sounds and feels like: sine tones below 2 kHz, so that older ears hear them.

/** @typedef {"admit" | "refer" | "refuse" | "again" | "unreadable"} Said */
/** @typedef {{ from: number, hertz: number, long: number }} Tone in milliseconds */

/** @type {Record<Said, { tones: Tone[], buzz: number[], loud: number }>} */
export const SIGNS = {
  admit: { tones: [{ from: 0, hertz: 880, long: 90 }, { from: 90, hertz: 1320, long: 140 }], buzz: [80], loud: 0.5 },
  refer: { tones: [{ from: 0, hertz: 660, long: 180 }, { from: 300, hertz: 660, long: 180 }], buzz: [120, 80, 120], loud: 0.5 },
  refuse: { tones: [{ from: 0, hertz: 262, long: 250 }, { from: 250, hertz: 196, long: 450 }], buzz: [500], loud: 0.7 },
  again: { tones: [{ from: 0, hertz: 1000, long: 50 }], buzz: [30], loud: 0.5 },
  unreadable: { tones: [{ from: 0, hertz: 440, long: 60 }], buzz: [], loud: 0.5 },
};

const RAMP = 0.01;

/** @type {AudioContext | undefined} */
let context;

/** A browser plays nothing before a touch: call this from one. */
export async function unlock() {
  context ??= new AudioContext();
  if (context.state !== "running") await context.resume();
}

/** Where everything is played; nothing before a touch. */
export function audio() {
  return context?.state === "running" ? context : undefined;
}

/**
 * How long a sign sounds, in seconds.
 * @param {Said} said
 */
export function lengthOf(said) {
  return Math.max(...SIGNS[said].tones.map(({ from, long }) => from + long)) / 1000;
}

/** Whether a tone would be heard. */
export function canSound() {
  return context?.state === "running";
}

/** @param {Said} said */
export function play(said) {
  const sign = SIGNS[said];
  if (sign.buzz.length > 0) navigator.vibrate?.(sign.buzz);
  if (!context || context.state !== "running") return;
  for (const tone of sign.tones) ring(context, tone, sign.loud);
}

/**
 * @param {AudioContext} audio
 * @param {Tone} tone
 * @param {number} loud
 */
function ring(audio, tone, loud) {
  const from = audio.currentTime + tone.from / 1000;
  const until = from + tone.long / 1000;
  const wave = new OscillatorNode(audio, { type: "sine", frequency: tone.hertz });
  const gain = new GainNode(audio, { gain: 0 });
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(loud, from + RAMP);
  gain.gain.setValueAtTime(loud, until - RAMP);
  gain.gain.linearRampToValueAtTime(0, until);
  wave.connect(gain).connect(audio.destination);
  wave.start(from);
  wave.stop(until);
}
