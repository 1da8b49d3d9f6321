"""What somebody at the desk may do. Each role may do all that the one before it may."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role at the desk, the least first."""

    VIEWER = "viewer"  # looks
    EDITOR = "editor"  # shapes, rebuilds, tests
    PUBLISHER = "publisher"  # holds, releases, sends, pauses, cancels, corrects, settles doubts
    ADMINISTRATOR = "administrator"  # accounts, keys, webhooks, suppressions, themes

    def includes(self, other: Role) -> bool:
        """Tell whether who has this role may do what needs the other."""
        return _LADDER.index(self) >= _LADDER.index(other)


_LADDER = tuple(Role)
