"""The board: the selection as the editors placed, ordered and reworded it. Pure.

What editors said holds over any selection. A story they placed, added or pinned is carried though a rebuild left
it out; one they dropped stays away. A lane whose order they changed keeps it; what a rebuild brings comes after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from newsletter.domain.article import Article, Image
from newsletter.issues.placing import Placed
from newsletter.issues.shaping.shape import Shape
from newsletter.settings import NewsletterSettings

_T = TypeVar("_T")
LEAD, SECTION, ALSO, ARCHIVE, DROPPED = "lead", "section", "also", "archive", "dropped"


@dataclass(frozen=True, slots=True)
class Board:
    """An issue's stories under the editors' words, in reading order, the archive last.

    `dropped` are those the editors took out; `originals` are the articles as the newsroom's site has them, by id;
    `configured` are the names of the newsletter's sections.
    """

    placed: tuple[Placed, ...]
    dropped: tuple[Article, ...]
    originals: Mapping[int, Article]
    configured: tuple[str, ...] = ()

    def lane(self, key: str) -> list[int]:
        """Return the ids of a lane's stories in order."""
        return [_id(one.article) for one in self.placed if lane_of(one.role, one.section) == key]

    def lanes(self) -> list[str]:
        """Return the lanes that have stories, in reading order."""
        return list(dict.fromkeys(lane_of(one.role, one.section) for one in self.placed))

    def find(self, story: int) -> Placed | None:
        """Return where a story stands."""
        return next((one for one in self.placed if one.article.id == story), None)


def lane_of(role: str, section: str) -> str:
    """Return the name of a place whose stories have an order: `lead`, `section:NAME`, `also` or `archive`."""
    return f"{SECTION}:{section}" if role == SECTION else role


def lay_out(
    selection: Sequence[Placed],
    shape: Shape,
    newsletter: NewsletterSettings,
    *,
    extras: Mapping[int, Article],
    pins: Mapping[int, str],
) -> Board:
    """Return the board. `extras` are articles that edits name beside the selection; `pins` sections by article."""
    selected = {_id(one.article): one for one in selection}
    pinned = {
        number: Placed(SECTION, section, extras[number])
        for number, section in pins.items()
        if number in extras and (number not in selected or selected[number].role == ARCHIVE)
    }
    spots = pinned | {number: one for number, one in selected.items() if number not in pinned}
    articles = dict(extras) | {number: one.article for number, one in spots.items()}
    dropped = _put(spots, shape, articles)
    configured = tuple(section.name for section in newsletter.sections)
    _let_lead(spots, shape.get("lead"), configured)
    ordered = _led(_ordered(spots, shape, configured))
    return Board(
        tuple(replace(one, article=reworded(one.article, shape)) for one in ordered),
        tuple(articles[number] for number in dropped if number in articles),
        articles,
        configured,
    )


def reworded(article: Article, shape: Shape) -> Article:
    """Return the article under the editors' headline and standfirst, with their picture."""
    headline, standfirst = shape.get(f"headline/{article.id}"), shape.get(f"standfirst/{article.id}")
    picture = shape.get(f"picture/{article.id}")
    return replace(
        article,
        title=article.title if headline is None else headline,
        standfirst=article.standfirst if standfirst is None else standfirst,
        image=article.image if picture is None else image_of(picture),
    )


def beneath(lead: Placed, configured: Sequence[str]) -> Placed:
    """Return the place of a lead that leads no more: its section where there is one, else "also today"."""
    has_section = lead.section in configured if configured else bool(lead.section)
    return replace(lead, role=SECTION if has_section else ALSO)


def image_of(picture: Mapping[str, Any]) -> Image | None:
    """Return the picture that editors chose; one without an address is none."""
    return Image(**picture) if picture.get("url") else None


def _put(spots: dict[int, Placed], shape: Shape, articles: Mapping[int, Article]) -> list[int]:
    """Put each story where the editors placed it; return those they dropped."""
    dropped = []
    for number, place in shape.of("place").items():
        if place["role"] == DROPPED:
            spots.pop(number, None)
            dropped.append(number)
        elif number in articles:
            spots[number] = Placed(place["role"], place["section"], articles[number])
    return dropped


def _let_lead(spots: dict[int, Placed], chosen: int | None, configured: Sequence[str]) -> None:
    """Let the chosen story lead, and the one that did before stand beneath."""
    if chosen is None or chosen not in spots:
        return
    before = next((number for number, one in spots.items() if one.role == LEAD and number != chosen), None)
    if before is not None:
        spots[before] = beneath(spots[before], configured)
    spots[chosen] = replace(spots[chosen], role=LEAD)


def _ordered(spots: Mapping[int, Placed], shape: Shape, configured: Sequence[str]) -> list[Placed]:
    lanes: dict[str, list[int]] = {}
    for number, one in spots.items():
        lanes.setdefault(lane_of(one.role, one.section), []).append(number)
    names = _in_order(_sections(lanes), [*(shape.get("sections") or []), *configured])
    keys = [LEAD, *(lane_of(SECTION, name) for name in names), ALSO, ARCHIVE]
    found = []
    for key in keys:
        order = shape.get(f"order/{key}") or []
        found += [spots[number] for number in _in_order(lanes.get(key, []), order)]
    return found


def _sections(lanes: Mapping[str, Sequence[int]]) -> list[str]:
    return [key.removeprefix(f"{SECTION}:") for key in lanes if key.startswith(f"{SECTION}:")]


def _in_order(members: Sequence[_T], order: Sequence[_T]) -> list[_T]:
    """Return the members, those that `order` names first and as it names them."""
    rank = {member: place for place, member in reversed(list(enumerate(order)))}
    return sorted(members, key=lambda member: rank.get(member, len(order)))


def _led(placed: Sequence[Placed]) -> list[Placed]:
    """Return the stories with the first of today's leading, where no lead is left."""
    if not placed or placed[0].role in {LEAD, ARCHIVE}:
        return list(placed)
    return [replace(placed[0], role=LEAD), *placed[1:]]


def _id(article: Article) -> int:
    if article.id is None:
        raise ValueError(f"the article {article.url} is not stored")
    return article.id
