"""A reader's browser in thirty lines: it opens pages of this machine, fills in their forms and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

from bs4 import BeautifulSoup, Tag


class PageFailed(Exception):
    """A page did not come, or came with an error; the text says which and how."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stands on a page: where it goes and what is already filled in."""

    action: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that came."""

    url: str
    html: str

    def form(self) -> Form:
        """Return the first form that posts. Raises PageFailed when there is none."""
        form = BeautifulSoup(self.html, "lxml").select_one("form[method=post i]")
        if form is None:
            raise PageFailed(f"{self.url} has no form to send")
        named = [tag for tag in form.select("input[name]") if _counts(tag)]
        fields = {str(tag["name"]): str(tag.get("value", "")) for tag in named}
        return Form(urljoin(self.url, str(form.get("action") or self.url)), fields)


@dataclass(frozen=True, slots=True)
class Browser:
    """Keeps cookies, follows redirects, asks no proxy."""

    opener: OpenerDirector = field(default_factory=lambda: build_opener(ProxyHandler({}), HTTPCookieProcessor()))

    def open(self, url: str) -> Page:
        """Return the page at an http address. Raises PageFailed."""
        return self._load(Request(url))  # noqa: S310 - addresses of the demo's own servers

    def send(self, form: Form, **filled: str) -> Page:
        """Send a form with what the reader filled in, and return the answer. Raises PageFailed."""
        body = urlencode({**form.fields, **filled}).encode()
        return self._load(Request(form.action, data=body))  # noqa: S310 - addresses of the demo's own servers

    def _load(self, request: Request) -> Page:
        try:
            with self.opener.open(request, timeout=30) as response:
                return Page(response.url, response.read().decode())
        except HTTPError as error:
            error.close()
            raise PageFailed(f"{request.full_url} answered {error.code}") from None
        except (URLError, HTTPException, OSError) as error:
            raise PageFailed(f"{request.full_url} did not answer: {error}") from error


def _counts(field: Tag) -> bool:
    # What a browser sends unasked: a box that is not ticked is left out.
    return field.get("type") not in {"checkbox", "radio"} or field.has_attr("checked")
