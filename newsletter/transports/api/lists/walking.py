"""A provider's list over the line: page after page, and addresses added lot after lot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from newsletter.clock import Clock
from newsletter.domain.delivery import TransportDown
from newsletter.transports.api.line import Line, NotSent, Unanswered
from newsletter.transports.api.lists.listed import Listed, ListRefused, ProviderList
from newsletter.transports.api.provider import Answer, Request

_TRIES = 4
_PAUSE = 2.0  # seconds after the first failure, doubled with each further one
_LONGEST_WAIT = 60.0  # seconds that a Retry-After is heeded
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Pushed:
    """How many the provider's list has now of a lot, and the addresses that it did not take."""

    added: int
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Walker:
    """Reads and adds. Reading and adding again do no harm, so whatever fails in passing is tried again."""

    list: ProviderList
    line: Line
    clock: Clock

    def pull(self) -> Iterator[Listed]:
        """Yield everything that is on the provider's list. Raises ListRefused, TransportDown."""
        for first in self.list.begin():
            asked: Request | None = first
            while asked is not None:
                page = self.list.page(asked, self._answer(asked))
                yield from page.listed
                asked = page.further

    def push(self, listed: Iterable[Listed]) -> Iterator[Pushed]:
        """Add addresses to the provider's list; yield what came of each lot. Raises ListRefused, TransportDown."""
        left = iter(listed)
        while lot := list(islice(left, self.list.most)):
            answers = [self._answer(request) for request in self.list.add(lot)]
            failed = tuple(email for answer in answers for email in self.list.failed(answer))
            yield Pushed(len(lot) - len(failed), failed)

    def _answer(self, request: Request) -> Answer:
        """Return an answer of 2xx."""
        trouble = ""
        for number in range(_TRIES):
            wait = _PAUSE * 2**number
            try:
                answer = self.line.post(request)
            except (NotSent, Unanswered) as failure:
                trouble = str(failure)
            else:
                if answer.status // 100 == 2:
                    return answer
                if answer.status != _TOO_MANY and answer.status // 100 != 5:
                    raise ListRefused(f"{self.list.name} refuses: {answer.text[:300]}")
                trouble, wait = answer.text[:300], _retry_after(answer, wait)
            if number < _TRIES - 1:
                self.clock.sleep(min(wait, _LONGEST_WAIT))
        raise TransportDown(f"{self.list.name} can't be asked: {trouble}")


def _retry_after(answer: Answer, otherwise: float) -> float:
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdigit() else otherwise
