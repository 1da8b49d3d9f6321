"""What DNS says of us, asked of a real name server: each thing that can be wrong, and the record that mends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.doctor.diagnosis import Health
from newsletter.doctor.dns.organisations import are_aligned, organisational
from newsletter.domain.dkim_key import new_key, record
from newsletter.settings import DkimKey, DkimSettings, DoctorSettings, TransportSettings
from tests.doctor.conftest import ED25519, OURS, POINTER, RSA, Practice
from tests.name_server import SERVFAIL

DNS_CHECKS = ("spf", "dkim", "dmarc", "mx", "reverse")


def spf(practice: Practice, *terms: str) -> None:
    practice.server.zone["ledger.example"] = {
        "TXT": [f'"v=spf1 {" ".join(terms)}"'],
        "MX": ["10 mx.ledger.example."],
    }


@pytest.mark.parametrize("check", DNS_CHECKS)
def test_all_is_well(practice: Practice, check: str) -> None:
    assert {each.health for each in practice.says(check)} == {Health.FINE}


@pytest.mark.parametrize("check", DNS_CHECKS)
def test_a_name_server_that_fails_leaves_things_unknown(practice: Practice, check: str) -> None:
    for name in practice.server.zone:
        practice.server.zone[name] = SERVFAIL
    (said,) = practice.says(check)
    assert said.health is Health.UNKNOWN
    assert "gave no answer" in said.sentence


def test_without_spf_the_record_is_given(practice: Practice) -> None:
    practice.server.zone["ledger.example"] = {"MX": ["10 mx.ledger.example."]}
    (said,) = practice.says("spf")
    assert said.health is Health.STOP
    assert [str(each) for each in said.records] == ['ledger.example. IN TXT "v=spf1 ip4:192.0.2.25 ~all"']


def test_an_address_outside_spf_is_added_to_the_record(practice: Practice) -> None:
    spf(practice, "ip4:198.51.100.1", "~all")
    counted, outside = practice.says("spf")
    assert (counted.health, outside.health) == (Health.FINE, Health.STOP)
    assert "says softfail of 192.0.2.25" in outside.sentence
    assert outside.records[0].value == '"v=spf1 ip4:192.0.2.25 ip4:198.51.100.1 ~all"'


def test_lookups_are_counted_through_includes_and_redirects(practice: Practice) -> None:
    spf(practice, "include:_spf.relay.example", "mx", "redirect=_last.relay.example")
    practice.server.zone["_spf.relay.example"] = {
        "TXT": ['"v=spf1 a:out.relay.example exists:%{i}.ok.example ~all"']
    }
    practice.server.zone["out.relay.example"] = {"A": ["198.51.100.7"]}
    practice.server.zone["_last.relay.example"] = {"TXT": ['"v=spf1 ip4:192.0.2.0/24 -all"']}
    assert practice.lines("spf") == [
        ("fine", "The SPF record of ledger.example takes 5 of 10 lookups."),
        ("fine", "SPF of ledger.example passes for 192.0.2.25."),
    ]


def test_more_lookups_than_receivers_make_are_a_stop(practice: Practice) -> None:
    spf(practice, *(f"include:{n}.example" for n in range(11)), "ip4:192.0.2.25", "-all")
    for n in range(11):
        practice.server.zone[f"{n}.example"] = {"TXT": ['"v=spf1 ip4:198.51.100.1 ~all"']}
    assert practice.lines("spf")[0] == (
        "stop",
        "The SPF record of ledger.example takes 11 of 10 lookups, and receivers give up.",
    )


def test_lookups_that_find_nothing_are_counted(practice: Practice) -> None:
    spf(practice, "a:gone1.example", "a:gone2.example", "mx:gone3.example", "ip4:192.0.2.25", "-all")
    assert "3 of which find nothing" in practice.says("spf")[0].sentence


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (["include:none.example", "-all"], "includes none.example, which has no SPF record"),
        (["include:ledger.example", "-all"], "leads back to itself"),
        (["ipv4:192.0.2.25", "-all"], '"ipv4" in the record of ledger.example is no mechanism'),
        (["ip4:192.0.2.256", "-all"], "is no network"),
        (["-all,"], "is no term of SPF"),
    ],
)
def test_a_record_that_receivers_cannot_use(practice: Practice, terms: list[str], why: str) -> None:
    spf(practice, *terms)
    (said,) = practice.says("spf")
    assert (said.health, why in said.sentence) == (Health.STOP, True), said.sentence


def test_two_spf_records_are_none(practice: Practice) -> None:
    practice.server.zone["ledger.example"] = {"TXT": ['"v=spf1 -all"', '"v=spf1 mx -all"']}
    assert "has 2 SPF records" in practice.says("spf")[0].sentence


def test_where_no_address_is_known_coverage_is_unknown(practice: Practice) -> None:
    practice.set(doctor=DoctorSettings(), transport=TransportSettings("smtp", host="localhost"))
    assert [each.health for each in practice.says("spf")] == [Health.FINE, Health.UNKNOWN]
    assert [each.health for each in practice.says("reverse")] == [Health.UNKNOWN]


@pytest.mark.parametrize("pem", [RSA, ED25519])
def test_a_key_without_record_prints_the_record(practice: Practice, pem: bytes) -> None:
    selector = "rsa1" if pem is RSA else "ed1"
    del practice.server.zone[f"{selector}._domainkey.ledger.example"]
    missing = next(each for each in practice.says("dkim") if each.health is Health.STOP)
    assert missing.records[0].value.replace('" "', "").strip('"') == record(pem)


@pytest.mark.parametrize(
    ("published", "health", "why"),
    [
        (record(new_key(rsa=True)), "stop", "of another key than the one in use"),
        ("v=DKIM1; k=rsa; p=", "stop", "is revoked"),
        (f"{record(RSA)}; t=y", "warning", "t=y"),
        (f"{record(RSA)}; h=sha1", "stop", "allows sha1 only"),
    ],
)
def test_a_record_of_another_kind(practice: Practice, published: str, health: str, why: str) -> None:
    pieces = " ".join(f'"{published[n : n + 200]}"' for n in range(0, len(published), 200))
    practice.server.zone["rsa1._domainkey.ledger.example"] = {"TXT": [pieces]}
    said = practice.says("dkim")[0]
    assert (said.health, why in said.sentence) == (health, True), said.sentence


def test_ed25519_alone_is_not_verified_everywhere(practice: Practice) -> None:
    practice.set(dkim=DkimSettings("ledger.example", (DkimKey("ed1", ED25519),)))
    assert "Ed25519 alone" in practice.says("dkim")[-1].sentence


def test_dmarc_of_the_organisation_counts_for_its_subdomains(practice: Practice) -> None:
    (evening,) = practice.patient.settings.newsletters
    practice.set(newsletters=(replace(evening, from_address="evening@news.ledger.example"),))
    record_of_it = '"v=DMARC1; p=reject; sp=none; adkim=s; rua=mailto:d@ledger.example"'
    practice.server.zone["_dmarc.ledger.example"] = {"TXT": [record_of_it]}
    aligned, weak = practice.says("dmarc")
    assert (
        aligned.health is Health.WARNING
    )  # strict DKIM does not cover the subdomain, the relaxed return path does
    assert "only the return path is aligned" in aligned.sentence
    assert (weak.health, "p=none" in weak.sentence) == (Health.NOTE, True)


def test_what_neither_signature_nor_path_covers_fails_dmarc(practice: Practice) -> None:
    (evening,) = practice.patient.settings.newsletters
    practice.set(newsletters=(replace(evening, from_address="evening@paper.example"),))
    practice.server.zone["_dmarc.paper.example"] = {"TXT": ['"v=DMARC1; p=reject; rua=mailto:d@paper.example"']}
    assert [each.health for each in practice.says("dmarc")] == [Health.STOP]


def test_a_missing_dmarc_record_is_given(practice: Practice) -> None:
    del practice.server.zone["_dmarc.ledger.example"]
    (said,) = practice.says("dmarc")
    assert str(said.records[0]) == (
        '_dmarc.ledger.example. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@ledger.example"'
    )


def test_bounces_must_reach_us(practice: Practice) -> None:
    practice.server.zone["ledger.example"] = {"MX": ["0 ."]}
    assert "null MX" in practice.says("mx")[0].sentence
    practice.server.zone["ledger.example"] = {"MX": ["10 gone.ledger.example."]}
    assert [each.health for each in practice.says("mx")] == [Health.STOP]
    practice.server.zone["ledger.example"] = {"A": [OURS]}
    assert [each.health for each in practice.says("mx")] == [Health.NOTE]
    del practice.server.zone["ledger.example"]
    assert [each.health for each in practice.says("mx")] == [Health.STOP]


def test_an_address_needs_a_name_that_leads_back(practice: Practice) -> None:
    practice.server.zone["mx.ledger.example"] = {"A": ["192.0.2.99"]}
    (said,) = practice.says("reverse")
    assert str(said.records[0]) == "mx.ledger.example. IN A 192.0.2.25"
    del practice.server.zone[POINTER]
    (said,) = practice.says("reverse")
    assert str(said.records[0]) == f"{POINTER}. IN PTR mail.ledger.example."


def test_organisations_are_told_by_the_public_suffix_list() -> None:
    assert organisational("news.paper.co.uk") == "paper.co.uk"
    assert are_aligned("mail.paper.co.uk", "paper.co.uk", "r")
    assert not are_aligned("paper.co.uk", "other.co.uk", "r")
    assert not are_aligned("mail.paper.co.uk", "paper.co.uk", "s")


def test_a_folder_signs_and_does_not_send(practice: Practice) -> None:
    practice.set(transport=TransportSettings("directory"))
    assert [each.health for each in practice.says("dkim")] == [Health.FINE, Health.FINE]
    assert practice.lines("spf") == [
        ("note", "Letters are written into a folder; SPF is checked for whoever sends them on.")
    ]


def test_a_registrys_dmarc_counts_where_it_asks_for_it(practice: Practice) -> None:
    del practice.server.zone["_dmarc.ledger.example"]
    practice.server.zone["_dmarc.example"] = {"TXT": ['"v=DMARC1; p=reject; rua=mailto:d@nic.example"']}
    assert [each.health for each in practice.says("dmarc")] == [Health.STOP]
    practice.server.zone["_dmarc.example"] = {"TXT": ['"v=DMARC1; p=reject; psd=y; rua=mailto:d@nic.example"']}
    assert [each.health for each in practice.says("dmarc")] == [Health.FINE]
