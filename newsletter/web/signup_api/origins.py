"""Which sites' scripts may ask (the Fetch standard's CORS protocol): those that the newsroom has named, no others.

No cookie counts here, so none is allowed. Whoever is not let in can still send the form as a form.
"""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from newsletter.web.context import here

_REMEMBERED = "7200"  # seconds that a browser may rely on what it was told
_HEADERS = "Content-Type, Accept-Language"


def let_in(response: Response) -> Response:
    """Tell the browser whether the page's script may read this, or ask it."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin not in here().settings.signup.origins:
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = _HEADERS
        response.headers["Access-Control-Max-Age"] = _REMEMBERED
    return response
