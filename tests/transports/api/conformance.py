"""What every mail API's transport must do besides: say exactly what is known when something fails on the way.

A subclass has the fixture `office`, and `make`, which opens the provider's transport to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.clock import SetClock
from newsletter.domain.delivery import Batch, Envelope, IssueRefused, Outcome, TransportDown, Verdict
from newsletter.domain.letter import Letter
from newsletter.settings import ApiSettings
from newsletter.transports.api.line import Line
from newsletter.transports.api.posting import ApiTransport
from newsletter.transports.api.provider import Provider
from tests.letters import batch, envelope
from tests.transports.api.letters import full_letter
from tests.transports.api.office import Office, Told, Trouble, open_office
from tests.transports.conformance import PATIENCE, TransportConformance, arrived, stamped

MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
KEY = "a-key-of-the-tests"
NAMES = ["Zoë Ångström", 'Ada "the pen" O\'Neil', "<b>Bold</b> & Co.", "{{name}}", "%recipient.x%", "-a-", ""]
LOOK_ALIKES = ["{{ x }}", "%recipient.name%", "-name-", "{% if %}", "$x", "[[x]]", "<%x%>"]


def settings(office: Office, **changes: object) -> ApiSettings:
    usual: dict[str, object] = {"key": KEY, "domain": "ledger.example", "endpoint": office.base}
    return ApiSettings(**usual | changes)  # type: ignore[arg-type]


def transport_to(provider: Provider, connections: int = 1, most: int = 10, patience: int = 10) -> ApiTransport:
    """Return a transport whose line waits so many seconds for an answer."""
    clock = SetClock(MIDNIGHT)
    return ApiTransport(provider, Line(clock, timedelta(seconds=patience)), clock, connections, most)


def settle(transport: ApiTransport, *batches: Batch) -> tuple[list[Outcome], Exception | None]:
    """Send, and gather outcomes until all are told or something is raised."""
    told: list[Outcome] = []
    for each in batches:
        transport.send(each)
    try:
        while transport.room < transport.capacity:
            told += transport.receive(PATIENCE)
        told += transport.receive(0)  # what has happened since is told with the next word
    except (TransportDown, IssueRefused) as trouble:
        return told, trouble
    return told, None


def verdicts(outcomes: list[Outcome]) -> dict[int, Verdict]:
    return {outcome.key: outcome.verdict for outcome in outcomes}


class ApiConformance(TransportConformance):
    @pytest.fixture
    def office(self) -> Iterator[Office]:
        office = self.office_of_the_provider()
        with open_office(office):
            yield office

    def office_of_the_provider(self) -> Office:
        raise NotImplementedError

    def provider(self, settings: ApiSettings) -> Provider:
        raise NotImplementedError

    @pytest.fixture
    def other_side(self, office: Office) -> Office:
        return office

    @pytest.fixture
    def transport(self, office: Office) -> Iterator[ApiTransport]:
        transport = transport_to(self.provider(settings(office)))
        yield transport
        transport.close()

    def test_a_whole_letter_arrives_with_its_headers(self, transport: ApiTransport, office: Office) -> None:
        letter = full_letter()
        sent = Batch(letter, tuple(envelope(key) for key in (1, 2, 3)))
        told, trouble = settle(transport, sent)
        assert (trouble, set(verdicts(told).values())) == (None, {Verdict.ACCEPTED})
        assert arrived(office) == stamped(office, sent)
        assert all(outcome.remote_id for outcome in told)

    @pytest.mark.parametrize("name", NAMES)
    def test_strange_names_arrive_as_they_are(self, transport: ApiTransport, office: Office, name: str) -> None:
        reader = envelope(1)
        values = {**reader.values, "to_name": name, "greeting": f"Good evening, {name}."}
        sent = Batch(full_letter(), (Envelope(1, reader.sender, reader.recipient, values, reader.reference),))
        assert settle(transport, sent)[1] is None
        assert arrived(office) == stamped(office, sent)

    @pytest.mark.parametrize("words", LOOK_ALIKES)
    def test_words_that_look_like_a_variable_stay_words(
        self, transport: ApiTransport, office: Office, words: str
    ) -> None:
        sent = Batch(full_letter(words), (envelope(1),))
        assert settle(transport, sent)[1] is None
        (letter,) = office.letters
        part = letter.get_body(("plain",))
        assert part is not None
        assert words in part.get_content().replace("\u2060", "")

    def test_no_request_holds_more_than_the_provider_takes(self, office: Office) -> None:
        transport = transport_to(self.provider(settings(office)), connections=2, most=10_000, patience=100)
        many = Batch(full_letter(), tuple(envelope(key) for key in range(1, office.LIMIT + 6)))
        told, trouble = settle(transport, many)
        transport.close()
        assert (trouble, len(told)) == (None, office.LIMIT + 5)
        assert len(office.kept) == office.LIMIT + 5

    def test_a_lost_answer_is_in_doubt_or_looked_up_and_never_sent_again(
        self, transport: ApiTransport, office: Office
    ) -> None:
        office.troubles = [Trouble(takes=True)]
        told, trouble = settle(transport, batch(1, 2, letter=full_letter()))
        assert len(office.letters) == 2
        assert verdicts(told) == self.after_a_lost_answer(office)
        assert trouble is None or isinstance(trouble, TransportDown)

    def test_what_was_taken_before_a_crash_is_not_sent_again_where_it_can_be_looked_up(
        self, transport: ApiTransport, office: Office
    ) -> None:
        settle(transport, batch(1, letter=full_letter()))
        again = replace(envelope(1), tries=2)
        told, trouble = settle(transport, Batch(full_letter(), (again, envelope(2))))
        assert (verdicts(told), trouble) == ({1: Verdict.ACCEPTED, 2: Verdict.ACCEPTED}, None)
        can_be_asked = transport.provider.search(again) is not None
        assert len(office.letters) == (2 if can_be_asked else 3)

    def after_a_lost_answer(self, office: Office) -> dict[int, Verdict]:
        """Return what is known of readers 1 and 2 when their letters were taken and the answer was lost."""
        return {1: Verdict.IN_DOUBT, 2: Verdict.IN_DOUBT}

    def test_what_was_lost_on_its_way_is_never_told_as_sent(self, transport: ApiTransport, office: Office) -> None:
        office.troubles = [Trouble() for _ in range(8)]
        told, trouble = settle(transport, batch(1, letter=full_letter()))
        assert office.letters == []
        assert verdicts(told) == {1: Verdict.IN_DOUBT}
        assert isinstance(trouble, TransportDown)

    def test_an_answer_of_5xx_is_in_doubt(self, transport: ApiTransport, office: Office) -> None:
        office.troubles = [Trouble(Told(502, "bad gateway")) for _ in range(8)]
        told, trouble = settle(transport, batch(1, letter=full_letter()))
        assert verdicts(told) == {1: Verdict.IN_DOUBT}
        assert "502" in told[0].reply
        assert isinstance(trouble, TransportDown)

    def test_too_many_requests_waits_as_it_is_told(self, transport: ApiTransport, office: Office) -> None:
        office.troubles = [Trouble(Told(429, "slow down", {"Retry-After": "7"}))]
        told, trouble = settle(transport, batch(1, 2, letter=full_letter()))
        assert (trouble, verdicts(told)) == (None, {1: Verdict.ACCEPTED, 2: Verdict.ACCEPTED})
        assert isinstance(transport.clock, SetClock)
        assert 7.0 in transport.clock.slept

    def test_too_many_for_long_leaves_everything_owed(self, transport: ApiTransport, office: Office) -> None:
        office.troubles = [Trouble(Told(429, "slow down")) for _ in range(8)]
        told, trouble = settle(transport, batch(1, 2, letter=full_letter()))
        assert (told, office.letters) == ([], [])
        assert isinstance(trouble, TransportDown)

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_key_that_is_refused_pauses_the_issue(
        self, transport: ApiTransport, office: Office, status: int
    ) -> None:
        office.troubles = [Trouble(Told(status, '{"message": "no such key"}'))]
        told, trouble = settle(transport, batch(1, letter=full_letter()))
        assert (told, office.letters) == ([], [])
        assert isinstance(trouble, IssueRefused)
        assert "no such key" in str(trouble)
        assert KEY not in str(trouble)

    def test_a_wrong_key_is_refused(self, office: Office) -> None:
        transport = transport_to(self.provider(settings(office, key="another")))
        told, trouble = settle(transport, batch(1, letter=full_letter()))
        transport.close()
        assert (told, office.letters) == ([], [])
        assert isinstance(trouble, IssueRefused)

    def test_one_bad_address_spoils_it_for_nobody_else(self, transport: ApiTransport, office: Office) -> None:
        sent = batch(1, 2, 3, 4, letter=full_letter())
        bad = envelope(5, "nobody@bad.example")
        told, trouble = settle(transport, Batch(sent.letter, (*sent.envelopes, bad)))
        assert trouble is None
        assert verdicts(told) == dict.fromkeys((1, 2, 3, 4), Verdict.ACCEPTED) | {5: Verdict.REJECTED}
        assert len(office.letters) == 4
        assert next(outcome.status for outcome in told if outcome.key == 5).startswith("5.1.")

    def test_an_answer_that_makes_no_sense_is_in_doubt(self, transport: ApiTransport, office: Office) -> None:
        office.troubles = [Trouble(Told(200, "<html>welcome</html>"))]
        told, _ = settle(transport, batch(1, letter=full_letter()))
        assert verdicts(told) == {1: Verdict.IN_DOUBT}

    def test_the_key_is_never_shown(self, office: Office) -> None:
        provider = self.provider(settings(office))
        request = provider.request(batch(1, letter=full_letter()))
        assert KEY not in repr(provider) + repr(request)


def with_letter(letter: Letter, *keys: int) -> Batch:
    return Batch(letter, tuple(envelope(key) for key in keys))
