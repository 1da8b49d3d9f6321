"""The pages of the gate: one more press, and "please try again later". The same words for every address."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from newsletter.web.context import here
from newsletter.web.public.forms import email_of
from newsletter.web.public.gate import PressAgain, TooMany

_OURS = frozenset({"stamp", "proof"})


def press_again(asked: PressAgain) -> ResponseReturnValue:
    """Show everything that was sent as one form with one button, and a stamp."""
    fields = [(name, text) for name, text in request.form.items(multi=True) if name not in _OURS]
    return render_template(
        "web/public/press_again.html",
        action=request.script_root + request.full_path.rstrip("?"),
        email=email_of(request.form),
        fields=fields,
        stamp=asked.stamp,
        seconds=seconds(asked.wait),
        bits=here().settings.signup.proof_of_work,
    )


def too_many(refused: TooMany) -> ResponseReturnValue:
    """Say when to try again, in words and in Retry-After (RFC 9110, section 10.2.3)."""
    page = render_template("web/error.html", heading=_("Please wait a little"), sentence=too_many_words(refused))
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(seconds(refused.again_in))
    return response


def too_many_words(refused: TooMany) -> str:
    """Return one sentence for whoever has to wait."""
    return _(
        "There were very many requests in a short time from your network, or for this address. "
        "Please try again in %(time)s.",
        time=in_words(refused.again_in),
    )


def seconds(span: timedelta) -> int:
    """Return whole seconds, at least one where there is any time left."""
    return ceil(span.total_seconds())


def in_words(span: timedelta) -> str:
    """Return a time to wait as people say it, never too short: minutes up to two hours, then hours."""
    minutes = max(ceil(span.total_seconds() / 60), 1)
    if minutes < 120:
        return ngettext("one minute", "%(num)d minutes", minutes)
    return ngettext("one hour", "%(num)d hours", ceil(minutes / 60))
