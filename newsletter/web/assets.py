"""The files beside the templates: sheets, icon, the forms' scripts, the newsroom's own pictures and fonts."""

from __future__ import annotations

from pathlib import PurePosixPath

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue

from newsletter.web.context import here

_KINDS = {
    "style.css": "text/css",
    "newsroom.css": "text/css",
    "icon.svg": "image/svg+xml",
    "subscribe.js": "text/javascript",
    "proof.js": "text/javascript",
}
_OWN_KINDS = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def register(web: Flask) -> None:
    """Serve each under /static/, from the newsroom's own folder where it has one of that name."""
    names = ",".join(f"'{name}'" for name in _KINDS)
    web.add_url_rule(f"/static/<any({names}):name>", "static_file", _asset)
    web.add_url_rule("/static/own/<name>", "own_file", _own)


def _asset(name: str) -> ResponseReturnValue:
    return _kept(Response(here().templates.source(f"web/{name}"), mimetype=_KINDS[name]))


def _own(name: str) -> ResponseReturnValue:
    """Answer with a file of the newsroom's web/own/, for its newsroom.css to point to."""
    kind = _OWN_KINDS.get(PurePosixPath(name).suffix)
    file = here().templates.file(f"web/own/{name}") if kind else None
    return _kept(Response(file.read_bytes(), mimetype=kind)) if file else abort(404)


def _kept(response: Response) -> ResponseReturnValue:
    response.headers["Cache-Control"] = "public, max-age=300"
    response.add_etag()
    return response.make_conditional(request)
