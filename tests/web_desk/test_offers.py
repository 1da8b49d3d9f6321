"""No page offers what whoever looks at it may not do: each role walks each page, each link and form is matched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.exceptions import HTTPException

from newsletter.app import App
from newsletter.editors.roles import Role
from newsletter.web.desk import roles
from tests.web_desk.conftest import SITE
from tests.web_desk.routes import browser_of, routes

_WAYS = {"formaction": "POST", "hx-post": "POST", "hx-get": "GET", "href": "GET"}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.PUBLISHER])
def test_pages_offer_nothing_that_is_refused(
    app: App, web: Flask, issue_id: int, readers: Callable[[int], None], role: Role
) -> None:
    readers(1)
    browser, wrong = browser_of(app, web, role), set()
    for rule, path in routes(web, "GET"):
        answer = browser.http.get(path, base_url=SITE)
        if answer.status_code == 200 and answer.mimetype == "text/html" and "preview" not in path:
            offered = {(way, target) for way, target in _offers(answer.text, path)}
            refused = {target for way, target in offered if not _is_for(web, way, target, role)}
            wrong |= {f"{rule.endpoint} offers {target}" for target in refused}
        answer.close()
    assert not wrong, f"a mere {role} sees what is refused; ask can_reach('desk.…') in the template"


def _offers(page: str, path: str) -> Iterator[tuple[str, str]]:
    """Yield each link and form of a page: by which method it goes where."""
    soup = BeautifulSoup(page, "html.parser")
    for form in soup.find_all("form"):
        yield str(form.get("method") or "get").upper(), str(form.get("action") or path)
    for name, way in _WAYS.items():
        for element in soup.find_all(attrs={name: True}):
            yield way, str(element[name])


def _is_for(web: Flask, way: str, target: str, role: Role) -> bool:
    parts = urlsplit(target)
    if parts.netloc or not parts.path.startswith("/desk/"):
        return True
    try:
        endpoint, _ = web.url_map.bind("").match(parts.path, method=way)
    except HTTPException:
        return True  # a redirect to itself; a dead link is another test's business
    needed = getattr(web.view_functions[endpoint], roles._MARK, Role.ADMINISTRATOR)
    return needed is None or role.includes(needed)
