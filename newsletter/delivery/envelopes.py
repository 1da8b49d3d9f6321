"""Claims into batches: each claim's letter, and what stands in its holes for this reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from newsletter.delivery.claiming import Claim
from newsletter.delivery.readers import Reader, Stationery, reader_values, wire_address
from newsletter.delivery.tables import LetterRow
from newsletter.domain.delivery import Batch, Envelope
from newsletter.domain.letter import Letter
from newsletter.rendering.headers import domain_of
from subscribers.database import Database
from subscribers.tokens import Tokens


@dataclass(slots=True)
class Envelopes:
    """Addresses the letters of an issue. Each letter is read once. `from_address` is the newsletter's."""

    database: Database
    tokens: Tokens
    from_address: str
    _stationery: dict[int, Stationery] = field(default_factory=dict)

    def batches(self, claims: Sequence[Claim]) -> Iterator[Batch]:
        """Yield a batch for each letter that is claimed."""
        by_letter = attrgetter("letter_id")
        for letter_id, of_letter in groupby(sorted(claims, key=by_letter), by_letter):
            stationery = self._of(letter_id)
            sender = wire_address(self.from_address)
            envelopes = tuple(self._envelope(claim, stationery, sender) for claim in of_letter)
            yield Batch(stationery.letter, envelopes)

    def _envelope(self, claim: Claim, stationery: Stationery, sender: str) -> Envelope:
        reader = Reader(claim.subscription_id, claim.email, claim.name)
        values = reader_values(reader, stationery, self.tokens)
        return Envelope(claim.subscription_id, sender, values["to_address"], values)

    def _of(self, letter_id: int) -> Stationery:
        if letter_id not in self._stationery:
            with self.database.reading() as session:
                row = session.get_one(LetterRow, letter_id)
            self._stationery[letter_id] = Stationery(
                Letter.from_bytes(row.body),
                row.issue_id,
                row.greeting,
                row.greeting_nameless,
                domain_of(self.from_address),
                row.frozen_at,
            )
        return self._stationery[letter_id]
