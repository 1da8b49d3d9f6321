"""The newsroom's pictures: harbour scenes painted on demand, the same octets each time, kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO

from newsletter.demo.painting import Canvas
from newsletter.demo.scenes import harbour, town

SCENES: dict[str, Callable[[], Canvas]] = {
    "dark-nights": harbour.dark_nights,
    "fog-horn": harbour.fog_horn,
    "lamplighter": town.lamplighter,
    "library": town.library,
    "night-ferry": harbour.night_ferry,
    "puppets": town.puppets,
    "rowing": harbour.rowing,
    "sallow-lane": town.sallow_lane,
    "seagrass": harbour.seagrass,
    "shipyard": harbour.shipyard,
    "stadium": town.stadium,
    "tide": harbour.tide,
}


@cache
def jpeg(name: str) -> bytes:
    """Return the scene as a JPEG of 1200 × 675 pixels. Raises KeyError when there is no such scene."""
    file = BytesIO()
    SCENES[name]().save(file, "JPEG", quality=84, optimize=True, progressive=True)
    return file.getvalue()
