"""A row of a file as the register would have it: the address checked, the consent's evidence beside it. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from subscribers.addresses import InvalidAddress, normalise, plain_name
from subscribers.importing.columns import Columns, folded
from subscribers.importing.encodings import is_whole
from subscribers.importing.products import Elsewhere
from subscribers.importing.report import Reason, Refusal
from subscribers.importing.table import Row, Table
from subscribers.sections import join
from subscribers.spreadsheet import plain
from subscribers.tokens import Tokens

_LONGEST_DATE = 40
_FREQUENCIES = ("daily", "weekdays", "weekly")
_THERE = {
    Elsewhere.UNCONFIRMED: (Reason.UNCONFIRMED_THERE, "has not confirmed there"),
    Elsewhere.UNSUBSCRIBED: (Reason.LEFT_THERE, "has left there"),
    Elsewhere.REMOVED: (Reason.REMOVED_THERE, "was taken out there, with an import that was undone"),
    Elsewhere.BOUNCED: (Reason.BOUNCED_THERE, "bounced there"),
    Elsewhere.COMPLAINED: (Reason.COMPLAINED_THERE, "complained there"),
    Elsewhere.BARRED: (Reason.BARRED_THERE, "was barred there"),
}
_GRAVEST_LAST = tuple(Elsewhere)
_KEPT = frozenset({Elsewhere.UNSUBSCRIBED, Elsewhere.BOUNCED, Elsewhere.COMPLAINED, Elsewhere.BARRED})


@dataclass(frozen=True, slots=True)
class Rules:
    """What is taken. A section outside `sections` (when given) refuses its row.

    With `with_leavers`, who has left, bounced or complained there is kept as unsubscribed or suppressed, so that
    nothing can mail them; else such rows are refused. `everybody` is how all stand, whatever the file says.
    """

    newsletter: str
    sections: Collection[str] | None = None
    with_leavers: bool = False
    everybody: Elsewhere | None = None


class Entry(NamedTuple):
    """One reader to be taken. `detail` is JSON, for the event. `row` is for the report of refused rows."""

    row: Row
    email: str
    address: str
    address_hash: str
    name: str
    sections: str
    language: str
    time_zone: str
    frequency: str
    hour: int | None
    network_address: str
    detail: str
    elsewhere: Elsewhere

    def refused(self, reason: Reason, sentence: str) -> Refusal:
        """Return the refusal of this entry's row."""
        line, cells = self.row
        return Refusal(line, reason, sentence, tuple(cells))


class _Refused(Exception):
    def __init__(self, reason: Reason, sentence: str) -> None:
        self.reason, self.sentence = reason, sentence


def entries(table: Table, rules: Rules, tokens: Tokens) -> Iterator[Entry | Refusal]:
    """Yield what can be taken from each row, or why it can't."""
    entry = _reader(table.columns, rules, tokens)
    for row in table.rows:
        if isinstance(row, Refusal):
            yield row
            continue
        try:
            yield entry(row)
        except _Refused as refused:
            yield Refusal(row[0], refused.reason, refused.sentence, tuple(row[1]))
        except InvalidAddress as error:
            yield Refusal(row[0], Reason.NO_ADDRESS, str(error), tuple(row[1]))


def _reader(columns: Columns, rules: Rules, tokens: Tokens) -> Callable[[Row], Entry]:
    """Return what makes an entry of a row. Only the columns that are there are looked at: there are many rows."""
    places, address_hash = columns.places, tokens.address_hash
    email, standing = places.get("email", 0), _standings(columns, rules)
    told = [
        (at, places[field], read) for at, (field, read) in enumerate(_readings(rules).items()) if field in places
    ]
    parts = [places[field] for field in ("first_name", "last_name") if field in places]

    def entry(row: Row) -> Entry:
        cells = row[1]
        width = len(cells)
        if not is_whole("".join(cells)):
            raise _Refused(Reason.WRONG_BYTES, "holds bytes that are no text in the file's encoding")
        address = normalise(plain(cells[email]) if email < width else "")
        elsewhere = standing(cells)
        values = list(_SILENCE)
        for at, place, read in told:
            if place < width and (cell := plain(cells[place])):
                values[at] = read(cell)
        if parts and not values[0]:
            values[0] = plain_name(" ".join(plain(cells[place]) for place in parts if place < width))
        return Entry._make((row, address.email, address.key, address_hash(address.key), *values, elsewhere))

    return entry


# What an entry says of a reader of whom the file tells nothing, in the order of `_readings`.
_SILENCE: tuple[Any, ...] = ("", "", "", "", "daily", None, "", "{}")


def _readings(rules: Rules) -> dict[str, Callable[[str], Any]]:
    """Return how the cell of each field is read, in the order of an entry's values."""
    return {
        "name": plain_name,
        "sections": lambda cell: _sections(cell, rules),
        "language": lambda cell: _printable(cell)[:20],
        "time_zone": _time_zone,
        "frequency": _frequency,
        "hour": _hour,
        "network_address": _network_address,
        "agreed_at": _detail,
    }


def _standings(columns: Columns, rules: Rules) -> Callable[[Sequence[str]], Elsewhere]:
    """Return what tells how a row's reader stands at the other product, and refuses who can't be taken."""
    everybody = rules.everybody or columns.everybody or Elsewhere.SUBSCRIBED
    states = [place for field, place in columns.places.items() if field in {"status", "suppressed"}]
    newsletter = columns.places.get("newsletter")
    words = columns.product.statuses
    asks = not rules.everybody and (states or columns.marks)

    def standing(cells: Sequence[str]) -> Elsewhere:
        found = everybody
        if newsletter is not None and newsletter < len(cells) and cells[newsletter] not in {rules.newsletter, ""}:
            raise _Refused(Reason.OTHER_NEWSLETTER, f'is a reader of "{plain(cells[newsletter])}"')
        if asks:
            said = [_status(cells[place], words) for place in states if place < len(cells)]
            said += [how for place, how in columns.marks.items() if place < len(cells) and cells[place].strip()]
            found = max((everybody, *said), key=_GRAVEST_LAST.index)
        if found is not Elsewhere.SUBSCRIBED and not (rules.with_leavers and found in _KEPT):
            raise _Refused(*_THERE[found])
        return found

    return standing


def _status(cell: str, words: Mapping[str, Elsewhere]) -> Elsewhere:
    word = folded(plain(cell))
    if not word:
        return Elsewhere.SUBSCRIBED
    try:
        return words[word]
    except KeyError:
        raise _Refused(Reason.UNKNOWN_STATUS, f'has the status "{plain(cell)}", which is not known') from None


def _printable(cell: str) -> str:
    if cell.isprintable():
        return cell
    return "".join(character for character in cell if character.isprintable())  # PostgreSQL keeps no NUL


def _sections(cell: str, rules: Rules) -> str:
    chosen = {part.strip() for part in _printable(cell).replace("|", ",").replace(";", ",").split(",")} - {""}
    unknown = sorted(chosen - set(rules.sections)) if rules.sections is not None else []
    if unknown:
        raise _Refused(Reason.UNKNOWN_SECTION, f'the newsletter has no section "{unknown[0]}"')
    return join(chosen)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(cell: str) -> str:
    return cell if cell in _zones() else ""


def _frequency(cell: str) -> str:
    return cell if cell in _FREQUENCIES else "daily"


def _hour(cell: str) -> int | None:
    return int(cell) if cell.isascii() and cell.isdecimal() and int(cell) < 24 else None


def _network_address(cell: str) -> str:
    try:
        return str(ip_address(cell))
    except ValueError:
        return ""


def _detail(cell: str) -> str:
    agreed = _printable(cell)[:_LONGEST_DATE]
    return f'{{"agreed_at": {json.dumps(agreed)}}}' if agreed else "{}"
