// @ts-check
// <commune-select>: choosing a province fills the list of communes, without sending the form.

class CommuneSelect extends HTMLElement {
  connectedCallback() {
    const province = /** @type {HTMLSelectElement | null} */ (this.querySelector("[name=province]"));
    const commune = /** @type {HTMLSelectElement | null} */ (this.querySelector("[name=commune]"));
    const plain = /** @type {HTMLElement | null} */ (this.querySelector("[data-plain]"));
    if (!province || !commune || !plain) return;
    plain.hidden = true;
    const none = this.ownerDocument.createElement("option");
    none.value = "";
    none.textContent = this.dataset.choose ?? "";
    // That a province comes first need not be said once there is one.
    const hint = /** @type {HTMLElement | null} */ (this.querySelector("#commune-hint"));
    const first = hint?.textContent ?? "";
    const advise = () => hint && (hint.textContent = province.value ? "" : first);
    advise();
    province.addEventListener("change", async () => {
      advise();
      commune.replaceChildren(none);
      commune.disabled = true;
      try {
        const response = await fetch(`/units/${encodeURIComponent(province.value)}/children`, { headers: { accept: "application/json" } });
        if (!response.ok) throw new Error(String(response.status));
        for (const [code, name] of await response.json()) commune.append(new Option(name, code));
      } catch {
        plain.hidden = false;
      }
      commune.disabled = false;
    });
  }
}

customElements.define("commune-select", CommuneSelect);
