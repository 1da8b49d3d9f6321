// Shows an issue's progress as the server tells it. Where there is no stream the page loads itself anew.
"use strict";

const place = document.querySelector("[data-events]");

if (place) {
  const source = new EventSource(place.dataset.events);
  source.addEventListener("progress", (event) => { place.innerHTML = event.data; });
  source.addEventListener("end", () => { source.close(); location.reload(); });
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 10000);
  };
}
