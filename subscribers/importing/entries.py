"""A row of a file as the register would have it: the address checked, the consent's evidence beside it. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import NamedTuple
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
    places, address_hash = dict(columns.places), tokens.address_hash
    email = places.pop("email", 0)
    standing = _standings(columns, rules)
    first, last = places.pop("first_name", None), places.pop("last_name", None)
    single = [(place, field) for field, place in places.items() if field not in {"status", "suppressed"}]
    others = bool(first is not None or last is not None or any(field != "name" for _, field in single))

    def entry(row: Row) -> Entry:
        cells = row[1]
        width = len(cells)
        if not is_whole("".join(cells)):
            raise _Refused(Reason.WRONG_BYTES, "holds bytes that are no text in the file's encoding")
        address = normalise(plain(cells[email]) if email < width else "")
        elsewhere = standing(cells)
        told = {field: plain(cells[place]) for place, field in single if place < width and cells[place]}
        name = told.get("name", "")
        if not others:
            return Entry(
                row, address.email, address.key, address_hash(address.key), plain_name(name) if name else "",
                "", "", "", "daily", None, "", "{}", elsewhere,
            )  # fmt: skip
        if not name:
            parts = (plain(cells[place]) for place in (first, last) if place is not None and place < width)
            name = " ".join(part for part in parts if part)
        return Entry(
            row=row,
            email=address.email,
            address=address.key,
            address_hash=address_hash(address.key),
            name=plain_name(name) if name else "",
            sections=_sections(told, rules),
            language=_printable(told.get("language", ""))[:20],
            time_zone=_time_zone(told.get("time_zone", "")),
            frequency=_frequency(told.get("frequency", "")),
            hour=_hour(told.get("hour", "")),
            network_address=_network_address(told.get("network_address", "")),
            detail=_detail(told),
            elsewhere=elsewhere,
        )

    return entry


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


def _sections(told: dict[str, str], rules: Rules) -> str:
    cell = told.get("sections", "")
    if not cell:
        return ""
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
        return str(ip_address(cell)) if cell else ""
    except ValueError:
        return ""


def _detail(told: dict[str, str]) -> str:
    agreed = _printable(told.get("agreed_at", ""))[:_LONGEST_DATE]
    return json.dumps({"agreed_at": agreed}) if agreed else "{}"
