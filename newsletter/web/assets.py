"""The files that stand beside the pages' templates: one style sheet and one icon."""

from __future__ import annotations

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from newsletter.web.context import here

_KINDS = {"style.css": "text/css", "icon.svg": "image/svg+xml"}


def register(web: Flask) -> None:
    """Serve each under /static/, from the newsroom's own folder where it has one of that name."""
    web.add_url_rule("/static/<any('style.css','icon.svg'):name>", "static_file", _asset)


def _asset(name: str) -> ResponseReturnValue:
    response = Response(here().templates.source(f"web/{name}"), mimetype=_KINDS[name])
    response.headers["Cache-Control"] = "public, max-age=300"
    response.add_etag()
    return response.make_conditional(request)
