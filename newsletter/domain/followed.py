"""What came of an address when it was last asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Followed:
    """`url` is where it led; `problem` says in a sentence why it can't be had, empty where it can.

    `octets` and `width` (pixels) are a picture's, 0 where they are not known.
    """

    url: str
    problem: str = ""
    octets: int = 0
    width: int = 0
