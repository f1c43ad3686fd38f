// Small comforts; every page works without them.
"use strict";

const zone = new Intl.DateTimeFormat("id-ID", { dateStyle: "long", timeStyle: "short" });

// Times in the viewer's own zone.
function localise(root) {
  root.querySelectorAll("time[datetime]").forEach((time) => {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime()) || !time.dateTime.includes("T")) return;
    time.title = time.textContent;
    time.textContent = zone.format(moment);
  });
}

// Asks before a form with unsaved changes is left.
let unsaved = false;
document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-keeps]")) unsaved = true;
});
document.addEventListener("submit", () => { unsaved = false; });
addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

// A key presses what names it, unless something is being typed.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const pressed = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!pressed) return;
  event.preventDefault();
  pressed.click();
  const first = pressed.closest("details[open]")?.querySelector("input, textarea");
  if (first) first.focus();
});

// htmx forgets a button that stands outside its form; it reads the fields at once, so that one may stand in for it.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.name || event.target.contains(button) || !event.target.hasAttribute("hx-post")) return;
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value });
  event.target.append(field);
  setTimeout(() => field.remove());
}, true);

// A message box is empty again once its message was answered; what could not be sent stays, and a line says so.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest("form:has([data-clears])");
  if (!form) return;
  form.querySelector("[data-unsent]").hidden = event.detail.successful;
  if (!event.detail.successful) return;
  form.querySelector(".examples")?.remove();
  const box = form.querySelector("[data-clears]");
  box.value = "";
  box.focus({ preventScroll: true });
  document.querySelector(".trial:last-of-type")?.scrollIntoView();
});

document.addEventListener("htmx:afterSwap", (event) => localise(event.target));
localise(document);
