"""Throw-away domains, by a list that may change at any time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from newsletter.mail_domains import DisposableDomains

LIST = "\ufeff# throw-away mailboxes\nbin.test   # with subdomains\n\nMÜLL.test\n  Trash.Test.\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "disposable.txt"
    file.write_text(LIST, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("domain", "held"),
    [
        ("bin.test", True),
        ("BIN.test", True),
        ("a.b.bin.test", True),
        ("cabin.test", False),
        ("test", False),
        ("müll.test", True),
        ("xn--mll-hoa.test", True),
        ("trash.test", True),
    ],
)
def test_domains_and_what_lies_in_them(file: Path, domain: str, held: bool) -> None:
    assert DisposableDomains(file).holds(domain) is held


def test_a_change_of_the_file_counts_at_once(file: Path) -> None:
    listed = DisposableDomains(file)
    assert not listed.holds("new.test")
    file.write_text("new.test\n")
    os.utime(file, ns=(1, 1))
    assert (listed.holds("new.test"), listed.holds("bin.test")) == (True, False)


@pytest.mark.parametrize("trouble", ["gone", "no text"])
def test_what_the_file_said_last_holds_while_it_cannot_be_read(file: Path, trouble: str) -> None:
    listed = DisposableDomains(file)
    assert listed.holds("bin.test")
    if trouble == "gone":
        file.unlink()
    else:
        file.write_bytes(b"\xff\xfe\xff")
    assert listed.holds("bin.test")
