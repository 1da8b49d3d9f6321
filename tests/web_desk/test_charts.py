"""Numbers by day become places on a plane: nothing leaves it, and its scale is round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.web.desk.charts import HIGH, WIDE, Chart, Series, lines, opposed

NUMBERS = st.lists(st.integers(0, 2_000_000), min_size=1, max_size=40)


def line(values: list[int], *, from_zero: bool = False) -> Chart:
    labels = [str(number) for number, _ in enumerate(values)]
    return lines("Active", "How many.", labels, Series("active", "a", values), from_zero=from_zero)


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([0], (2, 1, 0)),
        ([11_082], (11_084, 11_083, 11_082)),
        ([11_040, 11_410], (12_000, 11_500, 11_000)),
        ([3, 97], (100, 50, 0)),
    ],
)
def test_a_scale_is_round_and_holds_everything(values: list[int], marks: tuple[int, ...]) -> None:
    assert line(values).marks == marks


@given(values=NUMBERS, from_zero=st.booleans())
def test_no_point_leaves_the_plane(values: list[int], from_zero: bool) -> None:
    chart = line(values, from_zero=from_zero)
    points = [tuple(map(float, point.split(","))) for point in chart.lines[0].points.split()]
    assert all(0 <= x <= WIDE and 0 <= y <= HIGH for x, y in points)
    assert (points[0][0], points[-1][0]) == (0, WIDE)
    assert chart.marks[0] + chart.marks[2] == 2 * chart.marks[1]


@given(up=NUMBERS, data=st.data())
def test_what_came_stands_on_the_middle_and_what_went_hangs_from_it(up: list[int], data: st.DataObject) -> None:
    down = data.draw(st.lists(st.integers(0, 2_000_000), min_size=len(up), max_size=len(up)))
    labels = [str(number) for number, _ in enumerate(up)]
    chart = opposed("Came and went", "", labels, Series("came", "up", up), Series("went", "down", down))
    for bar in chart.bars:
        edge = bar.y + bar.height if bar.look == "up" else bar.y
        assert edge == pytest.approx(HIGH / 2)
        assert bar.y >= -0.01
        assert bar.y + bar.height <= HIGH + 0.01
    assert len(chart.bars) == sum(value > 0 for value in [*up, *down])


def test_each_slot_says_its_numbers() -> None:
    came, went = Series("came", "u", [1200, 0]), Series("went", "d", [3, 4])
    chart = opposed("Came and went", "", ["Mon", "Tue"], came, went)
    assert [slot.words for slot in chart.slots] == ["Mon: came 1,200, went 3", "Tue: came 0, went 4"]
    assert chart.ends == ("Mon", "Tue")
