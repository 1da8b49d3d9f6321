"""A wish in JSON, taken by the way of every sign-up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from newsletter.settings import NewsletterSettings
from newsletter.web.context import here
from newsletter.web.problems import Problem
from newsletter.web.public.accepting import Refused, accept
from newsletter.web.public.forms import SignUpForm, read_form
from newsletter.web.public.gate import PressAgain, TooMany
from newsletter.web.public.waiting import seconds, too_many_words
from newsletter.web.signup_api.shapes import Accepted, Wish


def take(wish: Wish) -> Accepted:
    """Sign somebody up. Raises Problem."""
    wanted = _wanted(wish.newsletters)
    _know("sections", wish.sections, {name for each in wanted for name in _names_of_sections(each)})
    try:
        accept(wanted, _form(wish))
    except Refused as refused:
        raise _refused(refused) from None
    except PressAgain as asked:
        raise _once_more(asked) from None
    except TooMany as many:
        headers = {"Retry-After": str(seconds(many.again_in))}
        raise Problem(429, too_many_words(many), headers=headers) from None
    return Accepted(
        detail=_("Look into your mailbox, open our mail and press its button; then you are on the list.")
    )


def _refused(refused: Refused) -> Problem:
    suggestion = {"suggestion": refused.suggestion} if refused.suggestion else {}
    return Problem(422, str(refused), [_fault(f"/{refused.field}", str(refused)) | suggestion])


def _once_more(asked: PressAgain) -> Problem:
    """Return the problem with which people are asked for one more press: a program sends it again by itself."""
    wait, bits = seconds(asked.wait), here().settings.signup.proof_of_work
    members = {"stamp": asked.stamp, "wait": wait, "proof_of_work": bits}
    return Problem(409, f"Send it again with this stamp, in {wait} s.", members=members)


def _wanted(slugs: Sequence[str]) -> list[NewsletterSettings]:
    offered = here().settings.newsletters
    if not slugs and len(offered) > 1:
        raise Problem(
            422, "In the body, newsletters needs at least one entry.", [_fault("/newsletters", "is missing")]
        )
    _know("newsletters", slugs, {each.slug for each in offered})
    return [each for each in offered if not slugs or each.slug in slugs]


def _names_of_sections(newsletter: NewsletterSettings) -> Iterator[str]:
    """Yield each by itself, and with the newsletter that it belongs to."""
    for section in newsletter.sections:
        yield section.name
        yield f"{newsletter.slug}:{section.name}"


def _know(field: str, names: Sequence[str], known: Collection[str]) -> None:
    """Raise Problem for names that we do not have."""
    there = ", ".join(sorted(known)) or "none"
    faults = [
        _fault(f"/{field}/{place}", f"is not known; there is: {there}")
        for place, name in enumerate(names)
        if name not in known
    ]
    if faults:
        raise Problem(422, f"In the body, {field} has an entry that is not known; there is: {there}.", faults)


def _fault(pointer: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "detail": detail}


def _form(wish: Wish) -> SignUpForm:
    """Return the wish as the form that people fill in, so that both are read with the same care."""
    fields = MultiDict[str, str]()
    for name, value in wish.model_dump(mode="json").items():
        fields.setlist(name, value if isinstance(value, list) else [value])
    return read_form(fields)
