"""One request to one endpoint: bounded in time and size, along no redirect, and to public addresses only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from requests import Response
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from newsletter.clock import Clock
from newsletter.routes import Deadline, PinnedAdapter, Refused, Route, resolve
from newsletter.settings import OutgoingWebhookSettings

_SHOWN = 200  # characters of an answer's body
_READ = 2_000  # octets of it
_GONE = 410
_LONGEST_URL = 2_000


class BadAddress(ValueError):
    """No webhook can be sent to that address; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint said. `status` is None where nothing came; `wait` is what it asked for, if it did."""

    status: int | None
    words: str
    wait: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        """Tell whether the endpoint has it now."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Tell whether the endpoint wants no more, ever."""
        return self.status == _GONE


@dataclass(frozen=True, slots=True)
class Courier:
    """Sends, and remembers nothing: no cookies, no credentials, no proxies."""

    settings: OutgoingWebhookSettings
    clock: Clock

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a signed body and return what came back. Raises nothing for what an endpoint may do."""
        deadline = Deadline(self.clock, self.clock.monotonic() + self.settings.timeout.total_seconds())
        with deadline.running():
            try:
                return self._ask(url, headers, body, deadline)
            except (Refused, BadAddress) as refusal:
                return Reply(None, str(refusal))
            except (RequestException, HTTPError, OSError, ValueError) as trouble:
                return Reply(None, self._sentence(trouble, deadline))

    def _ask(self, url: str, headers: Mapping[str, str], body: bytes, deadline: Deadline) -> Reply:
        require_good(url, self.settings.allow_hosts)
        route = Route(resolve(url, self.settings.allow_hosts, "webhooks.allow_hosts"), deadline)
        fixed = {"Content-Type": "application/json", "User-Agent": "newsletter", "Accept-Encoding": "identity"}
        request = requests.Request("POST", url, headers=fixed | dict(headers), data=body).prepare()
        adapter = PinnedAdapter(route)
        try:
            with adapter.send(request, stream=True, timeout=deadline.left(), proxies={}) as response:
                return _reply(response)
        finally:
            adapter.close()

    def _sentence(self, trouble: Exception, deadline: Deadline) -> str:
        if deadline.is_over() or isinstance(trouble, TimeoutError | requests.Timeout):
            return f"No answer within {self.settings.timeout.total_seconds():g} seconds."
        if isinstance(trouble, requests.exceptions.SSLError):
            return "Its certificate can't be trusted."
        if isinstance(trouble, requests.exceptions.ConnectionError):
            return "The connection failed or was cut off."
        return f"No readable answer came ({type(trouble).__name__})."


def require_good(url: str, allow_hosts: frozenset[str]) -> None:
    """Raise BadAddress unless it is an https address, or an http one of a host that is allowed that."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port = "", 0
    if not host or port == 0 or not url.isprintable() or " " in url or len(url) > _LONGEST_URL:
        raise BadAddress("a webhook needs an address such as https://shop.example/hooks")
    if parts.username is not None or parts.fragment:
        raise BadAddress("a webhook's address may hold no user name, password or fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in allow_hosts):
        raise BadAddress(
            f"a webhook's address begins with https://; add {host} to webhooks.allow_hosts if http is meant"
        )


def _reply(response: Response) -> Reply:
    status = response.status_code
    if 300 <= status < 400:
        return Reply(status, f"Answered {status}; a redirect is not followed.")
    said = "" if 200 <= status < 300 else _beginning(response)
    return Reply(status, f"Answered {status}" + (f": {said}" if said else "."), _wait(response))


def _beginning(response: Response) -> str:
    text = response.raw.read(_READ, decode_content=False).decode("utf-8", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_SHOWN]


def _wait(response: Response) -> timedelta | None:
    """Return what `Retry-After` asks for in seconds (RFC 9110, section 10.2.3); its dates are not looked at."""
    asked = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else None
