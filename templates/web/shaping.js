// Shaping in the browser: dragging, keys, lengths, and the mail shown anew. Each deed is a form of the page, so that
// without this file everything still works.
"use strict";

// Dragging: a story dropped on another takes its place, in whatever section that stands.
let dragged = null;

function storyOf(target) {
  return target instanceof Element ? target.closest("#board ol[data-lane] > .story") : null;
}

document.addEventListener("dragstart", (event) => {
  dragged = storyOf(event.target);
  if (!dragged || !dragged.draggable) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.story);
  dragged.classList.add("dragged");
});

document.addEventListener("dragover", (event) => {
  const list = dragged && event.target.closest("#board ol[data-lane]");
  mark(list && list.dataset.lane !== "lead" ? storyOf(event.target) : null, event);
  if (list && list.dataset.lane !== "lead") event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const list = dragged && event.target.closest("#board ol[data-lane]");
  if (!list || list.dataset.lane === "lead") return;
  event.preventDefault();
  const over = storyOf(event.target);
  const before = over && isUpperHalf(over, event) ? over : over?.nextElementSibling;
  if (before !== dragged) move(dragged.dataset.story, list.dataset.lane, before?.dataset.story ?? "");
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  mark(null);
  dragged = null;
});

function isUpperHalf(story, event) {
  const box = story.getBoundingClientRect();
  return event.clientY < box.top + box.height / 2;
}

function mark(story, event) {
  for (const marked of document.querySelectorAll(".drop-above, .drop-below")) {
    marked.classList.remove("drop-above", "drop-below");
  }
  if (story && story !== dragged) story.classList.add(isUpperHalf(story, event) ? "drop-above" : "drop-below");
}

function move(story, lane, before) {
  const form = document.getElementById("drag");
  form.elements.story.value = story;
  form.elements.lane.value = lane;
  form.elements.before.value = before;
  form.requestSubmit();
}

// Keys: Alt with the arrows moves the story that has the focus; Ctrl+Z outside a text takes back.
document.addEventListener("keydown", (event) => {
  const story = document.activeElement?.closest(".story");
  const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (event.altKey && way && story) {
    const button = document.getElementById(`${way}-${story.dataset.story}`);
    if (!button) return;
    event.preventDefault();
    button.focus();
    button.click();
  }
  const isText = document.activeElement?.matches("input, textarea, select");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isText) {
    event.preventDefault();
    document.getElementById(event.shiftKey ? "redo" : "undo")?.click();
  }
});

// Lengths: characters as people count them, and whether a phone has room.
function measure(meter) {
  const text = document.getElementById(meter.dataset.of);
  if (!text) return;
  const length = [...(text.value.trim() || text.placeholder)].length, room = Number(meter.dataset.room);
  meter.textContent = `${length} of ${room}`;
  meter.classList.toggle("over", length > room);
}

document.addEventListener("input", (event) => {
  for (const meter of document.querySelectorAll("[data-room]")) if (meter.dataset.of === event.target.id) measure(meter);
  const state = event.target.closest?.(".text-field")?.querySelector(".saved");
  if (state && !state.querySelector(".choice")) state.textContent = "Not saved yet";
});

// A subject that the stories offer goes into the field as well, and is saved from the version the field knows.
document.addEventListener("click", (event) => {
  const offer = event.target.closest?.("[data-fills]");
  if (!offer) return;
  document.getElementById(offer.dataset.fills).value = offer.value;
  for (const field of offer.form.querySelectorAll("[data-same-as]")) {
    field.value = document.getElementById(field.dataset.sameAs).value;
  }
  document.querySelectorAll("[data-room]").forEach(measure);
});

// After a deed the mail is shown as it now would be, and so is whatever else of the page follows from it: each
// element with an id and data-fresh.
let waiting = 0;
document.addEventListener("shaped", () => {
  clearTimeout(waiting);
  waiting = setTimeout(freshen, 400);
  document.querySelectorAll("[data-room]").forEach(measure);
});

async function freshen() {
  for (const frame of document.querySelectorAll(".preview iframe")) frame.src = frame.src;
  const old = document.querySelectorAll("[id][data-fresh]");
  if (!old.length) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const element of old) element.replaceWith(page.getElementById(element.id) ?? element);
}

document.addEventListener("htmx:afterSwap", (event) => {
  document.querySelector("#board .choice")?.focus();
  document.querySelectorAll("[data-room]").forEach(measure);
});

// What was not taken is said, and nothing that was written is lost: it stays in its field.
const REASONS = { 401: "you are signed out. Sign in in another tab", 403: "your role does not allow it", 404: "it is not there any more", 429: "too many at once. Wait a moment" };

function tellFailure(event) {
  const status = event.detail.xhr?.status;
  const reason = REASONS[status] ?? (status ? `the server answered ${status}. Load the page anew` : "the server cannot be reached");
  const state = event.target.closest?.(".text-field")?.querySelector(".saved");
  const place = state ?? document.getElementById("news");
  const words = `Not saved: ${reason}, and try again.`;
  if (place && place.textContent !== words) place.textContent = words;
}

document.addEventListener("htmx:responseError", tellFailure);
document.addEventListener("htmx:sendError", tellFailure);

// Leaving a text that is not saved yet saves it at once.
document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.(".text-field");
  if (form?.querySelector(".saved")?.textContent.startsWith("Not saved")) form.requestSubmit();
});

document.querySelectorAll("[data-room]").forEach(measure);
