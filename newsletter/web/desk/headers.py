"""What every answer of the desk carries: only our scripts, no frame but our own preview, nothing for caches."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' http: https: data:; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# A mail is a stranger's markup in part: it may show pictures and its own styles, and do nothing else.
PREVIEW_POLICY = (
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox"
)
PREVIEWS = frozenset({"desk.preview_html", "desk.correction_html"})


def protect(response: Response) -> Response:
    """Set the security headers. The CSRF check needs a referrer within the site, and nobody else gets one."""
    preview = request.endpoint in PREVIEWS
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY if preview else PAGE_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN" if preview else "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
