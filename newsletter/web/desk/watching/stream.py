"""The stream of an issue's progress: server-sent events (HTML Living Standard, section 9.2).

Each event has the whole state as the page shows it, and a hash of it as its id: a browser that comes back with the
same in `Last-Event-ID` is told nothing twice, and one that missed some has missed nothing. A stream takes a thread
of the server, so there are few at a time, and each ends by itself; the browser opens the next, which asks again
who is signed in. Without a script, and where no stream is free, the page loads itself anew.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from jinja2 import Template

from newsletter.app import App
from newsletter.issues.states import IssueState
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.watching.watch import Look, Watch

MOST_STREAMS = 3  # in a process, of its eight threads
LASTS = 90.0  # seconds
HEARTBEAT = 15.0  # seconds of silence, after which something in between may take the line for dead
_BETWEEN = 1.0  # seconds
_RETRY = "retry: 2000\n\n"
_ALIVE = ": still there\n\n"
_END = "event: end\ndata: \n\n"


@dataclass(frozen=True, slots=True)
class Stream:
    """The view of progress, and what it looks through."""

    app: App
    watch: Watch
    slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_STREAMS))

    @needs(Role.VIEWER)
    def progress(self, issue_id: int) -> ResponseReturnValue:
        """Tell of an issue's progress until it ends, or for a minute and a half."""
        if self.watch.look(issue_id) is None:
            abort(404, "There is no such issue.")
        if not self.slots.acquire(blocking=False):
            full = Response("Too many are watching; the page loads itself anew.\n", 503, mimetype="text/plain")
            full.headers["Retry-After"] = "10"
            return full
        shown = current_app.jinja_env.get_template("web/desk/issue/live.html")
        told = self._told(issue_id, shown, request.headers.get("Last-Event-ID", ""))
        answer = Response(told, mimetype="text/event-stream")
        answer.headers["X-Accel-Buffering"] = "no"  # nginx would keep events back
        answer.call_on_close(self.slots.release)
        return answer

    def _told(self, issue_id: int, shown: Template, last: str) -> Iterator[str]:
        clock = self.app.clock
        ends, heard = clock.monotonic() + LASTS, clock.monotonic()
        yield _RETRY
        while clock.monotonic() < ends and (look := self.watch.look(issue_id)) is not None:
            if (key := _key(look)) != last:
                yield event(key, shown.render(look=look))
                last, heard = key, clock.monotonic()
            elif clock.monotonic() - heard >= HEARTBEAT:
                yield _ALIVE
                heard = clock.monotonic()
            if _is_over(look):
                yield _END
                return
            clock.sleep(_BETWEEN)


def event(key: str, data: str) -> str:
    """Return an event `progress`; each line of its data on a line of its own, as the format wants it."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"event: progress\nid: {key}\n{lines}\n"


def _key(look: Look) -> str:
    """Return what is the same for looks that differ in their moment only."""
    told = look.state, look.standing, look.details, look.refusals, look.limits, round(look.rate, 1)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _is_over(look: Look) -> bool:
    return look.state is not IssueState.SENDING
