"""An invented newsroom to measure with: settings, a register of any size, and an evening's issue of some 30 KB.

Everything from the stories on is made by the product itself: stored, assembled, locked, rendered, compiled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from newsletter.articles import store as articles
from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft, Variant
from newsletter.domain.letter import Letter
from newsletter.issues import store as issues
from newsletter.issues.assemble import assemble
from newsletter.migrations.tables import METADATA
from newsletter.rendering.issue import issue_letter
from newsletter.rendering.templates import Templates
from newsletter.settings import (
    DeliverySettings,
    NewsletterSettings,
    SectionSettings,
    Settings,
    SignupSettings,
    SiteSettings,
    TransportSettings,
)
from subscribers.database import open_database
from subscribers.tokens import Purpose, Tokens

SECRET = "a secret for benchmarks that is long enough"
EVENING = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
NAMES = ("Ada Quill", "Björn Sailer", "Zoë Ångström", "Carla Oxley", "")

_STORIES = 7
_SECTIONS = ("city", "business", "culture", "sport")
_SENTENCES = (
    "The council found the money where nobody had looked, in the fund for a bridge that will never be built.",
    "Pupils from the quay, the hill and the island move into the former rope works in September.",
    "The stallholders voted thirty-one to four against moving to Saturdays, after an evening of long speeches.",
    "“We counted twice,” said the harbour master, “and the tide was still higher than in any year on record.”",
    "A night on the last bus shows who needs the new line most: nurses, bakers and the crew of the pilot boat.",
)
_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :readers) ",
    "postgresql": "WITH numbers AS (SELECT n FROM generate_series(1, :readers) AS n) ",
}
_ADDRESS = "'reader' || n || '@mail' || (n % 40) || '.example'"
_SUBSCRIBERS = (
    "INSERT INTO subscribers (id, email, address, address_hash, name, language, time_zone, created_at) {numbers}"
    "SELECT n, {address}, {address}, "
    "n || '-00112233445566778899aabbccddeeff00112233445566', "
    "CASE n % 5 {names} END, '', '', :moment FROM numbers"
)
_SUBSCRIPTIONS = (
    "INSERT INTO subscriptions (id, subscriber_id, newsletter, state, sections, created_at, changed_at) {numbers}"
    "SELECT n, n, 'evening', 'active', '', :moment, :moment FROM numbers"
)


def settings(url: str, port: int = 0, *, connections: int = 1, window: int = 32, processes: int = 1) -> Settings:
    """Return the newsroom's settings: everything as it ships but for what is measured."""
    return Settings(
        site=SiteSettings(
            name="The Harbour Ledger",
            base_url="https://news.ledger.example",
            time_zone=ZoneInfo("Europe/Berlin"),
            postal_address="The Harbour Ledger, 4 Quay Street, Port Ansel",
            url="https://ledger.example",
        ),
        database_url=url,
        secret=SECRET,
        transport=TransportSettings(
            kind="smtp",
            host="127.0.0.1",
            port=port,
            security="none",
            local_hostname="sender.example",
            connections=connections,
        ),
        signup=SignupSettings("Send me the evening newsletter.", "1"),
        newsletters=(_evening(),),
        sources=(),
        delivery=DeliverySettings(window=window, processes=processes),
    )


def _evening() -> NewsletterSettings:
    sections = tuple(SectionSettings(name, name.title(), maximum=4) for name in _SECTIONS)
    return NewsletterSettings(
        slug="evening",
        title="The Evening Ledger",
        from_address="evening@ledger.example",
        from_name="The Harbour Ledger",
        reply_to="desk@ledger.example",
        build_at=time(17, 30),
        send_at=time(18, 0),
        sections=sections,
    )


def stories() -> list[Article]:
    """Return an evening's stories."""
    return [
        Article(
            source="ledger",
            guid=f"story-{number}",
            url=f"https://ledger.example/{_SECTIONS[number % 4]}/story-{number}",
            title=f"Story {number}: the harbour, the hill and what lies between them",
            published=NOW - timedelta(minutes=10 * number),
            section=_SECTIONS[number % 4],
            authors=("Ada Nwosu", "Tomas Brandt"),
            standfirst=" ".join(_SENTENCES[(number + each) % 5] for each in range(4)),
            comment_count=number,
        )
        for number in range(_STORIES)
    ]


def draft() -> IssueDraft:
    """Return the evening's issue, assembled without a database."""
    kept = [replace(story, id=number) for number, story in enumerate(stories(), 1)]
    found = assemble(
        kept,
        used=frozenset(),
        newsletter=_evening(),
        date=EVENING,
        window_start=NOW - timedelta(days=1),
        window_end=NOW,
    )
    if not isinstance(found, IssueDraft):
        raise TypeError(found.reason)
    return found


@dataclass(frozen=True, slots=True)
class Stationery:
    """The issue's letter for senders that have no ledger, and what they fill it with."""

    letter: Letter
    tokens: Tokens

    def values(self, number: int) -> dict[str, str]:
        """Return what stands in the holes for a reader, who is the same as in the register."""
        email, name = f"reader{number}@mail{number % 40}.example", NAMES[number % 5]
        return {
            "to_name": name,
            "to_address": email,
            "message_id": f"{self.tokens.message_id(1, number)}@ledger.example",
            "greeting": f"Good evening, {name}." if name else "Good evening.",
            "address": email,
            "unsubscribe_token": self.tokens.sign(Purpose.UNSUBSCRIBE, number, NOW),
            "preferences_token": self.tokens.sign(Purpose.PREFERENCES, number, NOW),
        }

    def stamped(self, number: int) -> tuple[str, bytes]:
        """Return a reader's address and message."""
        values = self.values(number)
        return values["to_address"], self.letter.stamp(values)


def stationery() -> Stationery:
    """Compile the issue's letter as the lock would."""
    letter = issue_letter(
        draft(),
        _evening(),
        settings("sqlite://").site,
        Templates(),
        variant=Variant(language="en"),
        issue_key="evening",
        date=NOW,
        view_token="v" * 40,
    )
    return Stationery(letter, Tokens(SECRET))


def furnish(url: str, readers: int) -> int:
    """Make tables, register and tonight's draft in an empty database; return the issue's id."""
    database = open_database(url)
    METADATA.create_all(database.engine)
    with database.writing() as session:
        _register(session, readers)
    with database.writing() as session:
        articles.upsert(session, stories(), NOW)
        issue = issues.build(session, settings(url), _evening(), EVENING, NOW, actor="daemon")
    if issue.reason:
        raise RuntimeError(issue.reason)
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))  # as a database that has lived a while has it
        connection.commit()
    database.dispose()
    return issue.id


def _register(session: Session, readers: int) -> None:
    dialect = session.get_bind().dialect.name
    moment: object = "2026-01-01 00:00:00.000000" if dialect == "sqlite" else NOW
    names = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(NAMES))
    for statement in (_SUBSCRIBERS, _SUBSCRIPTIONS):
        sql = statement.format(numbers=_NUMBERS[dialect], names=names, address=_ADDRESS)
        session.execute(text(sql), {"readers": readers, "moment": moment})


def sqlite_url(file: Path) -> str:
    """Return the URL of an SQLite file."""
    return f"sqlite:///{file}"
