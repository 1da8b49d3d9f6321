"""Which column of a file is what: told by the names in its first row, and corrected by whoever knows. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscribers.importing.products import FIELDS, PLAIN, PRODUCTS, Elsewhere, Product

_BETWEEN_WORDS = re.compile(r"[\s_.\-]+")
_WITHOUT_HEADER = ("name", "sections")


class UnknownColumns(ValueError):
    """The file's columns can't be used; the message is one sentence for whoever brought the file."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What was recognised: the place of each field, counted from 0, and of each column that marks a standing.

    `header` is the file's first row, empty where it names nothing. `everybody` is how all of the file's readers
    stand, where its name says so.
    """

    product: Product
    header: tuple[str, ...]
    places: Mapping[str, int]
    marks: Mapping[int, Elsewhere]
    everybody: Elsewhere | None = None

    @property
    def mapping(self) -> list[tuple[str, str]]:
        """Return (field, the file's name of its column), in the file's order."""
        return [
            (field, self.name(place)) for field, place in sorted(self.places.items(), key=lambda pair: pair[1])
        ]

    @property
    def unmapped(self) -> list[str]:
        """Return the columns that nothing is taken from."""
        used = {*self.places.values(), *self.marks}
        return [name for place, name in enumerate(self.header) if place not in used and name]

    def name(self, place: int) -> str:
        """Return what the file calls a column; its number, counted from 1, where it has no name."""
        return (self.header[place] if place < len(self.header) else "") or f"column {place + 1}"


def folded(name: str) -> str:
    """Return a column's name, or a status, as it is compared."""
    return _BETWEEN_WORDS.sub(" ", name.lower().replace("\u2019", "'")).strip()


def recognise(first: Sequence[str], chosen: Mapping[str, str] | None = None, file_name: str = "") -> Columns:
    """Tell the columns from a file's first row, which may be a header or a reader already.

    `chosen` says otherwise: field to the name of a column, or its number counted from 1; an empty name leaves the
    field out. Raises UnknownColumns.
    """
    names = [folded(cell) for cell in first]
    product = next((each for each in PRODUCTS if _is_from(each, names)), PLAIN)
    places, is_header = _places(product, names), True
    if any("@" in cell for cell in first):
        product, places, is_header = PLAIN, _without_header(first), False
    header = tuple(cell.strip() for cell in first) if is_header else ()
    for field, column in (chosen or {}).items():
        _choose(places, field, column, header, len(first))
    if "email" not in places:
        raise UnknownColumns(f"Which column holds the addresses is not known; {_known(header)}.")
    taken = set(places.values())
    marks = {place: product.marks[name] for place, name in enumerate(names) if name in product.marks and is_header}
    everybody = next((how for start, how in product.files.items() if folded(file_name).startswith(start)), None)
    return Columns(product, header, places, {p: how for p, how in marks.items() if p not in taken}, everybody)


def _is_from(product: Product, names: Sequence[str]) -> bool:
    return any(signature <= set(names) for signature in product.signatures)


def _places(product: Product, names: Sequence[str]) -> dict[str, int]:
    """Return the place of each field; where several columns would do, that of the one the product lists first."""
    places: dict[str, int] = {}
    for name, field in product.columns.items():
        if field not in places and name in names:
            places[field] = names.index(name)
    return places


def _without_header(first: Sequence[str]) -> dict[str, int]:
    """Return where things are when the first row is a reader: the address has an @; then name and sections."""
    email = next(place for place, cell in enumerate(first) if "@" in cell)
    others = [place for place in range(len(first)) if place != email]
    return {"email": email, **dict(zip(_WITHOUT_HEADER, others, strict=False))}


def _choose(places: dict[str, int], field: str, column: str, header: Sequence[str], width: int) -> None:
    if field not in FIELDS:
        raise UnknownColumns(f'There is no field "{field}"; there are: {", ".join(FIELDS)}.')
    if not column.strip():
        places.pop(field, None)
        return
    place = _place(column, header, width)
    for other in [name for name, taken in places.items() if taken == place]:
        del places[other]
    places[field] = place


def _place(column: str, header: Sequence[str], width: int) -> int:
    names = [folded(name) for name in header]
    if folded(column) in names:
        return names.index(folded(column))
    if column.strip().isdecimal() and 1 <= int(column) <= width:
        return int(column) - 1
    raise UnknownColumns(f'The file has no column "{column}"; {_known(header)}.')


def _known(header: Sequence[str]) -> str:
    return f"it has: {', '.join(name for name in header if name)}" if any(header) else "its columns have no names"
