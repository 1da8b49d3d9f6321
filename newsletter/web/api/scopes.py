"""What a key may do. Few scopes, none of which holds another."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Scope(StrEnum):
    """A right that a key has or has not."""

    READERS_READ = "readers:read"
    READERS_WRITE = "readers:write"
    READERS_IMPORT = "readers:import"
    EVENTS_READ = "events:read"
    WEBHOOKS_WRITE = "webhooks:write"

    @property
    def meaning(self) -> str:
        """What the right is for, in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    Scope.READERS_READ: "look readers and their subscriptions up",
    Scope.READERS_WRITE: "sign readers up, change what they chose, end subscriptions, bar and erase",
    Scope.READERS_IMPORT: "add readers whose consent was given elsewhere, without a confirmation mail",
    Scope.EVENTS_READ: "follow what happens to subscriptions",
    Scope.WEBHOOKS_WRITE: "add and remove webhooks (what they carry needs events:read as well)",
}


class UnknownScope(ValueError):
    """There is no such scope; the text says which there are."""


def known(names: Iterable[str]) -> tuple[Scope, ...]:
    """Return the scopes of these names in their own order, each once. Raises UnknownScope, also for none."""
    given = set(names)
    for name in sorted(given - set(Scope)):
        raise UnknownScope(f'there is no scope "{name}"; there are: {", ".join(Scope)}')
    if not given:
        raise UnknownScope(f"a key needs at least one scope; there are: {', '.join(Scope)}")
    return tuple(scope for scope in Scope if scope in given)
