// @ts-check
// The list of airports, stations and ports follows the vehicle and the province.

import assert from "node:assert/strict";
import test from "node:test";

class Element {
  /** @param {string} [name] */
  constructor(name) {
    this.name = name;
  }

  /** @param {string} name */
  getAttribute(name) {
    return name === "name" ? (this.name ?? null) : null;
  }
}

/** A list with groups, as a browser has it: where the choice is taken out the first takes its place, and what is not in it cannot be chosen. */
class List extends Element {
  /** @param {string} chosen @param {string} end */
  constructor(chosen, end) {
    super(`${end}_gate`);
    this.groups = [GATES.slice(0, 3), GATES.slice(3)].map((gates) => this.group(gates));
    /** @type {string | undefined} */
    this.chosen = chosen;
  }

  /** @param {typeof GATES} options */
  group(options) {
    const replaceChildren = (/** @type {typeof GATES} */ ...left) => {
      if (made.options.some(({ value }) => value === this.chosen)) this.chosen = "";
      made.options = left;
    };
    const made = { options, hidden: false, querySelectorAll: () => made.options, replaceChildren };
    return made;
  }

  get values() {
    return ["", ...this.groups.flatMap((one) => one.options.map(({ value }) => value)), "other"];
  }

  get value() {
    return this.chosen ?? "";
  }

  set value(wanted) {
    this.chosen = this.values.includes(wanted) ? wanted : undefined;
  }

  querySelectorAll() {
    return this.groups;
  }
}

/** @param {string} value @param {string} way @param {string} province */
const gate = (value, way, province) => ({ value, dataset: { way, province } });
const GATES = [gate("HUI", "airplane", "46"), gate("HAN", "airplane", "01"), gate("VDH", "airplane", "44"), gate("HUE", "train", "46"), gate("LCO", "train", "46")];

/** @type {any} */
let GateSelect;
Object.assign(globalThis, {
  Element,
  HTMLElement: class extends Element {},
  FormData: class {
    /** @param {{ fields: Record<string, string>, lists: List[] }} form */
    constructor(form) {
      this.get = (/** @type {string} */ name) => form.lists.find((list) => list.name === name)?.value ?? form.fields[name] ?? null;
    }
  },
  customElements: { define: (/** @type {string} */ _, /** @type {any} */ made) => (GateSelect = made) },
});
await import("../static/js/gate-select.js");
const { showByAnswer } = await import("../static/js/forms.js");

/**
 * A form with the element in it at one end or both, and what its owner does there. The list and the text are those of the last end.
 * @param {{ vehicle?: string, province?: string, chosen?: string, typed?: string, ends?: string[], early?: boolean }} filled
 */
function opened({ vehicle = "", province = "", chosen = "", typed = "", ends = ["end"], early = true }) {
  /** @type {((event: object) => void)[]} */
  const heard = [];
  const form = {
    /** @type {Record<string, string>} */
    fields: { vehicle, ...Object.fromEntries(ends.map((end) => [`${end}_province`, province])) },
    lists: ends.map((end) => new List(chosen, end)),
    changes: 0,
    addEventListener: (/** @type {string} */ _, /** @type {(event: object) => void} */ act) => heard.push(act),
    dispatchEvent: () => {
      form.changes += 1;
      for (const act of heard) act({ target: new Element() });
    },
  };
  const parts = ends.map((end) => ({ dataset: { shownBy: `${end}_gate=other` }, hidden: false, closest: () => form, querySelectorAll: () => [] }));
  Object.assign(globalThis, { document: { querySelectorAll: () => parts } });
  if (early) showByAnswer();
  const [list, text] = [/** @type {List} */ (form.lists.at(-1)), { value: typed }];
  for (const [i, end] of ends.entries()) {
    const element = new GateSelect();
    element.dataset = { vehicle: "vehicle", province: `${end}_province`, gate: `${end}_gate` };
    element.closest = () => form;
    element.querySelector = (/** @type {string} */ wanted) => (wanted === `[name=${end}_gate]` ? form.lists[i] : wanted === `[name=${end}_gate_text]` ? text : null);
    element.connectedCallback();
  }
  if (!early) showByAnswer();
  const choose = (/** @type {string} */ name, /** @type {string} */ value) => {
    form.fields[name] = value;
    for (const act of [...heard]) act({ target: new Element(name) });
  };
  return { form, list, text, choose, asked: () => parts.map((part) => !part.hidden) };
}

test("only the places of the vehicle in the province stay, and no empty group", () => {
  const { list, choose } = opened({ vehicle: "train", province: "46" });
  assert.deepEqual(list.values, ["", "HUE", "LCO", "other"]);
  assert.deepEqual(list.groups.map((one) => one.hidden), [true, false]);
  choose("vehicle", "airplane");
  assert.deepEqual(list.values, ["", "HUI", "other"]);
  choose("end_province", "01");
  assert.deepEqual(list.values, ["", "HAN", "other"]);
  assert.deepEqual(list.groups.map((one) => one.hidden), [false, true]);
});

test("a choice stays while it fits, and none is made in its place", () => {
  const { form, list, choose } = opened({ vehicle: "train", province: "46", chosen: "LCO" });
  assert.equal(list.value, "LCO");
  assert.equal(form.changes, 1, "fields that the choice shows are told of it");
  choose("end_province", "46");
  assert.equal(list.value, "LCO");
  choose("vehicle", "airplane");
  assert.equal(list.chosen, "", "the airport is asked for");
});

test("where there is none the place is typed, and is asked for again once there is one", () => {
  const { list, text, choose } = opened({ vehicle: "train", province: "" });
  assert.equal(list.value, "", "the province is not said yet");
  choose("end_province", "01");
  assert.deepEqual([list.value, list.values], ["other", ["", "other"]]);
  choose("end_province", "46");
  assert.equal(list.value, "");
  choose("end_province", "01");
  text.value = "Ga thử";
  choose("end_province", "46");
  assert.equal(list.value, "other", "what was typed is not lost");
});

test("a form that comes back shows what was sent", () => {
  assert.equal(opened({ vehicle: "train", province: "46", chosen: "other" }).list.value, "other");
  assert.equal(opened({ vehicle: "train", province: "46", chosen: "other", typed: "Ga thử" }).list.value, "other");
});

test("answers to other questions change nothing", () => {
  const { list, choose } = opened({ vehicle: "train", province: "46", chosen: "other" });
  choose("start_province", "01");
  assert.equal(list.value, "other");
  assert.deepEqual(list.values, ["", "HUE", "LCO", "other"]);
});

test("the field for another place shows at once, at both ends, whichever script is first", () => {
  for (const early of [true, false]) {
    const { choose, asked } = opened({ ends: ["start", "end"], early });
    choose("vehicle", "personal");
    assert.deepEqual(asked(), [false, false], "no province is said yet");
    choose("start_province", "46");
    assert.deepEqual(asked(), [true, false], "departure");
    choose("end_province", "01");
    assert.deepEqual(asked(), [true, true], "arrival, the last choice of the form");
    choose("vehicle", "airplane");
    assert.deepEqual(asked(), [false, false], "both have airports");
    choose("vehicle", "personal");
    assert.deepEqual(asked(), [true, true], "the vehicle alone is changed");
  }
});

test("a form that comes back with a vehicle that has no gates asks for the places", () => {
  for (const early of [true, false]) {
    assert.deepEqual(opened({ vehicle: "personal", province: "46", ends: ["start", "end"], early }).asked(), [true, true]);
    assert.deepEqual(opened({ vehicle: "train", province: "46", chosen: "HUE", ends: ["start", "end"], early }).asked(), [false, false]);
  }
});
