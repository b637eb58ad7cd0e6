// @ts-check
// A scanner that types its codes as a keyboard does: whatever it types on the page, wherever the focus is and whatever is
// shown, goes into the field for typed codes. Nothing of it is lost, and its Enter presses no button. It is known by its
// pace: a key that no other follows at once was a slip, and is forgotten.

/** The most time between the first two keys of a scanner, in milliseconds. */
const PACE = 150;

/**
 * @param {HTMLInputElement} input
 * @param {() => void} began the first keys of a code came from outside the field
 * @param {() => void} ended its Enter came
 * @param {Pick<Document, "addEventListener">} page
 */
export function gatherKeys(input, began, ended, page = document) {
  let keys = "";
  let last = 0;
  input.addEventListener("keydown", () => (keys = ""));
  page.addEventListener(
    "keydown",
    (event) => {
      const { key, target, timeStamp } = event;
      if (target === input || event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
      // A code that was begun waits for its end, also where the air between stutters.
      if (keys.length === 1 && timeStamp - last > PACE) keys = "";
      // What follows nothing presses the button that has the focus.
      if (key === "Enter" ? keys.length < 2 : key === " " ? keys === "" : key.length !== 1) return;
      event.preventDefault();
      event.stopPropagation();
      last = timeStamp;
      if (key === "Enter") {
        keys = "";
        ended();
        return;
      }
      keys += key;
      if (keys.length === 1) return;
      if (keys.length > 2) {
        input.value += key;
        return;
      }
      if (input.getAttribute("aria-invalid") === "true") input.value = "";
      input.value += keys;
      began();
    },
    true,
  );
}
