"""An issue as a draft, with stories and readers, and its lock."""

from __future__ import annotations

from dataclasses import replace

from newsletter.articles import store as articles
from newsletter.delivery.lock import Locked, lock
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.rendering.templates import Templates
from tests.delivery.conftest import House
from tests.rendering.samples import ALSO, FERRY, MARKET, OPERA, SCHOOLS


def drafted(house: House) -> House:
    """Give the house a draft with stories in `city` and `culture`, for the ten readers."""
    house.set_issue(state=IssueState.CANCELLED)  # the one that the house came with
    now = house.clock.now()
    stories = [replace(each, id=None) for each in (FERRY, SCHOOLS, MARKET, OPERA, ALSO[0])]
    with house.database.writing() as session:
        articles.upsert(session, stories, now)
        newsletter = house.settings.newsletter("evening")
        issue = store.build(session, house.settings, newsletter, now.date().replace(day=12), now, actor="daemon")
        assert issue.state == IssueState.DRAFT, issue.reason
    house.issue_id = issue.id
    return house


def freeze(house: House) -> Locked:
    with house.database.writing() as session:
        return lock(
            session,
            house.issue_id,
            house.clock.now(),
            settings=house.settings,
            tokens=house.tokens,
            templates=Templates(),
            actor="daemon",
        )
