"""Passwords: which are good enough, and how they are kept (argon2id, RFC 9106).

Checking one takes about a tenth of a second of work, and as long for an address that nobody has, so that the time
of an answer does not tell who works here.

What everybody tries first is refused: common words with digits and signs around them, rows of keys, repetitions,
and what stands in the address or the name itself. Pure.
"""

from __future__ import annotations

import re
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 1000
_FEWEST_SIGNS = 5  # different ones
_hasher = PasswordHasher()

_LOOKALIKES = str.maketrans("@4301!5$7", "aaeoiisst")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "1234567890")
_COMMON = frozenset(
    """
    password passwort passwd motdepasse contrasena haslo parol senha kennwort secret geheim letmein welcome
    willkommen bienvenue login admin administrator root user guest test tester testing default changeme iloveyou
    sunshine princess monkey dragon football baseball basketball hockey soccer master superman batman pokemon
    starwars shadow michael jennifer jordan charlie daniel thomas george hannah jessica ashley matthew andrew
    computer internet laptop google facebook apple samsung microsoft windows linux whatever nothing freedom
    forever summer winter spring autumn monday friday january february march april august september october
    november december london berlin paris england america germany newsletter newsroom editor editorial redaction
    redaktion evening morning abend news paper journal reporter desk trustno hello hallo bonjour hola killer
    pepper ginger cookie chocolate flower butterfly purple orange banana cheese coffee lovely family friend
    mother father sister brother darling baby angel jesus secure security access system
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)


class PasswordRefused(ValueError):
    """The password is too short, too long, or one of those that are tried first."""


def require_good(password: str, *own: str) -> None:
    """Refuse a password that is easily guessed; `own` are the address and the name. Raises PasswordRefused."""
    if len(password) < MINIMUM_LENGTH:
        raise PasswordRefused(f"a password needs at least {MINIMUM_LENGTH} characters")
    if len(password) > MAXIMUM_LENGTH:
        raise PasswordRefused(f"a password may have at most {MAXIMUM_LENGTH} characters")
    if password.casefold() in {each.casefold() for each in own}:
        raise PasswordRefused("the address itself is no password")
    if is_common(password, *own):
        raise PasswordRefused("that password is among the first that are tried; three or four words are better")


def is_common(password: str, *own: str) -> bool:
    """Tell whether nothing is left of a password without common words, rows of keys, digits and signs."""
    plain = password.casefold()
    if len(set(plain)) < _FEWEST_SIGNS:
        return True
    known = _COMMON | {part for text in own for part in re.split(r"\W+", text.casefold()) if len(part) > 2}
    inner = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    return _is_made_of(plain, known) or _is_made_of(inner.translate(_LOOKALIKES), known)


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether the hash is the password's. Works as long where there is no hash."""
    try:
        fits = _hasher.verify(password_hash or _nobody(), password[:MAXIMUM_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


def outdated(password_hash: str) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def _is_made_of(plain: str, known: frozenset[str]) -> bool:
    """Take out rows of keys, then known words, the longest first; at most two letters may be left."""
    for row in _ROWS:
        for run in _runs(row):
            plain = plain.replace(run, "")
    for word in sorted(known, key=len, reverse=True):
        plain = plain.replace(word, "")
    return len(re.sub(r"[\W\d_]", "", plain)) <= 2


@cache
def _runs(row: str) -> tuple[str, ...]:
    """Return the pieces of a row of keys of four or more, to and fro, the longest first."""
    pieces = {way[i : i + n] for way in (row, row[::-1]) for n in range(4, len(row) + 1) for i in range(len(row))}
    return tuple(sorted((piece for piece in pieces if len(piece) >= 4), key=lambda piece: (-len(piece), piece)))


@cache
def _nobody() -> str:
    """Return the hash that is checked for an unknown address, of a password too long to be tried."""
    return _hasher.hash("-" * (MAXIMUM_LENGTH + 1))
