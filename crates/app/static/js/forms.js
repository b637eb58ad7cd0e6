// @ts-check
// What makes forms quicker; each works without it.

/** Fields with data-shown-by="NAME=VALUE|VALUE" are hidden until one of those answers is chosen. */
export function showByAnswer() {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-shown-by]"))) {
    const [name = "", values = ""] = (part.dataset.shownBy ?? "").split("=");
    const form = part.closest("form");
    const settle = () => {
      const chosen = form && new FormData(form).get(name);
      part.hidden = !values.split("|").includes(String(chosen));
      for (const input of part.querySelectorAll("input, textarea, select")) input.toggleAttribute("disabled", part.hidden);
    };
    form?.addEventListener("change", settle);
    settle();
  }
}

/** A button says that it works, keeps its width, and is not pressed twice. */
export function sayBusy() {
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.defaultPrevented || !(button instanceof HTMLButtonElement) || !button.dataset.busy) return;
    if (button.getAttribute("aria-busy") === "true") return event.preventDefault();
    button.style.minInlineSize = `${button.offsetWidth}px`;
    button.setAttribute("aria-busy", "true");
    const label = button.querySelector("span") ?? button;
    label.textContent = button.dataset.busy;
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("button[aria-busy]")) location.reload();
  });
}

/** <form data-auto> is sent when a choice in it changes. */
export function sendOnChange() {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-auto]"))) {
    form.addEventListener("change", () => form.requestSubmit());
  }
}

/** <button data-print>, <button data-copy="TEXT">, and menus that close when something else is touched. */
export function smallThings() {
  document.addEventListener("click", (event) => {
    const touched = event.target instanceof Element ? event.target : null;
    if (touched?.closest("[data-print]")) window.print();
    const copy = touched?.closest("[data-copy]");
    if (copy) copyText(copy);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!touched || !menu.contains(touched)) menu.removeAttribute("open");
    }
  });
  for (const toast of document.querySelectorAll("[data-toast]")) setTimeout(() => toast.remove(), 6000);
}

/** @param {Element} button */
async function copyText(button) {
  await navigator.clipboard?.writeText(button.getAttribute("data-copy") ?? "");
  const said = button.getAttribute("data-copied");
  const label = button.querySelector("span");
  if (navigator.clipboard && said && label) label.textContent = said;
}

/** After errors the summary takes the focus. Of ways that scroll sideways, the current one is shown. */
export function focusFirst() {
  for (const way of document.querySelectorAll("nav [aria-current=page]")) way.scrollIntoView({ block: "nearest", inline: "center" });
  const summary = document.querySelector("[data-focus]");
  if (summary instanceof HTMLElement) summary.focus();
}
