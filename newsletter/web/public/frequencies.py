"""How often a newsletter can be had, where there is a choice."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from newsletter.settings import NewsletterSettings
from subscribers.models import Frequency

_WEEKEND = frozenset({5, 6})


def sensible(newsletter: NewsletterSettings) -> frozenset[Frequency]:
    """Return the frequencies that differ for a newsletter: weekdays only, where it comes on weekends too."""
    found = {Frequency.DAILY}
    if newsletter.days & _WEEKEND and newsletter.days - _WEEKEND:
        found.add(Frequency.WEEKDAYS)
    if len(newsletter.days) > 1:
        found.add(Frequency.WEEKLY)
    return frozenset(found)


def frequencies(newsletters: Iterable[NewsletterSettings]) -> dict[Frequency, str]:
    """Return in words what can be chosen for some of the newsletters; nothing where there is no choice."""
    found = frozenset[Frequency]().union(*(sensible(each) for each in newsletters))
    words = {
        Frequency.DAILY: _("Every issue"),
        Frequency.WEEKDAYS: _("Monday to Friday only"),
        Frequency.WEEKLY: _("Once a week, the best of it"),
    }
    return {each: words[each] for each in Frequency if each in found} if len(found) > 1 else {}
