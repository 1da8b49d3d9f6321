"""What an editor does for one reader who asked for it: each a POST, and an event with the editor's name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.editors import log
from newsletter.settings import NewsletterSettings
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.signin import actor
from newsletter.web.forgetting import forget
from subscribers import barring, leaving, preferences, resending
from subscribers.addresses import InvalidAddress, normalise
from subscribers.evidence import Evidence
from subscribers.models import Frequency, Subscriber, Subscription
from subscribers.states import NoSuchTransition

_LONGEST_NOTE = 500
_NO_READER = "There is no such reader."


@dataclass(frozen=True, slots=True)
class ForAReader:
    """The actions, and what they work on."""

    app: App

    @needs(Role.EDITOR)
    def resend(self, subscription_id: int) -> ResponseReturnValue:
        """Have the confirmation mail sent once more."""
        limit = self.app.settings.signup.mails_per_day
        with self._writing() as rows:
            try:
                resending.resend(rows, subscription_id, _by(), self.app.clock.now(), mails_per_day=limit)
            except resending.NotResent as refused:
                flash(str(refused), "wrong")
            else:
                flash("The confirmation mail leaves within a minute or two.", "done")
        return self._back_to(subscription_id)

    @needs(Role.EDITOR)
    def choose(self, subscription_id: int) -> ResponseReturnValue:
        """Choose sections and how often, as the reader asked."""
        with self._writing() as rows:
            subscription = rows.get(Subscription, subscription_id) or abort(404, _NO_READER)
            wish = replace(
                preferences.wish_of(subscription),
                sections=self._sections(subscription),
                frequency=_frequency(),
            )
            preferences.choose(rows, subscription_id, wish, _by(), self.app.clock.now())
        flash("Kept, from the next issue on.", "done")
        return self._back_to(subscription_id)

    @needs(Role.EDITOR)
    def unsubscribe(self, subscription_id: int) -> ResponseReturnValue:
        """End a subscription, as its reader asked."""
        with self._writing() as rows:
            leaving.unsubscribe(rows, subscription_id, _by(), self.app.clock.now(), reason=_note("reason"))
        flash("Unsubscribed. No further issue is sent.", "done")
        return self._back_to(subscription_id)

    @needs(Role.PUBLISHER)
    def erase(self, reader_id: int) -> ResponseReturnValue:
        """Forget a reader."""
        with self._writing() as rows:
            mine = select(Subscription.id).where(Subscription.subscriber_id == reader_id).limit(1)
            subscription_id = rows.scalars(mine).first() or abort(404, _NO_READER)
            forget(rows, self.app, subscription_id, _by())
        flash("Erased. Of the address only a keyed hash is kept.", "done")
        return redirect(url_for("desk.reader", reader_id=reader_id), 303)

    @needs(Role.PUBLISHER)
    def bar(self) -> ResponseReturnValue:
        """Bar an address by hand, known or not."""
        key, now = _address(), self.app.clock.now()
        with self._writing() as rows:
            did = barring.bar(rows, self.app.tokens, key, _by(), now, note=_note("note"))
            self._log(rows, key, "barred an address")
        flash("Barred from all mail." if did else "The address was barred already.", "done")
        return self._back_to_address(key)

    @needs(Role.ADMINISTRATOR)
    def lift(self) -> ResponseReturnValue:
        """Let an address be mailed again."""
        key = _address()
        with self._writing() as rows:
            did = barring.lift(rows, self.app.tokens, key, _by(), self.app.clock.now())
            self._log(rows, key, "lifted what barred an address")
        flash("The address may be mailed again." if did else "The address was not barred.", "done")
        return self._back_to_address(key)

    def _log(self, rows: Session, key: str, deed: str) -> None:
        """Keep who did it where no reader has the address, and so no history tells."""
        if _reader(rows, key) is None:
            log.note(rows, self.app.clock.now(), actor(), deed, log.About.READER, subject="not in the register")

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """Open a transaction; what the register refuses is told as a sentence."""
        try:
            with self.app.database.writing() as rows:
                yield rows
        except LookupError:
            abort(404, _NO_READER)
        except NoSuchTransition as refused:
            abort(409, f"Nothing was done: {refused}. Only the reader can change that.")

    def _sections(self, subscription: Subscription) -> frozenset[str]:
        """Return those that are ticked; all of them are the same as none."""
        known = {each.name for each in self._newsletter(subscription).sections}
        ticked = known & set(request.form.getlist("sections"))
        return frozenset() if ticked == known else frozenset(ticked)

    def _newsletter(self, subscription: Subscription) -> NewsletterSettings:
        try:
            return self.app.settings.newsletter(subscription.newsletter)
        except KeyError:
            abort(404, "There is no such newsletter any more.")

    def _back_to(self, subscription_id: int) -> ResponseReturnValue:
        with self.app.database.reading() as rows:
            row = rows.get(Subscription, subscription_id) or abort(404, _NO_READER)
            return redirect(url_for("desk.reader", reader_id=row.subscriber_id), 303)

    def _back_to_address(self, key: str) -> ResponseReturnValue:
        with self.app.database.reading() as rows:
            number = _reader(rows, key)
        if number is None:
            return redirect(url_for("desk.readers", q=key), 303)
        return redirect(url_for("desk.reader", reader_id=number), 303)


def _reader(rows: Session, key: str) -> int | None:
    return rows.scalars(select(Subscriber.id).where(Subscriber.address == key)).one_or_none()


def _by() -> Evidence:
    return Evidence("desk", actor=actor())


def _note(name: str) -> str:
    return request.form.get(name, "").strip()[:_LONGEST_NOTE]


def _address() -> str:
    try:
        return normalise(request.form.get("email", "")).key
    except InvalidAddress as error:
        abort(400, str(error))


def _frequency() -> Frequency:
    try:
        return Frequency(request.form.get("frequency", ""))
    except ValueError:
        abort(400, "The form does not say how often.")
