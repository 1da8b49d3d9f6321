"""What became of the rows, or would become of them: counted by kind, with the first few of each to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

SHOWN = 20  # refusals, and readers of each kind, that the report names


class Reason(StrEnum):
    """Why a row is refused."""

    NO_CSV = "no CSV"
    WRONG_BYTES = "wrong bytes"
    NO_ADDRESS = "no e-mail address"
    UNKNOWN_SECTION = "unknown section"
    UNKNOWN_STATUS = "unknown status"
    OTHER_NEWSLETTER = "of another newsletter"
    UNCONFIRMED_THERE = "never confirmed there"
    LEFT_THERE = "has left there"
    BOUNCED_THERE = "bounced there"
    COMPLAINED_THERE = "complained there"
    BARRED_THERE = "barred there"
    REMOVED_THERE = "taken out there"
    PENDING = "has yet to confirm"
    LEFT = "has left"
    SUPPRESSED = "suppressed"
    CAME_THEMSELVES = "came here by themselves"


class Fate(StrEnum):
    """What becomes of a row that is not refused."""

    NEW = "new"
    BACK = "back"  # was removed when an earlier import was undone
    UNCHANGED = "unchanged"  # a reader already, or twice in the file
    LEFT = "left"  # kept as unsubscribed
    BARRED = "barred"  # kept as suppressed


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: the line of the file on which it begins, why, and what stood in it."""

    line: int
    reason: Reason
    sentence: str
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class ImportReport:
    """What became of a file. In a dry run `number` is None, and the rest is what would become of it.

    `seen` holds the first addresses of each fate, `refusals` the first refused rows.
    """

    number: int | None = None
    fates: Counter[Fate] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    seen: dict[Fate, list[str]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def added(self) -> int:
        """How many became active by it: new ones, and those who came back with it."""
        return self.fates[Fate.NEW] + self.fates[Fate.BACK]

    @property
    def unchanged(self) -> int:
        """How many were readers already, or stand in the file twice."""
        return self.fates[Fate.UNCHANGED]

    @property
    def refused(self) -> int:
        """How many rows were not taken."""
        return self.reasons.total()

    @property
    def rows(self) -> int:
        """How many rows were seen."""
        return self.fates.total() + self.refused

    def count(self, fate: Fate, emails: Sequence[str]) -> None:
        """Count rows that were not refused."""
        if emails:
            self.fates[fate] += len(emails)
            named = self.seen.setdefault(fate, [])
            named += emails[: SHOWN - len(named)]

    def refuse(self, refusal: Refusal) -> None:
        """Count a row that was not taken."""
        self.reasons[refusal.reason] += 1
        if len(self.refusals) < SHOWN:
            self.refusals.append(refusal)

    def overtaken(self, number: int) -> None:
        """So many who were counted as new came by themselves in the same moment."""
        if number:
            self.fates[Fate.NEW] -= number
            self.fates[Fate.UNCHANGED] += number
