"""Writes each message as an `.eml` file: for development, for another program to pick up, and for tests."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from newsletter.domain.delivery import Batch, Outcome, TransportDown, Verdict
from newsletter.domain.letter import Letter, Stamp

_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*<([A-Za-z0-9.@_+=-]{1,200})>", re.IGNORECASE | re.MULTILINE)


class DirectoryTransport:
    """The BatchTransport for a folder. A file is there whole or not at all, and keeps its name when sent again.

    `stamp` makes of each letter what is stamped, for instance a signed one.
    """

    def __init__(self, folder: Path, stamp: Callable[[Letter], Stamp] = lambda letter: letter) -> None:
        self._folder, self._stamp = folder, stamp

    def deliver(self, batch: Batch) -> Iterator[Outcome]:
        """Write the batch, a file each, and yield each outcome. Raises TransportDown when it can't write."""
        letter = self._stamp(batch.letter)
        for envelope in batch.envelopes:
            message = letter.stamp(envelope.values)
            name = file_name(message)
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                _write(self._folder / name, message)
            except OSError as error:
                raise TransportDown(f"{self._folder} can't be written to: {error}") from error
            yield Outcome(envelope.key, Verdict.ACCEPTED, "2.0.0", "written", name)

    def close(self) -> None:
        """Do nothing: no file stays open."""


def file_name(message: bytes) -> str:
    """Return the file's name: the message's own Message-ID, or a hash of it where it has none that is fit."""
    header = message.partition(b"\r\n\r\n")[0]
    found = _MESSAGE_ID.search(header)
    return f"{found[1].decode('ascii') if found else hashlib.sha256(message).hexdigest()}.eml"


def _write(path: Path, message: bytes) -> None:
    """Write through to the disk, then give the file its name. Raises OSError and leaves nothing half written."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync(path.parent)
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """Make the folder remember its new entry through a power cut."""
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
