"""Tonight's issue at any hour: a draft while there is time, held when it would leave at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.clock import SetChance, SetClock
from newsletter.demo import evening
from newsletter.demo.stage import ANY_PORTS, set_up
from newsletter.issues.tables import IssueRow
from newsletter.shipped import example_config


def built_at(folder: Path, moment: datetime) -> IssueRow:
    with set_up(folder, example_config(), ports=ANY_PORTS, clock=SetClock(moment), chance=SetChance()) as stage:
        evening.collect_articles(stage)
        return evening.build(stage)


@pytest.mark.parametrize("hour", [0, 9, 16])
def test_with_time_left_it_is_a_draft(tmp_path: Path, hour: int) -> None:
    issue = built_at(tmp_path, datetime(2026, 3, 10, hour, 15, tzinfo=UTC))
    assert (issue.state, issue.date.isoformat()) == ("draft", "2026-03-10")


@pytest.mark.parametrize("hour", [17, 20, 22])
def test_when_it_would_leave_at_once_it_is_held(tmp_path: Path, hour: int) -> None:
    issue = built_at(tmp_path, datetime(2026, 3, 10, hour, 15, tzinfo=UTC))
    assert (issue.state, issue.date.isoformat()) == ("held", "2026-03-10")
    assert "Send now" in issue.reason
