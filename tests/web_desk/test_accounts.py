"""Accounts of the desk."""

from __future__ import annotations

from typing import Literal

import pytest
from argon2 import PasswordHasher

from newsletter.clock import SetClock
from newsletter.editors import accounts, passwords
from newsletter.editors.accounts import EditorExists, add_editor, set_password, verify
from newsletter.editors.passwords import PasswordRefused
from subscribers.addresses import InvalidAddress
from subscribers.database import Database

EMAIL, PASSWORD = "ines@ledger.example", "a quiet harbour at dusk"


@pytest.fixture
def account(database: Database, clock: SetClock) -> str:
    with database.writing() as rows:
        return add_editor(rows, EMAIL, " Ines Brandt ", PASSWORD, clock.now()).email


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("written", [EMAIL, "Ines@Ledger.Example", f" {EMAIL} "])
def test_right_password(database: Database, written: str) -> None:
    with database.reading() as rows:
        editor = verify(rows, written, PASSWORD)
    assert editor is not None
    assert editor.name == "Ines Brandt"
    assert str(editor.password_hash).startswith("$argon2id$")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "something else entirely"),
        (EMAIL, ""),
        ("nobody@ledger.example", PASSWORD),
        ("no address", PASSWORD),
    ],
)
def test_wrong_password_and_unknown_address(database: Database, email: str, password: str) -> None:
    with database.reading() as rows:
        assert verify(rows, email, password) is None


def test_unknown_address_costs_as_much_as_a_known_one(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            tried.append(str(hash))
            return True  # as never happens

    monkeypatch.setattr(passwords, "_hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))
    with database.reading() as rows:
        assert verify(rows, "nobody@ledger.example", PASSWORD) is None
    assert tried == [passwords._nobody()]


@pytest.mark.parametrize(
    "password",
    [
        "nine char",
        "x" * 1001,
        "INES@ledger.example",
        "P@ssw0rd2024!",
        "qwertyuiop12",
        "ababababab",
        "ines.ledger1",
    ],
)
def test_refused_passwords(database: Database, clock: SetClock, password: str) -> None:
    with database.writing() as rows, pytest.raises(PasswordRefused):
        add_editor(rows, EMAIL, "Ines", password, clock.now())


def test_one_account_an_address(account: str, database: Database, clock: SetClock) -> None:
    with database.writing() as rows, pytest.raises(EditorExists, match=account):
        add_editor(rows, EMAIL.upper(), "Ines", PASSWORD, clock.now())


def test_address_must_be_one(database: Database, clock: SetClock) -> None:
    with database.writing() as rows, pytest.raises(InvalidAddress):
        add_editor(rows, "ines", "Ines", PASSWORD, clock.now())


def test_new_password(account: str, database: Database, clock: SetClock) -> None:
    with database.writing() as rows:
        set_password(rows, account, "another long password", clock.now())
    with database.reading() as rows:
        assert verify(rows, account, PASSWORD) is None
        assert verify(rows, account, "another long password")


def test_new_password_for_nobody(database: Database, clock: SetClock) -> None:
    with database.writing() as rows, pytest.raises(LookupError, match="nobody@ledger"):
        set_password(rows, "nobody@ledger.example", PASSWORD, clock.now())


def test_hash_of_other_parameters_is_renewed(
    account: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    with database.writing() as rows:
        editor = verify(rows, account, PASSWORD)
        assert editor is not None
        assert accounts.outdated(editor)
        accounts.renew_hash(rows, editor.id, PASSWORD)
    with database.reading() as rows:
        editor = verify(rows, account, PASSWORD)
    assert editor is not None
    assert not accounts.outdated(editor)
