// @ts-check
// <gate-select>: of all airports, stations and ports only those of the chosen vehicle and province stay in the list. Where there
// are none, the place is typed.

/** @param {HTMLOptionElement} option @param {string} vehicle @param {string} province */
const serves = (option, vehicle, province) => option.dataset.way === vehicle && option.dataset.province === province;

class GateSelect extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form");
    const gate = /** @type {HTMLSelectElement | null} */ (this.querySelector(`[name=${this.dataset.gate}]`));
    if (!form || !gate) return;
    const groups = [...gate.querySelectorAll("optgroup")];
    const all = groups.map((group) => [...group.querySelectorAll("option")]);
    /** @param {boolean} anew */
    const settle = (anew) => {
      const said = new FormData(form);
      const vehicle = String(said.get(this.dataset.vehicle ?? "") ?? "");
      const province = String(said.get(this.dataset.province ?? "") ?? "");
      const chosen = gate.value;
      let found = 0;
      groups.forEach((group, i) => {
        const here = (all[i] ?? []).filter((option) => serves(option, vehicle, province));
        found += here.length;
        group.replaceChildren(...here);
        group.hidden = here.length === 0;
      });
      gate.value = chosen;
      if (gate.value !== chosen) gate.value = "";
      if (found === 0 && vehicle && province) gate.value = "other";
      // A place that was typed because nothing else fitted is asked again once something does.
      else if (anew && found > 0 && gate.value === "other" && !this.typed()) gate.value = "";
    };
    // A choice made here makes no event of its own, and the fields that it shows have looked before it was made.
    const tell = () => form.dispatchEvent(new Event("change"));
    form.addEventListener("change", (event) => {
      const name = event.target instanceof Element ? event.target.getAttribute("name") : "";
      if (name !== this.dataset.vehicle && name !== this.dataset.province) return;
      const before = gate.value;
      settle(true);
      if (gate.value !== before) tell();
    });
    settle(false);
    tell();
  }

  /** What was typed in place of a gate. */
  typed() {
    const text = /** @type {HTMLInputElement | null} */ (this.querySelector(`[name=${this.dataset.gate}_text]`));
    return text?.value ?? "";
  }
}

customElements.define("gate-select", GateSelect);
