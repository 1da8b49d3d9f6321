"""HTTP to a provider, by `requests`: one session a thread, no redirects, and the difference between two failures.

`NotSent` is a failure before the request's first octet: there was no connection. `Unanswered` is any later one:
the request may have arrived whole.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)

from newsletter.clock import Clock
from newsletter.transports.api.provider import Answer, Request

_CONNECT = 10.0  # seconds
_MOST_OF_ANSWER = 4_000_000  # octets
_IDLE = 10.0  # seconds after which a kept connection may have been closed by the other side, unseen


class NotSent(Exception):
    """There was no connection; nothing left."""


class Unanswered(Exception):
    """The request may have arrived, and there is no answer."""


@dataclass(slots=True)
class Line:
    """The way to a provider. `timeout` is for each answer."""

    clock: Clock
    timeout: timedelta
    _local: threading.local = field(default_factory=threading.local)
    _sessions: list[requests.Session] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, request: Request) -> Answer:
        """Make a request and return its answer. Raises NotSent, Unanswered."""
        session = self._session()
        try:
            with session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=request.body,
                timeout=(_CONNECT, self.timeout.total_seconds()),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = response.raw.read(_MOST_OF_ANSWER, decode_content=True)
                headers = {name.lower(): text for name, text in response.headers.items()}
                return Answer(response.status_code, headers, body)
        except requests.RequestException as trouble:
            raise (NotSent if _is_before(trouble) else Unanswered)(_words(trouble)) from trouble
        except Exception as trouble:  # whatever breaks while the answer is read
            raise Unanswered(_words(trouble)) from trouble

    def close(self) -> None:
        """Let go of every connection."""
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions.clear()
            self._local = threading.local()

    def _session(self) -> requests.Session:
        """Return this thread's session, a new one where the last was idle for long."""
        now = self.clock.monotonic()
        found: requests.Session | None = getattr(self._local, "session", None)
        if found is None or now - self._local.used > _IDLE:
            if found is not None:
                found.close()
            found = requests.Session()
            found.auth = lambda prepared: prepared  # or else a .netrc would write over the key
            with self._lock:
                self._sessions.append(found)
            self._local.session = found
        self._local.used = now
        return found


def _is_before(trouble: requests.RequestException) -> bool:
    """Tell whether the failure came before the connection was there."""
    if isinstance(
        trouble, requests.ConnectTimeout | requests.exceptions.ProxyError | requests.exceptions.InvalidURL
    ):
        return True
    cause = trouble.args[0] if trouble.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, ConnectTimeoutError | NewConnectionError | NameResolutionError | SSLError)


def _words(trouble: Exception) -> str:
    cause = trouble.args[0] if trouble.args else trouble
    reason = cause.reason if isinstance(cause, MaxRetryError) and cause.reason else cause
    return " ".join(str(reason).split())[:300] or type(trouble).__name__
