"""What a reader sees when something is wrong: the site's own page, one clear sentence, and a way on.

A program that asks the API is told as programs are: see `problems`.
"""

from __future__ import annotations

from flask import Flask, make_response, render_template, request
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from newsletter.web import problems

_PROGRAMS = "/api/"  # where programs ask, not people
_WORDS = {
    400: (
        _("That did not arrive whole"),
        _("The page could not read what was sent. Please go back and try again."),
    ),
    404: (_("Nothing here"), _("There is no page at this address. Perhaps it was not copied whole.")),
    405: (_("Not that way"), _("This address cannot be used like that. Please open it in your browser.")),
    413: (
        _("Too much"),
        _("What was sent is far larger than this form needs. Please go back and try again."),
    ),
    429: (
        _("Please wait a moment"),
        _("There were very many sign-ups from your network in a short time. Please try again in a minute."),
    ),
    500: (
        _("That is our mistake"),
        _("Something went wrong here, and nothing was changed. Please try again soon."),
    ),
}
_OTHERWISE = (_("That did not work"), _("The page could not be shown. Please go back and try again."))
_RETRY_AFTER = "60"


def register(web: Flask) -> None:
    """Answer every error with a page."""
    web.register_error_handler(HTTPException, _answer)


def _answer(error: HTTPException) -> Response | HTTPException:
    code = error.code or 500
    if code < 400:  # a redirect to the address with its slash
        return error
    if request.path.startswith(_PROGRAMS):
        return problems.of(error)
    heading, sentence = _WORDS.get(code, _OTHERWISE)
    response = make_response(render_template("web/error.html", heading=heading, sentence=sentence), code)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    if code == 429:
        response.headers["Retry-After"] = _RETRY_AFTER
    return response
