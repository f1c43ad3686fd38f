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

document.addEventListener("htmx:afterSwap", (event) => localise(event.target));
localise(document);
