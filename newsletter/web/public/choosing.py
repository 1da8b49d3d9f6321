"""The preferences page: sections, name, language, and the way out."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from newsletter.web.context import here
from newsletter.web.public.forms import chosen_sections
from newsletter.web.public.languages import offered_languages
from newsletter.web.public.links import DeadLink, Link, read
from newsletter.web.public.proof import link_proof
from newsletter.web.public.standing import Standing, of, standing
from subscribers import preferences as register
from subscribers.states import NoSuchTransition
from subscribers.tokens import Purpose


def preferences(token: str) -> ResponseReturnValue:
    """Show what a reader gets; on POST, keep the choice."""
    link = read(Purpose.PREFERENCES, token)
    shown = _standing(link)
    if shown.has_left:
        return render_template("web/public/goodbye.html", standing=shown), 409 if request.method == "POST" else 200
    if request.method == "POST" and not link.is_trial:
        shown = _save(link, shown)
    return _page(shown)


def _standing(link: Link) -> Standing:
    with here().database.reading() as session:
        try:
            return standing(session, link)
        except LookupError:
            raise DeadLink(
                410, _("This link is no longer in use"), _("What it belonged to has been deleted.")
            ) from None


def _save(link: Link, shown: Standing) -> Standing:
    app = here()
    with app.database.writing() as session:
        try:
            kept = register.choose(
                session,
                link.row,
                sections=_sections(shown),
                name=request.form.get("name", shown.name),
                language=_language(shown),
                evidence=link_proof(),
                now=app.clock.now(),
            )
        except NoSuchTransition:  # left in another window, this very moment
            raise DeadLink(410, _("You have left since"), _("Nothing was changed."), shown.newsletter) from None
        return of(kept)


def _sections(shown: Standing) -> set[str]:
    """Return the sections ticked; an earlier choice stays where the newsletter is no longer configured."""
    if shown.settings is None:
        return set(shown.chosen)
    return chosen_sections(request.form.getlist("sections"), {section.name for section in shown.settings.sections})


def _language(shown: Standing) -> str:
    wanted = request.form.get("language", shown.language)
    return wanted if wanted in {"", *offered_languages()} else shown.language


def _page(shown: Standing) -> ResponseReturnValue:
    app = here()
    leave = "" if shown.is_trial else app.tokens.sign(Purpose.UNSUBSCRIBE, shown.id, app.clock.now())
    return render_template(
        "web/public/preferences.html",
        standing=shown,
        languages=offered_languages(),
        leave=leave,
        saved=request.method == "POST",
    )
