"""Exports of other products, and plain lists, are known by their first row."""

from __future__ import annotations

import pytest

from subscribers.importing import Elsewhere, UnknownColumns
from subscribers.importing.columns import recognise
from subscribers.importing.products import FIELDS, PLAIN, PRODUCTS

MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,"
    "LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
SUBSTACK = "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at"
GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,"
    "tiers"
)
LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at"
BUTTONDOWN = "email_address,notes,metadata,tags,type,creation_date"
OURS = (
    "email,name,newsletter,state,sections,frequency,hour,paused_until,language,time_zone,tracking,suppressed,"
    "created_at,changed_at"
)


@pytest.mark.parametrize(
    ("header", "product", "email", "status", "agreed_at"),
    [
        (MAILCHIMP, "Mailchimp", "Email Address", None, "CONFIRM_TIME"),
        (SUBSTACK, "Substack", "email", "email_disabled", "created_at"),
        (GHOST, "Ghost", "email", "subscribed_to_emails", "created_at"),
        (LISTMONK, "listmonk", "email", "status", "created_at"),
        (BUTTONDOWN, "Buttondown", "email_address", "type", "creation_date"),
        (OURS, "newsletter", "email", "state", "created_at"),
    ],
)
def test_an_export_is_known_by_its_columns(
    header: str, product: str, email: str, status: str | None, agreed_at: str
) -> None:
    columns = recognise(header.split(","))
    named = dict(columns.mapping)
    assert columns.product.name == product
    assert (named["email"], named.get("status"), named["agreed_at"]) == (email, status, agreed_at)


def test_what_is_not_used_is_named() -> None:
    assert recognise(GHOST.split(",")).unmapped == [
        "id", "note", "complimentary_plan", "stripe_customer_id", "labels", "tiers"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("E-Mail-Adresse;Vorname;Nachname;Sprache", ["email", "first_name", "last_name", "language"]),
        ("Nom;Prénom;Courriel;Statut", ["last_name", "first_name", "email", "status"]),
        ("Correo electrónico;Nombre;Apellidos;Fecha de alta", ["email", "first_name", "last_name", "agreed_at"]),
        ("Name;Mail;Time-Zone", ["name", "email", "time_zone"]),
        ("Address;E-mail", ["email"]),  # the other one is where they live
    ],
)
def test_plain_lists_name_their_columns_in_four_languages(header: str, fields: list[str]) -> None:
    columns = recognise(header.split(";"))
    assert [field for field, _ in columns.mapping] == fields


def test_without_a_header_the_address_is_what_has_an_at_sign() -> None:
    columns = recognise(["Ada", "ada@reader.example", "city"])
    assert (columns.header, columns.places) == ((), {"email": 1, "name": 0, "sections": 2})


def test_whoever_knows_better_says_which_column_is_what() -> None:
    first = ["Kontakt", "Name", "Ort"]
    assert recognise(first, {"email": "kontakt", "name": ""}).places == {"email": 0}
    assert recognise(first, {"email": "3"}).places == {"name": 1, "email": 2}


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({}, "Which column holds the addresses is not known; it has: Kontakt, Ort"),
        ({"email": "Post"}, 'The file has no column "Post"; it has: Kontakt, Ort'),
        ({"email": "3"}, 'The file has no column "3"'),
        ({"shoe size": "Ort"}, 'There is no field "shoe size"; there are: email, '),
    ],
)
def test_what_cannot_be_mapped_is_said_in_a_sentence(chosen: dict[str, str], sentence: str) -> None:
    with pytest.raises(UnknownColumns, match=sentence):
        recognise(["Kontakt", "Ort"], chosen)


@pytest.mark.parametrize(
    ("name", "everybody"),
    [
        ("subscribed_email_audience_export_1a2b.csv", None),
        ("unsubscribed_email_audience_export_1a2b.csv", Elsewhere.UNSUBSCRIBED),
        ("cleaned_email_audience_export_1a2b.csv", Elsewhere.BOUNCED),
        ("nonsubscribed_email_audience_export_1a2b.csv", Elsewhere.UNCONFIRMED),
    ],
)
def test_the_parts_of_a_mailchimp_audience_are_told_apart_by_their_names(
    name: str, everybody: Elsewhere | None
) -> None:
    assert recognise(MAILCHIMP.split(","), file_name=name).everybody is everybody


def test_the_tables_speak_of_fields_that_there_are() -> None:
    for product in (*PRODUCTS, PLAIN):
        assert set(product.columns.values()) <= set(FIELDS), product.name
        assert not product.statuses or "status" in product.columns.values(), product.name
