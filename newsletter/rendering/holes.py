"""Where a reader's values will stand: marks that templates print and that become the letter's holes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from newsletter.domain.letter import Encoding, Hole


class Holes:
    """Makes marks and finds them again in what was rendered.

    A mark is letters and digits only, so that neither escaping nor URL quoting nor premailer touches it. It begins
    with a hash of `key` that occurs nowhere in `content` (everything the templates may print that was written by
    somebody else), so that no article can bring a mark of its own. The same arguments give the same marks.
    """

    def __init__(self, key: str, content: str) -> None:
        self._nonce = _nonce(key, content)
        self._holes: list[Hole] = []
        self._pattern = re.compile(f"{self._nonce}([0-9]{{2}})")

    def mark(self, name: str, encoding: Encoding) -> str:
        """Return the text to print where that value shall stand."""
        hole = Hole(name, encoding)
        if hole not in self._holes:
            self._holes.append(hole)
        return f"{self._nonce}{self._holes.index(hole):02d}"

    def marks(self, names: Iterable[str], encoding: Encoding) -> dict[str, str]:
        """Return the mark for each of the names."""
        return {name: self.mark(name, encoding) for name in names}

    def cut(self, rendered: str) -> list[str | Hole]:
        """Return what was rendered as text and holes in turn, without empty texts."""
        pieces = self._pattern.split(rendered)
        found = [self._holes[int(piece)] if place % 2 else piece for place, piece in enumerate(pieces)]
        return [piece for piece in found if piece != ""]


def _nonce(key: str, content: str) -> str:
    attempt = 0
    while (nonce := "x" + hashlib.sha256(f"{attempt}:{key}".encode()).hexdigest()[:24]) in content:
        attempt += 1
    return nonce
