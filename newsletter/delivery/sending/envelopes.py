"""Claims into batches: each claim's letter, and what stands in its holes for this reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from newsletter.delivery.ledger.claiming import Claim
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.sending.readers import Reader, ReaderValues, Stationery, wire_address
from newsletter.domain.delivery import Batch, Envelope
from newsletter.domain.letter import Letter
from newsletter.rendering.headers import domain_of
from subscribers.database import Database
from subscribers.tokens import Tokens


@dataclass(slots=True)
class Envelopes:
    """Addresses the letters of an issue. Each letter is read once. `from_address` is the newsletter's.

    `return_path` is where what can't be delivered comes back to, with the delivery's name in it; empty where that
    is simply `from_address`.
    """

    database: Database
    tokens: Tokens
    from_address: str
    return_path: str = ""
    _letters: dict[int, tuple[Letter, ReaderValues]] = field(default_factory=dict)
    _sender: Callable[[str], str] = field(init=False)

    def __post_init__(self) -> None:
        before, _, domain = self.return_path.rpartition("@")
        plain = wire_address(self.from_address)
        self._sender = (lambda reference: f"{before}+{reference}@{domain}") if domain else lambda _: plain

    def batches(self, claims: Sequence[Claim]) -> Iterator[Batch]:
        """Yield a batch for each letter that is claimed."""
        by_letter = attrgetter("letter_id")
        for letter_id, of_letter in groupby(sorted(claims, key=by_letter), by_letter):
            letter, values = self._of(letter_id)
            yield Batch(letter, tuple(self._envelope(claim, values) for claim in of_letter))

    def _of(self, letter_id: int) -> tuple[Letter, ReaderValues]:
        if letter_id not in self._letters:
            with self.database.reading() as session:
                row = session.get_one(LetterRow, letter_id)
            stationery = Stationery(
                Letter.from_bytes(row.body),
                row.issue_id,
                row.greeting,
                row.greeting_nameless,
                domain_of(self.from_address),
                row.frozen_at,
            )
            self._letters[letter_id] = stationery.letter, ReaderValues(stationery, self.tokens)
        return self._letters[letter_id]

    def _envelope(self, claim: Claim, values: ReaderValues) -> Envelope:
        filled = values.of(Reader(claim.subscription_id, claim.email, claim.name))
        reference = values.reference(filled, claim.subscription_id)
        return Envelope(
            claim.subscription_id,
            self._sender(reference),
            filled["to_address"],
            filled,
            reference,
            claim.attempts,
        )
