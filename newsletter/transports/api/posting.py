"""The transport of every mail API: requests side by side, and for each reader what is known.

Where a request fails before its first octet, nothing was sent: everything stays owed, and the line is down. Once
it may have arrived and no clear answer came (a time-out, a broken connection, an answer of 5xx), nobody knows: the
same request is made again where the provider takes it for the same one, else the provider is asked for each
letter, and what it does not know of stays in doubt. An answer of 4xx took nobody: the request is halved until the
reader it is about stands alone. Before anything is tried once more, as after a crash, the provider is asked, too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from newsletter.clock import Clock
from newsletter.domain.delivery import Batch, Envelope, IssueRefused, Outcome, TransportDown, Verdict
from newsletter.transports.api.line import Line, NotSent, Unanswered
from newsletter.transports.api.provider import Answer, Provider, Request, Unclear

_PAUSES = (1.0, 2.0, 4.0, 0.0)  # seconds after each try of a request that may be made again
_LONGEST_WAIT = 30.0  # seconds that a Retry-After is heeded within a request
_TOO_MANY = 429
_TOO_EARLY = frozenset({408, 409, 425})  # the same request may be under way
_NO_ENTRY = frozenset({401, 402, 403, 407})


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one request: outcomes, and what ends the run, if anything does."""

    outcomes: Sequence[Outcome]
    trouble: TransportDown | IssueRefused | None = None


@dataclass(slots=True)
class ApiTransport:
    """The Transport for a provider. `connections` requests are under way at once, of `batch` readers at most."""

    provider: Provider
    line: Line
    clock: Clock
    connections: int
    batch: int
    _waiting: deque[Batch] = field(default_factory=deque)
    _under_way: dict[Future[_Done], int] = field(default_factory=dict)
    _known: list[Outcome] = field(default_factory=list)
    _held: int = 0
    _trouble: TransportDown | IssueRefused | None = None
    _threads: ThreadPoolExecutor | None = None

    @property
    def capacity(self) -> int:
        """How many envelopes it can hold at once."""
        return self.connections * self._most

    @property
    def room(self) -> int:
        """How many more envelopes it would take now."""
        return self.capacity - self._held

    def send(self, batch: Batch) -> None:
        """Take a batch of at most `room` envelopes. Raises KeyError naming a value that a hole lacks."""
        for each in batch.envelopes:
            _check(batch, each)
        self._held += len(batch.envelopes)
        if self._waiting and self._waiting[-1].letter is batch.letter:
            last = self._waiting.pop()
            batch = Batch(batch.letter, (*last.envelopes, *batch.envelopes))
        if batch.envelopes:
            self._waiting.append(batch)

    def receive(self, patience: float) -> Sequence[Outcome]:
        """Post what waits, and return outcomes that became known: see `Transport.receive`."""
        if self._trouble is None:
            self._post()
        if self._under_way:
            self._collect(patience)
        if self._known:
            told, self._known = self._known, []
            self._held -= len(told)
            return told
        if self._trouble is not None and not self._under_way:
            trouble = self._trouble
            self._forget()
            raise trouble
        return ()

    def close(self) -> None:
        """Wait for what is under way, and let go of connections."""
        wait(self._under_way)
        self._forget()
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None
        self.line.close()

    @property
    def _most(self) -> int:
        return min(self.batch, self.provider.most)

    def _post(self) -> None:
        while self._waiting and len(self._under_way) < self.connections:
            batch = self._next()
            future = self._pool().submit(self._do, batch)
            self._under_way[future] = len(batch.envelopes)

    def _next(self) -> Batch:
        batch = self._waiting.popleft()
        now, later = batch.envelopes[: self._most], batch.envelopes[self._most :]
        if later:
            self._waiting.appendleft(Batch(batch.letter, later))
        return Batch(batch.letter, now)

    def _collect(self, patience: float) -> None:
        done, _ = wait(self._under_way, timeout=patience, return_when=FIRST_COMPLETED)
        for future in done:
            del self._under_way[future]
            finished = future.result()
            self._known += finished.outcomes
            self._trouble = self._trouble or finished.trouble

    def _pool(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.connections, thread_name_prefix="mail-api")
        return self._threads

    def _forget(self) -> None:
        self._waiting.clear()
        self._under_way.clear()
        self._known.clear()
        self._held = 0
        self._trouble = None

    def _do(self, batch: Batch) -> _Done:
        """Post one request, and say what became of each of its readers. Runs in a thread of its own."""
        outcomes = self._taken_before(batch)
        known = {outcome.key for outcome in outcomes}
        batch = Batch(batch.letter, tuple(each for each in batch.envelopes if each.key not in known))
        try:
            for told in self._halves(batch) if batch.envelopes else ():
                outcomes += told
        except _Doubted as doubted:
            outcomes += doubted.outcomes
            return _Done(outcomes, TransportDown(str(doubted)))
        except (TransportDown, IssueRefused) as trouble:
            return _Done(outcomes, trouble)
        return _Done(outcomes)

    def _taken_before(self, batch: Batch) -> list[Outcome]:
        """Return what the provider knows of earlier tries whose end we did not see, as in a crash."""
        again = (each for each in batch.envelopes if each.tries > 1)
        return [found for each in again if (found := self._found(each))]

    def _halves(self, batch: Batch) -> Iterator[Sequence[Outcome]]:
        """Yield outcomes; where a request is refused as a whole, those of its halves."""
        answer = self._ask(batch)
        if answer.status < 400:
            yield self._read(batch, answer)
        elif answer.status in _NO_ENTRY:
            raise IssueRefused(f"{self.provider.name} refuses us: {answer.text}")
        elif len(batch.envelopes) == 1:
            yield [self._refused(batch.envelopes[0], answer)]
        else:
            middle = len(batch.envelopes) // 2
            yield from self._halves(Batch(batch.letter, batch.envelopes[:middle]))
            yield from self._halves(Batch(batch.letter, batch.envelopes[middle:]))

    def _refused(self, envelope: Envelope, answer: Answer) -> Outcome:
        outcome = self.provider.refusal(envelope, answer)
        if outcome is None:
            raise IssueRefused(f"{self.provider.name} refuses the letter: {answer.text}")
        return outcome

    def _read(self, batch: Batch, answer: Answer) -> Sequence[Outcome]:
        try:
            return self.provider.outcomes(batch, answer)
        except Unclear:
            raise _Doubted(self.provider.name, self._looked_up(batch, answer.text), answer.text) from None

    def _ask(self, batch: Batch) -> Answer:
        """Return an answer below 500 that is not "too many". Raises TransportDown, _Doubted."""
        request = self.provider.request(batch)
        pause, unclear = 0.0, ""
        for wait_next in _PAUSES:
            self.clock.sleep(pause)
            answer, pause = self._once(request, unclear), wait_next
            if isinstance(answer, str):
                unclear = answer
                if not self.provider.is_idempotent:
                    break
            elif answer.status != _TOO_MANY:
                return answer
            else:
                pause = _retry_after(answer, wait_next)
        if unclear:
            raise _Doubted(self.provider.name, self._looked_up(batch, unclear), unclear)
        raise TransportDown(f"{self.provider.name} wants us to be slower")

    def _once(self, request: Request, unclear: str) -> Answer | str:
        """Return a clear answer, or what came instead; `unclear` is what came before. Raises TransportDown."""
        try:
            answer = self.line.post(request)
        except NotSent as trouble:
            if unclear:
                return unclear
            raise TransportDown(f"{self.provider.name} can't be reached: {trouble}") from trouble
        except Unanswered as trouble:
            return str(trouble)
        is_clear = answer.status < 500 and answer.status not in _TOO_EARLY
        return answer if is_clear else answer.text

    def _looked_up(self, batch: Batch, reply: str) -> list[Outcome]:
        """Return what the provider knows of each letter; whatever it does not know of is in doubt."""
        return [
            self._found(envelope) or Outcome(envelope.key, Verdict.IN_DOUBT, "", reply)
            for envelope in batch.envelopes
        ]

    def _found(self, envelope: Envelope) -> Outcome | None:
        request = self.provider.search(envelope)
        if request is None:
            return None
        try:
            answer = self.line.post(request)
        except (NotSent, Unanswered):
            return None
        return self.provider.found(envelope, answer) if answer.status < 300 else None


class _Doubted(Exception):
    """A request without a clear answer, and what is known of its readers all the same."""

    def __init__(self, provider: str, outcomes: Sequence[Outcome], reply: str) -> None:
        super().__init__(f"{provider} gave no clear answer: {reply}")
        self.outcomes = outcomes


def _check(batch: Batch, envelope: Envelope) -> None:
    for hole in batch.letter.holes:
        if hole.name not in envelope.values:
            raise KeyError(hole.name)


def _retry_after(answer: Answer, otherwise: float) -> float:
    """Return the seconds that the answer asks to wait (RFC 9110, section 10.2.3), within bounds."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_WAIT) if asked.isdecimal() else otherwise
