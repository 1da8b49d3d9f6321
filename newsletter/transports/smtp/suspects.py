"""Refusals that may be about the recipient or about the issue, held back until something tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from newsletter.domain.delivery import Outcome, Verdict

REFUSALS_IN_A_ROW = 3  # so many different recipients refused without one acceptance: the issue is meant


@dataclass(slots=True)
class Suspects:
    """What tells is an acceptance (the recipients are to blame), a third refusal in a row (the issue is), or the
    end of everything under way (nobody knows, so they are tried again later).
    """

    held: list[Outcome] = field(default_factory=list)
    in_a_row: set[str] = field(default_factory=set)

    def hold(self, recipient: str, outcome: Outcome) -> bool:
        """Hold a refusal back; tell whether the issue is meant."""
        self.held.append(outcome)
        self.in_a_row.add(recipient)
        return len(self.in_a_row) >= REFUSALS_IN_A_ROW

    def cleared_by_acceptance(self) -> list[Outcome]:
        """Return what was held, now that it is known to be about the recipients."""
        self.in_a_row.clear()
        return self._released()

    def undecided(self) -> list[Outcome]:
        """Return what was held as put off."""
        return [Outcome(each.key, Verdict.DEFERRED, each.status, each.reply) for each in self._released()]

    def forget(self) -> None:
        """Forget everything: the issue was meant."""
        self.held.clear()
        self.in_a_row.clear()

    def _released(self) -> list[Outcome]:
        released, self.held = self.held, []
        return released
