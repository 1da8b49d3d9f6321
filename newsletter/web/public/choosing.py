"""The preferences page: sections, how often and when, name, language, a pause, another address, ways out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, available_timezones

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from newsletter.tracking.forgetting import forget
from newsletter.web.context import here
from newsletter.web.public import gate
from newsletter.web.public.forms import chosen_sections
from newsletter.web.public.frequencies import frequencies
from newsletter.web.public.goodbye import goodbye
from newsletter.web.public.languages import offered_languages
from newsletter.web.public.links import DeadLink, Link, read
from newsletter.web.public.proof import link_proof
from newsletter.web.public.refusals import address_refused, domain_refused
from newsletter.web.public.standing import Standing, of, others, own
from subscribers import moving
from subscribers import preferences as register
from subscribers.addresses import InvalidAddress, normalise
from subscribers.models import Frequency, Subscription
from subscribers.preferences import Wish, wish_of
from subscribers.states import NoSuchTransition
from subscribers.tokens import Purpose

HOURS = range(24)
_REFUSED = 422


def preferences(token: str) -> ResponseReturnValue:
    """Show what a reader gets; on POST, keep the choice."""
    link = read(Purpose.PREFERENCES, token)
    shown = _standing(link)
    if shown.has_left:
        return goodbye(shown, own=token), 409 if request.method == "POST" else 200
    if request.method == "POST" and not link.is_trial:
        shown = _save(link, shown)
    return _page(token, link, shown, note="saved" if request.method == "POST" else request.args.get("done", ""))


def pause(token: str) -> ResponseReturnValue:
    """Send no issues until the day that was posted, in the reader's zone; without one, send them again."""
    link = read(Purpose.PREFERENCES, token)
    shown = _standing(link)
    until = _until(shown)
    if until is None and request.form.get("until", "").strip():
        return _page(token, link, shown, pause_error=_("Please choose a day that is still to come.")), _REFUSED
    if not link.is_trial:
        with here().database.writing() as session:
            try:
                register.pause(session, link.row, until, link_proof(), here().clock.now())
            except NoSuchTransition:
                raise _left_since(shown) from None
    return redirect(url_for("public.preferences", token=token, done="paused" if until else "resumed"), 303)


def move(token: str) -> ResponseReturnValue:
    """Ask the new address whether it wants to be written to. The answer is the same whatever it is to us."""
    link = read(Purpose.PREFERENCES, token)
    shown = _standing(link)
    app = here()
    try:
        address = normalise(request.form.get("email", ""))
        gate.bound(address)
        if sentence := domain_refused(address):
            return _page(token, link, shown, email_error=sentence), _REFUSED
        with app.database.writing() as session:
            if not link.is_trial:
                mails = app.settings.signup.mails_per_day
                email, now = request.form.get("email", ""), app.clock.now()
                moving.ask(session, app.tokens, link.row, email, now, mails_per_day=mails)
    except InvalidAddress as error:
        return _page(token, link, shown, email_error=address_refused(error)), _REFUSED
    except NoSuchTransition:
        raise _left_since(shown) from None
    return redirect(url_for("public.preferences", token=token, done="asked"), 303)


def _standing(link: Link) -> Standing:
    with here().database.reading() as session:
        return own(session, link)


def _save(link: Link, shown: Standing) -> Standing:
    app = here()
    with app.database.writing() as session:
        subscription = session.get_one(Subscription, link.row)
        try:
            kept = register.choose(session, link.row, _wish(subscription, shown), link_proof(), app.clock.now())
        except NoSuchTransition:  # left in another window, this very moment
            raise _left_since(shown) from None
        if not kept.subscriber.tracking:
            forget(session, [each.id for each in kept.subscriber.subscriptions])
        return of(kept)


def _left_since(shown: Standing) -> DeadLink:
    return DeadLink(410, _("You have left since"), _("Nothing was changed."), shown.newsletter)


def _wish(subscription: Subscription, shown: Standing) -> Wish:
    """Return what was posted; what the form did not have, or what is no choice, stays as it was."""
    before, posted = wish_of(subscription), request.form
    hour, zone = posted.get("hour", ""), posted.get("time_zone", before.time_zone).strip()
    frequency = posted.get("frequency", before.frequency)
    return replace(
        before,
        sections=_sections(shown),
        frequency=Frequency(frequency) if frequency in set(Frequency) else before.frequency,
        hour=(int(hour) if hour.isdecimal() and int(hour) in HOURS else None) if "hour" in posted else before.hour,
        name=posted.get("name", before.name),
        language=_language(before.language),
        time_zone=zone if zone in available_timezones() or not zone else before.time_zone,
        tracking=posted.getlist("tracking")[-1] == "on" if "tracking" in posted else before.tracking,
    )


def _sections(shown: Standing) -> frozenset[str]:
    """Return the sections ticked; an earlier choice stays where the newsletter is no longer configured."""
    if shown.settings is None:
        return shown.chosen
    known = {section.name for section in shown.settings.sections}
    return frozenset(chosen_sections(request.form.getlist("sections"), known))


def _language(before: str) -> str:
    wanted = request.form.get("language", before)
    return wanted if wanted in {"", *offered_languages()} else before


def _until(shown: Standing) -> datetime | None:
    """Return when the day posted begins in the reader's zone, as aware UTC; None where it is no day to come."""
    try:
        day = date.fromisoformat(request.form.get("until", "").strip())
        zone = ZoneInfo(shown.rhythm.time_zone or here().settings.site.time_zone.key)
        until = datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return until if until > here().clock.now() else None


def _page(token: str, link: Link, shown: Standing, note: str = "", **errors: str) -> str:
    now = here().clock.now()
    until = shown.rhythm.paused_until
    return render_template(
        "web/public/preferences.html",
        token=token,
        standing=shown,
        others=_others(link),
        languages=offered_languages(),
        frequencies=frequencies([shown.settings]) if shown.settings else {},
        hours=[time(hour) for hour in HOURS],
        is_counted=any(each.tracking.is_on for each in here().settings.newsletters),
        zones=sorted(available_timezones()) if not link.is_trial else [],
        paused_until=until.astimezone(_zone(shown)) if until and until > now else None,
        tomorrow=(now.astimezone(_zone(shown))).date().isoformat(),
        leave="" if link.is_trial else here().tokens.sign(Purpose.UNSUBSCRIBE, shown.id, now),
        note=note,
        errors=errors,
    )


def _zone(shown: Standing) -> ZoneInfo:
    try:
        return ZoneInfo(shown.rhythm.time_zone or here().settings.site.time_zone.key)
    except (ValueError, OSError):
        return here().settings.site.time_zone


def _others(link: Link) -> list[tuple[Standing, str]]:
    """Return the reader's other newsletters, each with the link to what is chosen there."""
    if link.is_trial:
        return []
    app = here()
    with app.database.reading() as session:
        kept = others(session, link.row)
    return [(each, app.tokens.sign(Purpose.PREFERENCES, each.id, app.clock.now())) for each in kept]
