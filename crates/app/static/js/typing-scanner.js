// @ts-check
// A scanner that types its codes as a keyboard does: whatever is typed on the page, wherever the focus is and whatever is
// shown, goes into the field for typed codes. Nothing of it is lost, and its Enter presses no button.

/**
 * @param {HTMLInputElement} input
 * @param {() => void} began the first key of a code came from outside the field
 * @param {() => void} ended its Enter came
 */
export function gatherKeys(input, began, ended) {
  let gathering = false;
  input.addEventListener("keydown", () => (gathering = false));
  document.addEventListener(
    "keydown",
    (event) => {
      const { key, target } = event;
      if (target === input || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      // A space or an Enter that follows nothing presses the button that has the focus.
      if (key === "Enter" || key === " " ? !gathering : key.length !== 1) return;
      event.preventDefault();
      event.stopPropagation();
      if (key === "Enter") {
        gathering = false;
        ended();
        return;
      }
      if (!gathering && input.getAttribute("aria-invalid") === "true") input.value = "";
      input.value += key;
      if (!gathering) began();
      gathering = true;
    },
    true,
  );
}
