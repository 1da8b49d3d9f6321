"""What every provider's webhook must do: believe the provider, nobody else, and no old request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.feedback.hooks.hook import Forged, Hook, Posted
from newsletter.feedback.report import NotUnderstood

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)
EMPTY = [b"", b"[]", b"{}", b"null", b"7", b'"x"', b"{", b'[{"a":[]}]', b"\xff", b"[" * 9999]
REFERENCE = f"12.3456.{'0f' * 16}"


class HookConformance:
    """A subclass says how the provider signs a request. `is_dated` is whether its signature holds a moment."""

    is_dated = True

    @pytest.fixture
    def hook(self) -> Hook:
        raise NotImplementedError

    def genuine(self, at: datetime = NOW) -> Posted:
        """Return a request that the provider made at that moment."""
        raise NotImplementedError

    def forgeries(self) -> list[Posted]:
        """Return requests that it did not make."""
        raise NotImplementedError

    def test_a_genuine_request_is_believed_and_read(self, hook: Hook) -> None:
        posted = self.genuine()
        hook.verify(posted, NOW)
        reports = hook.reports(posted.body)
        assert reports
        assert all(report.key and report.at.tzinfo for report in reports)
        assert len({report.key for report in reports}) == len(reports)

    def test_a_replayed_request_is_known_again(self, hook: Hook) -> None:
        first, again = self.genuine(), self.genuine()
        assert hook.verify(first, NOW) == hook.verify(again, NOW)
        assert [each.key for each in hook.reports(first.body)] == [each.key for each in hook.reports(again.body)]

    def test_a_forged_request_is_refused(self, hook: Hook) -> None:
        forgeries = self.forgeries()
        assert forgeries
        for posted in [*forgeries, Posted({}, b""), Posted({}, b"{}"), Posted({}, b"\xff{]")]:
            with pytest.raises(Forged):
                hook.verify(posted, NOW)

    @pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
    def test_an_old_request_is_refused(self, hook: Hook, minutes: int) -> None:
        if not self.is_dated:
            pytest.skip("the provider signs no moment")
        with pytest.raises(Forged):
            hook.verify(self.genuine(NOW + timedelta(minutes=minutes)), NOW)

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"{}", b"null", b"7", b'"x"', b"{", b'[{"a":[]}]', b"\xff", b"[" * 9999]
    )
    def test_a_body_that_says_nothing_is_told(self, hook: Hook, body: bytes) -> None:
        try:
            hook.reports(body)
        except NotUnderstood as why:
            assert str(why)
