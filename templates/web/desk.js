// Keeps the countdowns moving. Without it the page shows the moment it was made, which is true as well.
"use strict";

function span(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60), days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24, rest = minutes % 60;
  if (days) return `${days} day${days > 1 ? "s" : ""}${hours ? ` ${hours} h` : ""}`;
  if (hours) return `${hours} h${rest ? ` ${rest} min` : ""}`;
  return `${rest} min`;
}

// The server's clock counts, not the editor's.
const offset = Date.parse(document.querySelector("footer time").dateTime) - Date.now();

function tick() {
  for (const place of document.querySelectorAll("[data-countdown]")) {
    const seconds = Math.round((Date.parse(place.dataset.countdown) - Date.now() - offset) / 1000);
    const near = Math.abs(seconds) < 30, words = span(Math.abs(seconds));
    place.textContent = near ? "(now)" : seconds > 0 ? `(in ${words})` : `(${words} ago)`;
  }
}

tick();
setInterval(tick, 10000);

// What htmx could not do is said at the top, where a page has no #news for it; what was written stays on the page.
const REFUSALS = {
  401: "You are signed out, so that was not done. Sign in in another tab, then try again.",
  403: "That is not in your role, so it was not done.",
};
function tell(words) {
  if (document.getElementById("news")) return;
  const told = document.getElementById("trouble") ?? document.createElement("p");
  Object.assign(told, { id: "trouble", className: "flash wrong", textContent: words });
  told.setAttribute("role", "alert");
  document.getElementById("main").prepend(told);
  told.scrollIntoView({ block: "nearest" });
}
document.addEventListener("htmx:responseError", (event) => {
  tell(REFUSALS[event.detail.xhr.status] ?? "That did not work. Load the page again.");
});
document.addEventListener("htmx:sendError", () => tell("The server cannot be reached, so that was not done."));
