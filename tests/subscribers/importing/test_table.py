"""Rows come with the line that they begin on, whatever else is wrong with the file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from subscribers.importing import Reason, Refusal, read


def _rows(*lines: str) -> list[tuple[int, list[str]] | tuple[int, Reason]]:
    found = read(lines).rows
    return [(row.line, row.reason) if isinstance(row, Refusal) else row for row in found]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_cells_are_divided_by_the_sign_that_the_first_line_has_most_of(sign: str) -> None:
    lines = [f"email{sign}name\n", f'a@b.example{sign}"A{sign}B"\n']
    assert _rows(*lines) == [(2, ["a@b.example", f"A{sign}B"])]


def test_a_row_of_several_lines_counts_from_its_first() -> None:
    assert _rows("email,name\n", '"a@b.example","A\n', 'B"\n', "\n", "c@d.example,C\n") == [
        (2, ["a@b.example", "A\nB"]),
        (5, ["c@d.example", "C"]),
    ]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only() -> None:
    found = _rows("email,name\n", 'a@b.example,"A\n', "c@d.example,C\n", "e@f.example,E\n")
    assert found == [(2, Reason.NO_CSV), (3, ["c@d.example", "C"]), (4, ["e@f.example", "E"])]


def test_the_first_lines_may_be_broken_too() -> None:
    assert _rows('"x"y\n', "email\n", "a@b.example\n") == [(1, Reason.NO_CSV), (3, ["a@b.example"])]


def test_a_cell_of_endless_length_is_no_csv() -> None:
    found = _rows("email,name\n", f"a@b.example,{'x' * 200_000}\n", "c@d.example,C\n")
    assert found == [(2, Reason.NO_CSV), (3, ["c@d.example", "C"])]


def test_rows_are_read_as_they_are_asked_for() -> None:
    asked = []

    def lines() -> Iterator[str]:
        yield "email\n"
        for number in range(1000):
            asked.append(number)
            yield f"a{number}@b.example\n"

    rows = read(lines()).rows
    next(rows)
    assert len(asked) == 1
