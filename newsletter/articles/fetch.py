"""Fetching from other people's servers: bounded in time, in bytes and in redirects, and only where it is safe.

This is the only module that sends HTTP requests for articles. Conditional GET follows RFC 9110, section 13.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from requests import Response
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from newsletter.clock import Clock
from newsletter.routes import Deadline, PinnedAdapter, Refused, Route, resolve
from newsletter.settings import CollectSettings

MAX_REDIRECTS = 5
_CHUNK = 65536
_LONGEST_MARK = 1_000  # characters
_REDIRECTS = {301, 302, 303, 307, 308}
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, text/html;q=0.9, */*;q=0.8"


class FetchError(Exception):
    """Nothing usable came; the text is one sentence. `status` is the HTTP status, None where there was none."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `status` is 200 to 299, or 304 with an empty body; `url` is where the redirects ended.

    `headers` has the answer's header fields, their names in lower case.
    """

    status: int
    url: str
    body: bytes
    etag: str
    last_modified: str
    content_type: str
    headers: dict[str, str]


class Fetcher:
    """Fetches one address at a time, and remembers nothing: no cookies, no credentials, no proxies."""

    def __init__(self, settings: CollectSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def get(self, url: str, *, etag: str = "", last_modified: str = "") -> Fetched:
        """Fetch an address, unless it is unchanged since the answer with this `etag` or `last_modified`.

        A user name and password in the address are sent to that host and never along a redirect. Raises
        FetchError for anything but an answer of 2xx or 304 within the limits.
        """
        end = self._clock.monotonic() + self._settings.timeout.total_seconds()
        deadline = Deadline(self._clock, end)
        headers = self._headers(etag, last_modified)
        with deadline.running():
            try:
                return self._follow(url, headers, deadline)
            except (Refused, RequestException, HTTPError, OSError, ValueError) as error:
                raise FetchError(self._sentence(url, error, deadline)) from error

    def look(self, url: str) -> Fetched:
        """Ask whether an address can be had, without its body where the host lets us (HEAD). Raises FetchError."""
        deadline = Deadline(self._clock, self._clock.monotonic() + self._settings.timeout.total_seconds())
        headers = self._headers("", "") | {"Accept": "*/*"}
        with deadline.running():
            try:
                return self._follow(url, headers, deadline, "HEAD")
            except FetchError as error:
                if error.status is None:
                    raise
            except (Refused, RequestException, HTTPError, OSError, ValueError) as error:
                raise FetchError(self._sentence(url, error, deadline)) from error
        return self.get(url)  # many a host answers HEAD with nonsense

    def _follow(self, url: str, headers: dict[str, str], deadline: Deadline, method: str = "GET") -> Fetched:
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(url, headers, deadline, method)
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise Refused(f"{bare(url)} was reached after {MAX_REDIRECTS} redirects, and redirects once more.")

    def _ask(self, url: str, headers: dict[str, str], deadline: Deadline, method: str) -> Fetched | str:
        """Return the answer of one host, or the address that it redirects to."""
        _check_scheme(url)
        adapter = PinnedAdapter(Route(resolve(url, self._settings.allow_hosts, "collect.allow_hosts"), deadline))
        try:
            request = requests.Request(method, url, headers=headers).prepare()
            with adapter.send(request, stream=True, timeout=deadline.left(), proxies={}) as response:
                location = _as_meant(response.headers.get("Location", ""))
                if response.status_code in _REDIRECTS and location:
                    return bare(urljoin(bare(url), location))
                return self._fetched(response, bare(url), deadline)
        finally:
            adapter.close()

    def _fetched(self, response: Response, url: str, deadline: Deadline) -> Fetched:
        status = response.status_code
        if status != 304 and not 200 <= status < 300:
            raise FetchError(f"{url} answered with status {status}.", status)
        body = b"" if status == 304 else self._body(response, url, deadline)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Fetched(
            status=status,
            url=url,
            body=body,
            etag=_mark(headers.get("etag", "")),
            last_modified=_mark(headers.get("last-modified", "")),
            content_type=headers.get("content-type", ""),
            headers=headers,
        )

    def _body(self, response: Response, url: str, deadline: Deadline) -> bytes:
        """Read and unpack, a piece at a time, so that a few packed bytes can't fill the memory."""
        body = bytearray()
        for piece in response.raw.stream(_CHUNK, decode_content=True):
            body += piece
            if len(body) > self._settings.max_bytes:
                raise Refused(f"{url} is larger than {self._settings.max_bytes} bytes, unpacked.")
            if deadline.is_over():
                break
        if deadline.is_over():
            raise TimeoutError
        return bytes(body)

    def _headers(self, etag: str, last_modified: str) -> dict[str, str]:
        headers = {
            "User-Agent": self._settings.user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip, deflate",
        }
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        return headers

    def _sentence(self, url: str, error: Exception, deadline: Deadline) -> str:
        if isinstance(error, Refused):
            return str(error)
        if deadline.is_over() or isinstance(error, TimeoutError | requests.Timeout):
            return f"{bare(url)} did not answer in full within {self._settings.timeout.total_seconds():g} seconds."
        if isinstance(error, requests.exceptions.SSLError):
            return f"{bare(url)} has no certificate that can be trusted."
        if isinstance(error, requests.exceptions.ConnectionError):
            return f"{bare(url)} could not be reached: the connection failed or was cut off."
        return f"{bare(url)} gave no readable answer ({type(error).__name__})."


def bare(url: str) -> str:
    """Return an address without user name, password and fragment, fit for a log and for another host."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return url
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def _as_meant(header: str) -> str:
    """Read as UTF-8 what Python's HTTP client has read as Latin-1: an address that was not escaped."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _mark(header: str) -> str:
    """Return a header that can be kept and sent back; nothing when it could not be."""
    return header if header.isascii() and header.isprintable() and len(header) <= _LONGEST_MARK else ""


def _check_scheme(url: str) -> None:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise Refused(f"{bare(url)} is not an http or https address.")
