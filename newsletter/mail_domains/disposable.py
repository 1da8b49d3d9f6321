"""Domains of throw-away mailboxes, from a file of the newsroom's own: one a line, `#` begins a comment.

A line stands for its subdomains too. The file is read anew whenever it has changed; when it can't be read, what it
said last stays in force.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from threading import Lock

import idna
import structlog

log = structlog.get_logger("newsletter.signup")


class DisposableDomains:
    """The domains in the file, for any number of threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self._read_at = (0, 0)  # the file's time of change and its size
        self._domains: frozenset[str] = frozenset()

    def holds(self, domain: str) -> bool:
        """Tell whether the domain, or one that it lies in, is in the file."""
        listed = self._current()
        return any(parent in listed for parent in _parents(written(domain)))

    def _current(self) -> frozenset[str]:
        with self._lock:
            try:
                now = self._file.stat()
                if (now.st_mtime_ns, now.st_size) != self._read_at:
                    self._domains = parse(self._file.read_text(encoding="utf-8-sig").splitlines())
                    self._read_at = (now.st_mtime_ns, now.st_size)
            except (OSError, UnicodeDecodeError) as error:
                log.warning("the list of disposable domains can't be read", file=str(self._file), error=str(error))
            return self._domains


def parse(lines: Iterable[str]) -> frozenset[str]:
    """Return the domains that the lines name."""
    return frozenset(filter(None, (written(line.partition("#")[0]) for line in lines)))


def written(domain: str) -> str:
    """Return a domain as it is compared: in small letters, `xn--` where it is internationalised."""
    plain = domain.strip().strip(".").lower()
    if plain.isascii():
        return plain
    try:
        return idna.encode(plain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return plain


def _parents(domain: str) -> Iterable[str]:
    return accumulate(reversed(domain.split(".")), lambda parent, label: f"{label}.{parent}")
