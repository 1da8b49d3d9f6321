"""The folder of `.eml` files."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.domain.delivery import Transport, TransportDown
from newsletter.domain.letter import Letter
from newsletter.transports.directory import DirectoryTransport, file_name
from newsletter.transports.queued import Queued
from tests.letters import batch
from tests.transports.conformance import OtherSide, TransportConformance


class Folder(OtherSide):
    def __init__(self, path: Path) -> None:
        self.path = path

    def received(self) -> list[bytes]:
        return [file.read_bytes() for file in self.path.glob("*")]

    def break_down(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("a file stands where the folder should be")


class TestConformance(TransportConformance):
    @pytest.fixture
    def other_side(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path / "deep" / "outbox")

    @pytest.fixture
    def transport(self, other_side: Folder) -> Transport:
        return Queued(DirectoryTransport(other_side.path), 10)


def test_sent_again_a_message_keeps_its_one_file(tmp_path: Path) -> None:
    transport = DirectoryTransport(tmp_path)
    names = [outcome.remote_id for _ in range(2) for outcome in transport.deliver(batch(1))]
    assert names == ["id-1@ledger.example.eml"] * 2
    assert [file.name for file in tmp_path.iterdir()] == names[:1]


@pytest.mark.parametrize("name", [b"../../etc/passwd", b"a/b", b"x" * 300, b"", b"nul\0"])
def test_a_hostile_message_id_names_no_file(name: bytes) -> None:
    found = file_name(b"Message-ID: <" + name + b">\r\n\r\nbody")
    assert len(found) == 68
    assert found.removesuffix(".eml").isalnum()


def test_only_the_header_names_the_file() -> None:
    assert file_name(b"Subject: x\r\n\r\nMessage-ID: <a@b>\r\n") != "a@b.eml"


def test_a_full_disk_is_no_reader_s_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TransportDown, match="No space left"):
        list(DirectoryTransport(tmp_path).deliver(batch(1)))
    assert list(tmp_path.iterdir()) == []


def test_letters_without_message_id_are_told_apart(tmp_path: Path) -> None:
    for body in (b"Subject: a\r\n\r\n", b"Subject: b\r\n\r\n"):
        list(DirectoryTransport(tmp_path).deliver(batch(1, letter=Letter((body,), ()))))
    assert len(list(tmp_path.iterdir())) == 2
