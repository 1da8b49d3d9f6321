"""The gate before the register: what a sign-up has to show before anything is written or any mail is owed.

    stamp and proof of work -> counts (the stamp's uses, the network, the mailbox) -> admitted

It looks at nothing that the register knows, so it answers alike whether or not an address is known. What has no
good stamp costs no write. Every door that owes a mail to an address that anybody may type calls `admit` once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g, request

from newsletter.settings import Limit, SignupSettings
from newsletter.web.context import here
from newsletter.web.networks import network
from newsletter.web.public import stamps
from newsletter.web.public.proofs import is_proof
from newsletter.web.public.stamps import Stamp
from subscribers.addresses import Address
from subscribers.limits import count, window_end

USES = 5  # of one stamp: a slip of the keyboard is put right on the same page
PATIENCE = timedelta(seconds=20)  # instead of a proof of work, for browsers that run no script
PATIENT = Limit(3, timedelta(hours=1))  # sign-ups of one network that way


class PressAgain(Exception):
    """The form has to be sent once more, with this stamp, `wait` from now: people see a page with one button."""

    def __init__(self, stamp: str, wait: timedelta = timedelta(0)) -> None:
        super().__init__(f"send it again with the stamp {stamp}")
        self.stamp, self.wait = stamp, wait


class TooMany(Exception):
    """There were too many requests from this network or for this mailbox; `again_in` is when to try again."""

    def __init__(self, again_in: timedelta) -> None:
        super().__init__(f"too many requests; again in {again_in}")
        self.again_in = again_in


@dataclass(frozen=True, slots=True)
class Shown:
    """What came with a form besides the wish."""

    stamp: str = ""
    proof: str = ""


NOTHING_SHOWN = Shown()


@dataclass(frozen=True, slots=True)
class _Bound:
    key: str
    most: int
    ends_at: datetime


def admit(address: Address, shown: Shown) -> None:
    """Let one sign-up of the present request pass. Raises PressAgain, TooMany."""
    app = here()
    now, signup = app.clock.now(), app.settings.signup
    if not signup.needs_stamp:
        bound(address)
        return
    stamp, is_proven = _stamp(shown, now)
    uses = _Bound(app.tokens.limit_key("stamp", stamp.text), _uses(signup), stamp.expires_at)
    waited = [] if is_proven else [_bound("patient", _client(), PATIENT, now)]
    over = _over([uses, *waited, *_usual(address, now)])
    _refuse([each for each in over if each is not uses], now)
    if over:
        raise PressAgain(stamps.fresh(app), signup.minimum_time)


def bound(address: Address) -> None:
    """Count a mail that is asked for otherwise than by signing up, against the same limits. Raises TooMany."""
    now = here().clock.now()
    _refuse(_over(_usual(address, now)), now)


def fresh_stamp() -> str:
    """Return the stamp for a form that is shown now; empty where forms need none."""
    app = here()
    return stamps.fresh(app) if app.settings.signup.needs_stamp else ""


def asked_work() -> int:
    """Return how many bits of work the form that is shown asks for; its page may run our script then."""
    bits = here().settings.signup.proof_of_work
    g.has_script = bool(bits) or g.get("has_script", False)
    return bits


def origin() -> str:
    """Return the keyed hash of the network that the present request comes from."""
    return here().tokens.limit_key("network", _client())


def _stamp(shown: Shown, now: datetime) -> tuple[Stamp, bool]:
    """Return the stamp shown and whether the work was done, or so long waited instead. Raises PressAgain.

    Who is too fast gets the same stamp back, as the time already waited counts.
    """
    app = here()
    signup = app.settings.signup
    stamp = stamps.read(app, shown.stamp)
    if stamp is None:
        raise PressAgain(stamps.fresh(app), signup.minimum_time)
    age = now - stamp.made_at
    is_proven = not signup.proof_of_work or is_proof(stamp.text, shown.proof, signup.proof_of_work)
    needed = signup.minimum_time if is_proven else max(PATIENCE, signup.minimum_time)
    if age < needed:
        raise PressAgain(stamp.text, needed - age)
    return stamp, is_proven


def _uses(signup: SignupSettings) -> int:
    """A proof of work is good once."""
    return 1 if signup.proof_of_work else USES


def _client() -> str:
    return network(request.remote_addr or "")


def _usual(address: Address, now: datetime) -> list[_Bound]:
    """Return the bounds of whoever asks for a mail, and of the mailbox it goes to."""
    signup = here().settings.signup
    asked = (("network", _client(), signup.per_network), ("address", address.mailbox, signup.per_address))
    return [_bound(what, text, limit, now) for what, text, limit in asked if limit]


def _bound(what: str, text: str, limit: Limit, now: datetime) -> _Bound:
    return _Bound(here().tokens.limit_key(what, text), limit.number, window_end(limit.per, now))


def _over(bounds: list[_Bound]) -> list[_Bound]:
    """Count them all, in a transaction of its own that is over at once; return those that are over their limit."""
    if not bounds:
        return []
    with here().database.writing() as session:
        numbers = count(session, {each.key: each.ends_at for each in bounds})
    return [each for each in bounds if numbers[each.key] > each.most]


def _refuse(over: list[_Bound], now: datetime) -> None:
    if over:
        raise TooMany(max(each.ends_at for each in over) - now)
