"""Any sequence of acts ends where the events say it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from newsletter.clock import SetClock
from subscribers.audience import readers
from subscribers.database import Base, open_database
from subscribers.models import Notice, NoticeState, Subscriber, Subscription, SuppressionReason
from subscribers.states import TRANSITIONS, Event, NoSuchTransition, State, follow
from subscribers.suppression import MAY_COME_BACK
from subscribers.tokens import Tokens
from tests.subscribers.conftest import Register

_PEOPLE = st.sampled_from(["ada", "bob"])
_PAPERS = st.sampled_from(["evening", "weekend"])
_GRAVEST = [SuppressionReason(each) for each in ("bounced", "erased", "by_hand", "complained")]
_DATABASE = open_database("sqlite://")


class Histories(RuleBasedStateMachine):
    """Acts on the register by its doors, and keeps a plain model beside it."""

    def __init__(self) -> None:
        super().__init__()
        Base.metadata.drop_all(_DATABASE.engine)  # as events can't be deleted
        Base.metadata.create_all(_DATABASE.engine)
        clock = SetClock(datetime(2026, 3, 10, 16, 0, tzinfo=UTC))
        self.register = Register(_DATABASE, Tokens("a secret for tests that is long enough"), clock)
        self.numbers: dict[tuple[str, str], int] = {}
        self.barred: dict[str, SuppressionReason] = {}

    @rule(person=_PEOPLE, paper=_PAPERS)
    def sign_up(self, person: str, paper: str) -> None:
        self.register.clock.sleep(60)
        before = len(self.register.notices())
        self.numbers[person, paper] = self.register.sign_up(f"{person}@reader.example", paper, mails_per_day=10)
        owed = len(self.register.notices()) - before
        assert owed <= (self.barred.get(person) in {None, *MAY_COME_BACK})

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        with self.allowed(data, Event.CONFIRMED) as (person, number):
            self.register.confirm(number)
            if "suppression_lifted" in self.register.events(number)[-1].detail:
                self.barred.pop(person, None)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        with self.allowed(data, Event.UNSUBSCRIBED) as (_, number):
            self.register.leave(number)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), sections=st.sets(st.sampled_from(["city", "sport"])))
    def choose(self, data: st.DataObject, sections: set[str]) -> None:
        with self.allowed(data, Event.PREFERENCES_CHANGED) as (_, number):
            self.register.choose(number, sections=sections)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), days=st.none() | st.integers(1, 30))
    def pause(self, data: st.DataObject, days: int | None) -> None:
        with self.allowed(data, Event.PAUSED) as (_, number):
            until = None if days is None else self.register.now + timedelta(days=days)
            self.register.pause(number, until)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        with self.allowed(data, Event.RETURNED) as (person, number):
            was = self.register.state(number)
            assert self.register.take_back(number) == "active"
            assert was == "active" or person not in self.barred

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def bounce(self, data: st.DataObject) -> None:
        self.register.clock.sleep(60)
        with self.allowed(data, Event.BOUNCED) as (person, number):
            self.register.bounce(number)
            self.barred.setdefault(person, SuppressionReason.BOUNCED)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def complain(self, data: st.DataObject) -> None:
        self.register.clock.sleep(60)
        with self.allowed(data, Event.COMPLAINED) as (person, number):
            self.register.complain(number)
            self.barred[person] = SuppressionReason.COMPLAINED

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        self.register.clock.sleep(60)
        with self.allowed(data, Event.ERASED) as (person, number):
            mine = {each for (of, _), each in self.numbers.items() if of == person}
            assert set(self.register.erase(number)) == mine
            assert {self.register.state(each) for each in mine} == {"unsubscribed"}
            self.numbers = {key: each for key, each in self.numbers.items() if key[0] != person}
            self.barred[person] = max(
                SuppressionReason.ERASED, self.barred.get(person, SuppressionReason.ERASED), key=_GRAVEST.index
            )

    @rule(person=_PEOPLE, paper=_PAPERS)
    def bring_in(self, person: str, paper: str) -> None:
        report = self.register.bring_in(f"{person}@reader.example\n", newsletter=paper)
        is_new = (person, paper) not in self.numbers and person not in self.barred
        assert report.added == is_new
        if is_new:
            self.numbers[person, paper] = self.number(person, paper)

    @rule(person=_PEOPLE, reason=st.sampled_from(SuppressionReason))
    def suppress(self, person: str, reason: SuppressionReason) -> None:
        self.register.clock.sleep(60)
        self.register.suppress(f"{person}@reader.example", reason)
        self.barred[person] = max(reason, self.barred.get(person, reason), key=_GRAVEST.index)

    @rule(person=_PEOPLE)
    def lift(self, person: str) -> None:
        assert self.register.lift(f"{person}@reader.example") == (self.barred.pop(person, None) is not None)

    @rule()
    def send_what_is_owed(self) -> None:
        self.register.send_notices()

    @invariant()
    def events_explain_every_state(self) -> None:
        for number in self.numbers.values():
            state: State | None = None
            for event in self.register.happened(number):
                state = follow(state, Event(event))
            assert self.register.state(number) == state

    @invariant()
    def only_active_and_unbarred_are_readers(self) -> None:
        for paper in ("evening", "weekend"):
            with _DATABASE.reading() as session:
                found = set(session.scalars(readers(paper)))
            assert found == {
                number
                for (person, of), number in self.numbers.items()
                if of == paper and person not in self.barred and self.register.state(number) == "active"
            }

    @invariant()
    def no_active_state_without_the_readers_own_word(self) -> None:
        for number in self.numbers.values():
            if self.register.state(number) == "active":
                assert {"confirmed", "imported"} & set(self.register.happened(number))

    @invariant()
    def nobody_who_left_is_owed_a_mail(self) -> None:
        owed = select(Subscription.state).join(Notice).where(Notice.state == NoticeState.OWED)
        with _DATABASE.reading() as session:
            assert State.UNSUBSCRIBED not in set(session.scalars(owed))

    @contextmanager
    def allowed(self, data: st.DataObject, event: Event) -> Iterator[tuple[str, int]]:
        """Pick a subscription and act on it; a refusal must be the table's, and must change nothing."""
        (person, _), number = data.draw(st.sampled_from(sorted(self.numbers.items())))
        before = self.register.state(number), self.register.happened(number)
        try:
            yield person, number
        except NoSuchTransition:
            if event is not Event.RETURNED:  # which asks for more than the table does
                assert (State(before[0]), event) not in TRANSITIONS
            assert (self.register.state(number), self.register.happened(number)) == before

    def number(self, person: str, paper: str) -> int:
        mine = Subscriber.address == f"{person}@reader.example", Subscription.newsletter == paper
        with _DATABASE.reading() as session:
            return session.scalars(select(Subscription.id).join(Subscriber).where(*mine)).one()


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
