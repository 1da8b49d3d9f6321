"""What a provider of a mail API is: requests written, answers read. No network here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from newsletter.domain.delivery import Batch, Envelope, Outcome

LONGEST_REPLY = 500  # characters of an answer that are kept with each delivery


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `headers` hold the key, which is never shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The answer as it is kept: on one line, cut where it is long."""
        words = " ".join(self.body.decode(errors="replace").split())[:LONGEST_REPLY]
        return f"{self.status} {words}".strip()

    def json(self) -> Any:
        """Return what the body says, None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Unclear(Exception):
    """The answer does not tell what was taken: everything of the request is in doubt."""


class Provider(Protocol):
    """A mail API. Its methods are pure: the same batch gives the same request."""

    @property
    def name(self) -> str:
        """The provider's name, as in the configuration."""
        ...

    @property
    def most(self) -> int:
        """How many readers one request may hold, at most."""
        ...

    @property
    def is_idempotent(self) -> bool:
        """Tell whether the very same request, made again soon, sends nothing twice."""
        ...

    def request(self, batch: Batch) -> Request:
        """Return the request for a batch of at most `most`. Raises KeyError naming a value that a hole lacks."""
        ...

    def outcomes(self, batch: Batch, answer: Answer) -> Sequence[Outcome]:
        """Return an outcome for each envelope from an answer with a status of 2xx. Raises Unclear."""
        ...

    def refusal(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return what an answer of 4xx to this one envelope says of its reader.

        None where it is not about the reader but about us or the letter.
        """
        ...

    def search(self, envelope: Envelope) -> Request | None:
        """Return the request that asks whether a letter was taken; None where the provider can't be asked."""
        ...

    def found(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return ACCEPTED where the answer to `search` has the letter; None where that is not known."""
        ...
