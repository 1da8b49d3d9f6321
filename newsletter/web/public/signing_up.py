"""Signing up: the hosted pages and the form to copy.

The forms carry no CSRF token, on purpose: they are meant to be posted from the newsroom's own site, and all that a
forged post could do is owe one confirmation mail, bounded per address and day. The answer is the same for every
address, known or not.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from newsletter.settings import NewsletterSettings
from newsletter.web.context import here
from newsletter.web.headers import SCRIPTED_POLICY
from newsletter.web.languages import page_language, speaking
from newsletter.web.public.accepting import Refused, accept
from newsletter.web.public.coming import next_issue
from newsletter.web.public.forms import HONEYPOT, SignUpForm, read_form
from newsletter.web.public.frequencies import frequencies
from newsletter.web.public.languages import offered_languages
from newsletter.web.public.proof import shown_consent
from newsletter.web.public.standing import newsletter_of
from subscribers.evidence import web_page

_REFUSED = 422


def index() -> ResponseReturnValue:
    """Offer every newsletter on one page; a product with a single one shows that one's own page."""
    offered = here().settings.newsletters
    if len(offered) == 1:
        return _subscribe_to(offered[0])
    if request.method == "GET":
        return _form_page(offered, _empty_form(offered))
    form = read_form(request.form)
    wanted = [each for each in offered if each.slug in form.newsletters]
    if not wanted:
        return _form_page(offered, form, newsletters_error=_("Please choose at least one newsletter."))
    return _sign_up(offered, wanted, form)


def subscribe(slug: str) -> ResponseReturnValue:
    """Offer one newsletter; the embedded form posts here too."""
    return _subscribe_to(_newsletter(slug))


def embed(slug: str) -> ResponseReturnValue:
    """Show the form to copy into the newsroom's own pages, in the newsletter's language unless `?lang=` asks."""
    newsletter = _newsletter(slug)
    context = {"newsletter": newsletter, "signup": here().settings.signup, "honeypot": HONEYPOT}
    with speaking(request.args.get("lang", "") or newsletter.language):
        snippet = render_template("web/public/embed_form.html", consent=shown_consent(), **context)
    return render_template("web/public/embed.html", snippet=snippet.strip(), **context)


def _subscribe_to(newsletter: NewsletterSettings) -> ResponseReturnValue:
    if request.method == "GET":
        return _form_page([newsletter], _empty_form([newsletter]))
    return _sign_up([newsletter], [newsletter], read_form(request.form))


def _newsletter(slug: str) -> NewsletterSettings:
    return newsletter_of(here().settings, slug) or abort(404)


def _empty_form(offered: Sequence[NewsletterSettings]) -> SignUpForm:
    return SignUpForm(page=web_page(request.args.get("page", "")), language=_spoken(offered))


def _sign_up(
    offered: Sequence[NewsletterSettings], wanted: Sequence[NewsletterSettings], form: SignUpForm
) -> ResponseReturnValue:
    try:
        accept(wanted, form)
    except Refused as refused:
        return _form_page(offered, form, email_error=str(refused), suggestion=refused.suggestion)
    return render_template("web/public/signed_up.html", newsletters=wanted, form=form)


def _form_page(offered: Sequence[NewsletterSettings], form: SignUpForm, **errors: str) -> ResponseReturnValue:
    page = render_template(
        "web/public/sign_up.html",
        newsletters=offered,
        newsletter=offered[0] if len(offered) == 1 else None,
        next_issues={each.slug: next_issue(each) for each in offered},
        frequencies=frequencies(offered),
        languages=offered_languages(),
        signup=here().settings.signup,
        consent=shown_consent(),
        honeypot=HONEYPOT,
        form=form,
        errors=errors,
    )
    response = make_response(page, _REFUSED if errors else 200)
    response.headers["Content-Security-Policy"] = SCRIPTED_POLICY
    return response


def _spoken(offered: Sequence[NewsletterSettings]) -> str:
    """Return the language to offer first: the page's, unless the newsletters come in it anyway."""
    return "" if {each.language for each in offered} == {page_language()} else page_language()
