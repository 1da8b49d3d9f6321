"""What every answer carries: no script but the form's, nothing from elsewhere, no frame, no trace of links."""

from __future__ import annotations

from flask import g, request
from werkzeug.wrappers import Response

_NOTHING_ELSE = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
PAGE_POLICY = _NOTHING_ELSE + "style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'"
SCRIPTED_POLICY = (
    PAGE_POLICY + "; script-src 'self'"
)  # where a form asks the browser for its time zone, or for work
# An issue in the browser brings its own styles and pictures, may open its links, and does nothing else.
ISSUE_POLICY = (
    _NOTHING_ELSE + "img-src https: http: data:; style-src 'unsafe-inline'; form-action 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


def protect(response: Response) -> Response:
    """Set the security headers that the page has not set itself.

    An address with a token in it is a secret of one reader: nothing keeps the page and nobody is told where the
    reader came from.
    """
    has_token = "token" in (request.view_args or {})
    wanted = {
        "Content-Security-Policy": SCRIPTED_POLICY if g.get("has_script") else PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer" if has_token else "strict-origin-when-cross-origin",
        "Cache-Control": "no-store" if has_token else "no-cache",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if has_token:
        wanted["X-Robots-Tag"] = "noindex, nofollow"
    for name, value in wanted.items():
        response.headers.setdefault(name, value)
    return response
