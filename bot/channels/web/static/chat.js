// Sends each form without leaving the page. Without this script the forms still work, one turn a page.
"use strict";

const log = document.getElementById("log");
const ask = document.getElementById("ask");
const text = document.getElementById("text");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

function show(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const turns = [...holder.content.querySelectorAll(".turn")];
  log.append(holder.content);
  if (turns.length) scrollTo(turns[0]);
}

// Scrolls the conversation only, never the page.
function scrollTo(turn) {
  log.scrollTo({ top: turn.offsetTop - log.offsetTop - 8, behavior: calm ? "auto" : "smooth" });
}

function fromTemplate(id) {
  const node = document.getElementById(id).content.firstElementChild.cloneNode(true);
  log.append(node);
  scrollTo(node);
  return node;
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, 144)}px`;
}

let busy = false;

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  const form = event.target;
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  if (form === ask && !text.value.trim()) return;
  busy = true;
  document.querySelectorAll("button").forEach((button) => { button.disabled = true; });
  const thinking = fromTemplate("thinking");
  try {
    const answer = await fetch("/chat", { method: "POST", body: fields, headers: { "X-SiNetral-Fragment": "1" } });
    const html = await answer.text();
    thinking.remove();
    show(html);
    if (form === ask && answer.ok) { text.value = ""; grow(); }
  } catch {
    thinking.remove();
    fromTemplate("offline");
  } finally {
    busy = false;
    document.querySelectorAll("button").forEach((button) => { button.disabled = false; });
    if (form === ask && matchMedia("(pointer: fine)").matches) text.focus();
  }
});

text.addEventListener("input", grow);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask.requestSubmit();
  }
});
