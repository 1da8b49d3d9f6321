"""A Maildir: what a mail server of this machine delivers into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.feedback.mailboxes.mailbox import MailboxDown, Take


@dataclass(frozen=True, slots=True)
class Maildir:
    """The Mailbox in a folder with `new` and `cur`. Files in `tmp` are not whole yet."""

    path: Path

    def empty(self, take: Take, stop: Callable[[], bool]) -> int:
        """Take the mails, oldest first."""
        taken = 0
        for file in self._files():
            if stop():
                break
            try:
                raw = file.read_bytes()
            except FileNotFoundError:
                continue  # somebody else reads this mailbox too
            except OSError as trouble:
                raise MailboxDown(f"{file} can't be read: {trouble.strerror}") from trouble
            take(raw)
            file.unlink(missing_ok=True)
            taken += 1
        return taken

    def _files(self) -> Iterator[Path]:
        try:
            found = [file for name in ("new", "cur") for file in (self.path / name).iterdir()]
        except OSError as trouble:
            raise MailboxDown(f"{self.path} is no Maildir that can be read: {trouble.strerror}") from trouble
        yield from sorted((file for file in found if not file.name.startswith(".")), key=lambda file: file.name)
