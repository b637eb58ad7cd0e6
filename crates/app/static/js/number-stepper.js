// @ts-check
// <number-stepper>: a minus and a plus beside a number field.

class NumberStepper extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (!input) return;
    const buttons = [...this.querySelectorAll("button")];
    const [min, max] = [Number(input.min), Number(input.max)];
    const settle = () => {
      const n = Math.min(max, Math.max(min, Math.trunc(Number(input.value)) || 0));
      input.value = String(n);
      for (const button of buttons) button.disabled = n + Number(button.dataset.by) < min || n + Number(button.dataset.by) > max;
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        input.value = String(Number(input.value) + Number(button.dataset.by));
        settle();
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
    input.addEventListener("blur", settle);
    settle();
  }
}

customElements.define("number-stepper", NumberStepper);
