"""The answer as values: where each subscription stands, since when, and everything that led there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from subscribers import consents
from subscribers.addresses import normalise
from subscribers.models import Notice, Subscriber, Subscription, SubscriptionEvent
from subscribers.states import Event, NoSuchTransition, State, follow
from subscribers.suppression import find
from subscribers.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. `words` are those of the consent, as shown or as its version says; empty where nobody knows them.

    `network_address` is there while it is kept. `changed` says that the subscription stood otherwise before.
    """

    at: datetime
    event: Event
    source: str
    source_page: str
    actor: str
    network_address: str
    version: str
    words: str
    detail: Mapping[str, str]
    import_id: int | None
    changed: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One subscription. It stands so since `since`. `events` come in order."""

    subscription_id: int
    newsletter: str
    state: State
    since: datetime
    sections: str
    frequency: str
    paused_until: datetime | None
    events: Sequence[Happening]


@dataclass(frozen=True, slots=True)
class Veto:
    """Why the address is not mailed, whatever its subscriptions say."""

    reason: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mailed:
    """A mail about the subscription itself, such as a confirmation, and what the server said of it."""

    newsletter: str
    kind: str
    state: str
    at: datetime
    reply: str


@dataclass(frozen=True, slots=True)
class Why:
    """What the register knows of an address. Without a `reader_id` it knows nobody by it, though maybe a veto."""

    email: str
    reader_id: int | None = None
    name: str = ""
    language: str = ""
    time_zone: str = ""
    erased_at: datetime | None = None
    veto: Veto | None = None
    subscriptions: Sequence[Standing] = ()
    mails: Sequence[Mailed] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is anything to tell: a reader, or a veto of which only a keyed hash is kept."""
        return self.reader_id is not None or self.veto is not None


def why(session: Session, tokens: Tokens, email: str) -> Why:
    """Return what is known of an address. Raises InvalidAddress."""
    address = normalise(email)
    reader = session.scalars(select(Subscriber).where(Subscriber.address == address.key)).one_or_none()
    if reader is None:
        return Why(address.email, veto=_veto(session, tokens.address_hash(address.key)))
    return _why(session, reader)


def why_reader(session: Session, reader_id: int) -> Why | None:
    """Return what is known of a reader, None where there is no such one."""
    reader = session.get(Subscriber, reader_id)
    return _why(session, reader) if reader else None


def _why(session: Session, reader: Subscriber) -> Why:
    mine = select(Subscription).where(Subscription.subscriber_id == reader.id).order_by(Subscription.id)
    rows = session.scalars(mine.options(selectinload(Subscription.events))).all()
    words = consents.words(session, [event.consent_version for row in rows for event in row.events])
    return Why(
        email=reader.email,
        reader_id=reader.id,
        name=reader.name,
        language=reader.language,
        time_zone=reader.time_zone,
        erased_at=reader.erased_at,
        veto=_veto(session, reader.address_hash),
        subscriptions=[_standing(row, words) for row in rows],
        mails=_mails(session, reader),
    )


def _standing(row: Subscription, words: Mapping[str, str]) -> Standing:
    happened = _happened(row.events, words)
    changes = [one.at for one in happened if one.changed]
    return Standing(
        subscription_id=row.id,
        newsletter=row.newsletter,
        state=State(row.state),
        since=changes[-1] if changes else row.changed_at,
        sections=row.sections,
        frequency=row.frequency,
        paused_until=row.paused_until,
        events=happened,
    )


def _happened(events: Sequence[SubscriptionEvent], words: Mapping[str, str]) -> list[Happening]:
    """Replay the events, which tells what each of them changed."""
    state: State | None = None
    told = []
    for event in events:
        after = _after(state, Event(event.event))
        told.append(_happening(event, words, changed=after is not state))
        state = after
    return told


def _after(state: State | None, event: Event) -> State | None:
    try:
        return follow(state, event)
    except NoSuchTransition:  # rows of an earlier version of the table of states
        return state


def _happening(event: SubscriptionEvent, words: Mapping[str, str], *, changed: bool) -> Happening:
    return Happening(
        at=event.at,
        event=Event(event.event),
        source=event.source,
        source_page=event.source_page,
        actor=event.actor,
        network_address=event.network_address,
        version=event.consent_version,
        words=event.consent_text or words.get(event.consent_version, ""),
        detail=event.detail,
        import_id=event.import_id,
        changed=changed,
    )


def _veto(session: Session, address_hash: str) -> Veto | None:
    barred = find(session, address_hash)
    return Veto(barred.reason, barred.note, barred.at) if barred else None


def _mails(session: Session, reader: Subscriber) -> list[Mailed]:
    wanted = (
        select(Subscription.newsletter, Notice.kind, Notice.state, Notice.created_at, Notice.reply)
        .join(Notice, Notice.subscription_id == Subscription.id)
        .where(Subscription.subscriber_id == reader.id)
        .order_by(Notice.id.desc())
    )
    return [Mailed(*row) for row in session.execute(wanted.limit(_MAILS))]


_MAILS = 20  # of late
