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
