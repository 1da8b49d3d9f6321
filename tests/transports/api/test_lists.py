"""Every provider's suppression list, read and added to over HTTP, by local offices that behave as documented."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.clock import SetClock
from newsletter.domain.delivery import TransportDown
from newsletter.settings import ApiSettings
from newsletter.transports.api.line import Line
from newsletter.transports.api.lists.listed import Listed, ListRefused, Why
from newsletter.transports.api.lists.lists import LISTS
from newsletter.transports.api.lists.walking import Walker
from tests.transports.api.conformance import KEY, MIDNIGHT
from tests.transports.api.office import Asked, Office, Told, Trouble, open_office
from tests.transports.api.test_ses import SesOffice

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS = int(AT.timestamp())
HAND = [Listed(f"new{n}@reader.example", Why.BY_HAND) for n in range(3)]


class Lists(Office):
    """What is on the lists: (list, address) in order; and what was added."""

    def __init__(self) -> None:
        super().__init__()
        self.entries = [("bounces", "b@x.example"), ("complaints", "c@x.example"), ("unsubscribes", "u@x.example")]
        self.added: list[tuple[str, str]] = []

    def named(self, which: str) -> list[str]:
        return [address for name, address in self.entries if name == which]

    def handle(self, asked: Asked) -> Told | None:
        with self.lock:
            self.asked.append(asked)
            if self.troubles:
                return self.troubles.pop(0).told
            return self.answer(asked)


class Ses(Lists):
    def answer(self, asked: Asked) -> Told:
        if not self.is_signed(asked):
            return Told(403, '{"message": "The request signature we calculated does not match"}')
        assert asked.path == "/v2/email/suppression/addresses"
        if asked.method == "PUT":
            body = json.loads(asked.body)
            self.added.append((body["Reason"], body["EmailAddress"]))
            return Told(200)
        start = int(asked.query.get("NextToken", ["0"])[0].rstrip("=/"))
        words = {"bounces": "BOUNCE", "complaints": "COMPLAINT"}
        found = [(words[name], each) for name, each in self.entries if name in words]
        rows = [{"EmailAddress": each, "Reason": name, "LastUpdateTime": SECONDS + 0.5} for name, each in found]
        more = {"NextToken": f"{start + 1}/=="} if start + 1 < len(rows) else {}
        return Told(200, json.dumps({"SuppressedDestinationSummaries": rows[start : start + 1]} | more))

    def is_signed(self, asked: Asked) -> bool:
        return SesOffice.is_signed_as(asked, asked.method, "&".join(sorted(asked.raw_query.split("&"))))


class Mailgun(Lists):
    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != "Basic " + b64encode(f"api:{KEY}".encode()).decode():
            return Told(401, "Forbidden")
        which = asked.path.removeprefix("/v3/ledger.example/")
        if asked.method == "POST":
            rows = json.loads(asked.body)
            assert len(rows) <= 1_000
            self.added += [(which, each["address"]) for each in rows]
            return Told(200, json.dumps({"message": f"{len(rows)} addresses have been added"}))
        pages = [*self.named(which), ""]
        start = int(asked.query.get("page", ["0"])[0])
        rows = [
            {"address": each, "created_at": "Sun, 01 Mar 2026 12:00:00 UTC"} for each in pages[start : start + 1]
        ]
        further = f"https://elsewhere.example{asked.path}?limit=1000&page={start + 1}"
        found = [each for each in rows if each["address"]]
        return Told(200, json.dumps({"items": found, "paging": {"next": further}}))


class Postmark(Lists):
    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("x-postmark-server-token") != KEY:
            return Told(401, '{"ErrorCode": 10, "Message": "no token"}')
        if asked.method == "POST":
            assert asked.path == "/message-streams/broadcast/suppressions"
            emails = [each["EmailAddress"] for each in json.loads(asked.body)["Suppressions"]]
            assert len(emails) <= 50
            self.added += [("by_hand", each) for each in emails if "@bad." not in each]
            told = [
                {"EmailAddress": each, "Status": "Failed" if "@bad." in each else "Suppressed"} for each in emails
            ]
            return Told(200, json.dumps({"Suppressions": told}))
        assert asked.path == "/message-streams/broadcast/suppressions/dump"
        words = {
            "bounces": ("HardBounce", "Recipient"),
            "complaints": ("SpamComplaint", "Recipient"),
            "unsubscribes": ("ManualSuppression", "Recipient"),
        }
        rows = [
            {"EmailAddress": each, "SuppressionReason": words[name][0], "Origin": words[name][1],
             "CreatedAt": "2026-03-01T07:00:00-05:00"}
            for name, each in self.entries
        ]  # fmt: skip
        return Told(200, json.dumps({"Suppressions": rows}))


class SendGrid(Lists):
    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return Told(401, '{"errors": [{"message": "authorization required"}]}')
        if asked.method == "POST":
            assert asked.path == "/v3/asm/suppressions/global"
            self.added += [("unsubscribes", each) for each in json.loads(asked.body)["recipient_emails"]]
            return Told(201, asked.body.decode())
        which = {"spam_reports": "complaints"}.get(name := asked.path.rpartition("/")[2], name)
        offset = int(asked.query["offset"][0])
        found = self.named(which)[offset : offset + int(asked.query["limit"][0])]
        return Told(200, json.dumps([{"created": SECONDS, "email": each, "reason": "550"} for each in found]))


class Brevo(Lists):
    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("api-key") != KEY:
            return Told(401, '{"code": "unauthorized"}')
        if asked.method == "POST":
            body = json.loads(asked.body)
            assert (asked.path, body["emailBlacklisted"], body["updateEnabled"]) == ("/v3/contacts", True, True)
            self.added.append(("contacts", body["email"]))
            return Told(204, "")
        assert int(asked.query["limit"][0]) <= 100
        words = {
            "bounces": "hardBounce",
            "complaints": "contactFlaggedAsSpam",
            "unsubscribes": "unsubscribedViaEmail",
        }
        offset = int(asked.query["offset"][0])
        rows = [
            {"email": each, "reason": {"code": words[name], "message": "x"}, "blockedAt": "2026-03-01T12:00:00Z"}
            for name, each in self.entries[offset : offset + 100]
        ]
        return Told(200, json.dumps({"count": len(self.entries), "contacts": rows} if rows else {}))


class Resend(Lists):
    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return Told(403, '{"name": "restricted_api_key"}')
        if asked.method == "POST":
            assert asked.path == "/suppressions/batch/add"
            emails = json.loads(asked.body)["emails"]
            assert 1 <= len(emails) <= 100
            self.added += [("manual", each) for each in emails]
            return Told(200, json.dumps({"data": [{"object": "suppression", "id": each} for each in emails]}))
        words = {"bounces": "bounce", "complaints": "complaint"}
        found = [(words[name], each) for name, each in self.entries if name in words]
        start = next((n + 1 for n, (_, each) in enumerate(found) if [each] == asked.query.get("after")), 0)
        rows = [{"id": each, "email": each, "origin": name, "created_at": "2026-03-01 12:00:00+00"}
                for name, each in found[start : start + 1]]  # fmt: skip
        return Told(200, json.dumps({"object": "list", "has_more": start + 1 < len(found), "data": rows}))


OFFICES: dict[str, Callable[[], Lists]] = {
    "ses": Ses,
    "mailgun": Mailgun,
    "postmark": Postmark,
    "sendgrid": SendGrid,
    "brevo": Brevo,
    "resend": Resend,
}
LEAVING = {"mailgun", "postmark", "sendgrid", "brevo"}


@pytest.fixture(params=list(OFFICES))
def office(request: pytest.FixtureRequest) -> Iterator[tuple[str, Lists]]:
    office = OFFICES[request.param]()
    with open_office(office):
        yield request.param, office


def walker(name: str, office: Lists, key: str = KEY) -> Walker:
    clock = SetClock(MIDNIGHT)
    settings = ApiSettings(key, "AKID", "eu-central-1", "ledger.example", endpoint=office.base)
    return Walker(LISTS[name](settings, clock), Line(clock, timedelta(seconds=10)), clock)


def test_a_list_is_read_whole(office: tuple[str, Lists]) -> None:
    name, lists = office
    found = {each.email: each for each in walker(name, lists).pull()}
    wanted = {"b@x.example": Why.BOUNCED, "c@x.example": Why.COMPLAINED}
    wanted |= {"u@x.example": Why.LEFT} if name in LEAVING else {}
    assert {email: each.why for email, each in found.items()} == wanted
    assert {each.at and each.at.replace(microsecond=0) for each in found.values()} == {AT}


def test_an_empty_list_is_no_trouble(office: tuple[str, Lists]) -> None:
    name, lists = office
    lists.entries = []
    assert list(walker(name, lists).pull()) == []


def test_a_long_list_is_read_page_by_page(office: tuple[str, Lists]) -> None:
    name, lists = office
    many = 1_203 if name in {"postmark", "sendgrid", "brevo"} else 5
    lists.entries = [("bounces", f"{n}@x.example") for n in range(many)]
    assert len({each.email for each in walker(name, lists).pull()}) == many


def test_addresses_are_added_in_lots(office: tuple[str, Lists]) -> None:
    name, lists = office
    many = [replace(HAND[0], email=f"{n}@reader.example") for n in range(120)]
    pushed = list(walker(name, lists).push(many))
    assert sum(each.added for each in pushed) == 120
    assert [email for _, email in lists.added] == [each.email for each in many]


def test_the_wrong_key_is_told_in_a_sentence(office: tuple[str, Lists]) -> None:
    name, lists = office
    with pytest.raises(ListRefused, match=f"{name} refuses: 40[13]"):
        list(walker(name, lists, "wrong").pull())
    with pytest.raises(ListRefused, match=f"{name} refuses: 40[13]"):
        list(walker(name, lists, "wrong").push(HAND))


def test_what_passes_is_tried_again(office: tuple[str, Lists]) -> None:
    name, lists = office
    walk = walker(name, lists)
    clock = walk.clock
    assert isinstance(clock, SetClock)
    lists.troubles = [Trouble(Told(429, "{}", {"Retry-After": "7"})), Trouble(Told(503, "busy")), Trouble(None)]
    assert len(list(walk.pull())) >= 2
    assert clock.slept == [7, 4, 8]
    lists.troubles = [Trouble(Told(503, "busy"))] * 4
    with pytest.raises(TransportDown, match="can't be asked: 503 busy"):
        list(walk.pull())


def test_nonsense_is_no_list(office: tuple[str, Lists]) -> None:
    name, lists = office
    lists.troubles = [Trouble(Told(200, '{"hello": "world", "contacts": 3}'))]
    with pytest.raises(ListRefused, match="the answer holds no list"):
        list(walker(name, lists).pull())


def test_postmark_names_whom_it_did_not_take() -> None:
    lists = Postmark()
    with open_office(lists):
        (pushed,) = walker("postmark", lists).push([*HAND, Listed("x@bad.example", Why.BY_HAND)])
    assert (pushed.added, pushed.failed) == (3, ("x@bad.example",))


def test_mailguns_further_pages_are_asked_for_at_our_host() -> None:
    lists = Mailgun()
    with open_office(lists):
        list(walker("mailgun", lists).pull())
    assert [asked.query.get("page") for asked in lists.asked].count(["1"]) == 3


def test_reasons_go_where_a_provider_has_lists_for_them() -> None:
    for office, wanted in ((Ses(), ["BOUNCE", "COMPLAINT", "COMPLAINT"]),
                           (Mailgun(), ["bounces", "complaints", "unsubscribes"])):  # fmt: skip
        name = type(office).__name__.lower()
        with open_office(office):
            whys = (Why.BOUNCED, Why.COMPLAINED, Why.BY_HAND)
            list(walker(name, office).push([Listed(f"{each}@x.example", each) for each in whys]))
        assert [which for which, _ in office.added] == wanted
