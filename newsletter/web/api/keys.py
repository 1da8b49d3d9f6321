"""Keys: made, shown once, recognised, revoked.

A key is `nl_`, a few characters that tell it from others, a dot, and 32 random octets in URL-safe base64. Nobody
can guess those, so a plain SHA-256 keeps them as well as a slow hash would, and costs nothing with every request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.clock import Chance
from newsletter.editors.log import About, note
from newsletter.web.api.scopes import Scope, known
from newsletter.web.api.tables import ApiKey

USED_IS_KEPT_TO = timedelta(hours=1)  # so that a key in constant use costs one write an hour
LONGEST_NAME = 100
_MARK = "nl_"
_PUBLIC, _SECRET = 6, 32  # octets
_LONGEST_PREFIX = 16
_NOBODY = "0" * 64  # a hash that no key has


class KeyRefused(ValueError):
    """The key can't be made or revoked; the text says why."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key a request carries."""

    id: int
    name: str
    scopes: frozenset[Scope]
    last_used_at: datetime | None


def create(
    session: Session, chance: Chance, name: str, scopes: Iterable[str], now: datetime, *, actor: str
) -> tuple[ApiKey, str]:
    """Make a key and return it with its whole text, which is kept nowhere. Raises KeyRefused, UnknownScope."""
    chosen, plain = known(scopes), _good_name(name)
    if session.scalars(select(ApiKey.id).where(ApiKey.name == plain)).first() is not None:
        raise KeyRefused(f'a key named "{plain}" exists, or existed; histories name it, so choose another name')
    prefix = _MARK + chance.token(_PUBLIC)
    text = f"{prefix}.{chance.token(_SECRET)}"
    key = ApiKey(name=plain, prefix=prefix, key_hash=fingerprint(text), scopes=[*chosen])
    key.created_at, key.created_by = now, actor
    session.add(key)
    note(session, now, actor, "made", About.KEY, subject=plain, detail=", ".join(chosen))
    session.flush()
    return key, text


def all_keys(session: Session) -> list[ApiKey]:
    """Return every key, the revoked ones too, by name."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.name)))


def revoke(session: Session, name: str, now: datetime, *, actor: str) -> ApiKey:
    """End a key from now on. Again changes nothing. Raises KeyRefused where there is none of that name."""
    key = session.scalars(select(ApiKey).where(ApiKey.name == name).with_for_update()).one_or_none()
    if key is None:
        raise KeyRefused(f'there is no key named "{name}"')
    if key.revoked_at is None:
        key.revoked_at = now
        note(session, now, actor, "revoked", About.KEY, subject=name)
    return key


def recognise(session: Session, text: str) -> Caller | None:
    """Return whose key this is, None for one that is unknown or revoked. Takes as long for either."""
    if not (text.isascii() and text.isprintable()):
        return None
    key = session.scalars(select(ApiKey).where(ApiKey.prefix == public_part(text))).one_or_none()
    fits = compare_digest(fingerprint(text), key.key_hash if key else _NOBODY)
    if key is None or not fits or key.revoked_at is not None:
        return None
    return Caller(key.id, key.name, frozenset(Scope(name) for name in key.scopes), key.last_used_at)


def public_part(text: str) -> str:
    """Return what of a key may be shown and logged; nothing of what is no key, but perhaps another's secret."""
    return text.partition(".")[0][:_LONGEST_PREFIX] if text.startswith(_MARK) and "." in text else ""


def is_worth_noting(caller: Caller, now: datetime) -> bool:
    """Tell whether the key's last use was so long ago that this one is to be written down."""
    return caller.last_used_at is None or now - caller.last_used_at >= USED_IS_KEPT_TO


def note_use(session: Session, caller: Caller, now: datetime) -> None:
    """Write down that the key was used."""
    session.get_one(ApiKey, caller.id).last_used_at = now


def _good_name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise KeyRefused(f"a key needs a name of at most {LONGEST_NAME} characters, such as the system using it")
    return plain


def fingerprint(text: str) -> str:
    """Return what tells a key from every other, and gives nothing of it away."""
    return sha256(text.encode()).hexdigest()
