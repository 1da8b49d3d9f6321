"""A folder for each file that came in: the rows as they came, what is wanted of them, and how far it is done.

Everything is beneath one folder that only this user may enter. The rows are dropped as soon as they are taken in,
the rest after a day.
"""

from __future__ import annotations

import hmac
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import gettempdir
from threading import get_ident
from typing import Any

KEPT = timedelta(days=1)
CUT_OFF = timedelta(minutes=2)  # a batch takes some seconds, and is told then
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Stage(StrEnum):
    """Where the work on a file stands."""

    LOOKING = "looking"  # -> looked, failed
    LOOKED = "looked"  # -> looking, taking
    TAKING = "taking"  # -> taken, failed
    TAKEN = "taken"
    UNDOING = "undoing"  # -> undone, failed
    UNDONE = "undone"
    FAILED = "failed"  # -> looking, taking, undoing


_BUSY = frozenset({Stage.LOOKING, Stage.TAKING, Stage.UNDOING})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, what is wanted of it, and how far that is. `at` (aware UTC) is when that was written last.

    `columns` is field to column's number, empty where the file's own words are trusted. `read` octets of `size`,
    which are `rows`, are done. `number` is the import's, `told` its report, `trouble` what went wrong.
    """

    key: str
    file_name: str
    actor: str
    newsletter: str
    stage: Stage
    at: datetime
    size: int = 0
    encoding: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    with_leavers: bool = False
    everybody: str = ""
    consent: str = ""
    read: int = 0
    rows: int = 0
    number: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""

    def is_busy(self, now: datetime) -> bool:
        """Tell whether somebody works on it."""
        return self.stage in _BUSY and now - self.at < CUT_OFF

    def is_cut_off(self, now: datetime) -> bool:
        """Tell whether whoever worked on it is gone."""
        return self.stage in _BUSY and not self.is_busy(now)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of folders."""

    folder: Path

    @classmethod
    def of(cls, secret: str) -> Shelf:
        """Return this installation's own, in the folder for temporary files, by a name that nobody can guess."""
        name = hmac.digest(secret.encode(), b"uploaded readers", "sha256").hex()[:24]
        return cls(Path(gettempdir()) / f"newsletter-{name}")

    def place(self, key: str) -> Path:
        """Return the folder of a file. Raises LookupError for what can't be a key."""
        if not _KEY.fullmatch(key):
            raise LookupError("there is no such file")
        return self.folder / key

    def rows_of(self, key: str) -> Path:
        """Return the file as it came."""
        return self.place(key) / "readers.csv"

    def refused_of(self, key: str) -> Path:
        """Return the rows that were refused, as the last look or take found."""
        return self.place(key) / "refused.csv"

    def write(self, upload: Upload) -> None:
        """Keep how it stands, whole or not at all."""
        place = self.place(upload.key)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
        written = place / f"upload.json.{get_ident()}"
        written.write_text(json.dumps(asdict(upload) | {"at": upload.at.isoformat()}), encoding="utf-8")
        written.replace(place / "upload.json")

    def get(self, key: str) -> Upload:
        """Return how it stands. Raises LookupError."""
        try:
            kept = json.loads((self.place(key) / "upload.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            raise LookupError("there is no such file") from None
        return Upload(**kept | {"at": datetime.fromisoformat(kept["at"]), "stage": Stage(kept["stage"])})

    def all(self) -> list[Upload]:
        """Return all that are kept, the latest first."""
        found = []
        for place in self.folder.glob("*/upload.json"):
            try:
                found.append(self.get(place.parent.name))
            except LookupError:  # dropped in this moment
                continue
        return sorted(found, key=lambda each: each.at, reverse=True)

    def drop(self, key: str) -> None:
        """Forget a file and everything about it."""
        shutil.rmtree(self.place(key), ignore_errors=True)

    def tidy(self, now: datetime) -> None:
        """Forget what is older than a day."""
        for each in self.all():
            if now - each.at > KEPT:
                self.drop(each.key)
