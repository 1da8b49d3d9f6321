"""`[dkim]`: keys are read from files, and each mistake is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from newsletter.config import load
from newsletter.domain.dkim_key import new_key
from newsletter.settings import DkimKey, DkimSettings
from tests.config.test_mistakes import EXAMPLE, SECRET, mistakes

GOOD = 'domain = "ledger.example"\nselector = "ed1"\nkey_file = "ed1.pem"\n'


def written(dkim: str) -> str:
    return EXAMPLE + f"\n[dkim]\n{dkim}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ed1.pem").write_bytes(new_key(rsa=False))
    return tmp_path


def test_without_the_table_nothing_is_signed(folder: Path) -> None:
    (folder / "config.toml").write_text(EXAMPLE)
    assert load(folder / "config.toml", {}, secret=SECRET).dkim == DkimSettings()


def test_keys_are_read_from_files_beside_the_configuration(folder: Path) -> None:
    (folder / "rsa1.pem").write_bytes(new_key(rsa=True))
    (folder / "config.toml").write_text(written(GOOD + 'second_selector = "RSA1"\nsecond_key_file = "rsa1.pem"\n'))
    found = load(folder / "config.toml", {}, secret=SECRET).dkim
    keys = [("ed1", "ed1.pem"), ("rsa1", "rsa1.pem")]
    assert found == DkimSettings(
        "ledger.example", tuple(DkimKey(name, (folder / file).read_bytes()) for name, file in keys)
    )
    assert "PRIVATE KEY" not in repr(found)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ('domain = "ledger.example"', "", "dkim.domain is missing; expected a text that is not empty"),
        ('"ledger.example"', '"ledger"', 'dkim.domain is "ledger"; expected a domain such as'),
        ('selector = "ed1"', "", 'dkim.selector is missing; expected a name in DNS such as "ed2026"'),
        ('"ed1"', '"ed 1"', 'dkim.selector is "ed 1"; expected a name in DNS'),
        ('key_file = "ed1.pem"', "", "dkim.key_file is missing; expected a text that is not empty"),
        ("selector =", "selektor =", "dkim.selector is missing; expected a name in DNS"),
        ("key_file =", 'second_selector = "x"\nkey_file =', "dkim.second_key_file is missing; expected a text"),
        (
            "key_file =",
            'second_selector = "ed1"\nsecond_key_file = "ed1.pem"\nkey_file =',
            "dkim.second_selector is the first key's; each key needs its own",
        ),
    ],
)
def test_each_mistake_is_named(folder: Path, right: str, wrong: str, sentence: str) -> None:
    assert right in GOOD
    assert mistakes(folder, written(GOOD.replace(right, wrong)))[0].startswith(sentence)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, lock: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"nonsense", "is no private key in PEM"),
        (
            lambda: _pem(rsa.generate_private_key(65537, 1024), NoEncryption()),
            "is RSA with 1024 bits; expected at",
        ),
        (lambda: _pem(ec.generate_private_key(ec.SECP256R1()), NoEncryption()), "is of a kind that DKIM does not"),
        (
            lambda: _pem(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"x")),
            "has a passphrase; expected one without",
        ),
    ],
)
def test_a_key_that_can_not_sign_is_refused(folder: Path, make: Callable[[], bytes], reason: str) -> None:
    (folder / "ed1.pem").write_bytes(make())
    (sentence,) = mistakes(folder, written(GOOD))
    assert sentence.startswith(f"dkim.key_file names {folder / 'ed1.pem'}, which {reason}")
    assert sentence.endswith("`newsletter dkim key FILE` makes one")


def test_a_key_file_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "ed1.pem").unlink()
    assert "which can't be read: No such file" in mistakes(folder, written(GOOD))[0]
