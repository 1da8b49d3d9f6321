"""Tonight's issue before it is a letter: which stories, in what order, under which words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from newsletter.domain.article import Article, Image

_TRACKED = "tracked"


@dataclass(frozen=True, slots=True)
class SectionOfIssue:
    """A section as this issue prints it: its name (the key readers choose by), title and stories in order."""

    name: str
    title: str
    stories: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Sponsor:
    """A paid block. `label` tells readers that it is one; `url` and `image` may be missing."""

    label: str
    text: str
    url: str = ""
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """One dated instance of a newsletter, assembled and not yet rendered.

    `date` is the local date in the newsroom's zone. The window is the half-open span of UTC time whose
    stories this issue may carry. `lead` appears in none of `sections`; `also` are stories that found no
    room in their section and are listed by headline; `archive` are earlier stories worth reading again.
    `language` is the newsletter's, in which the subject is worded. `since` is set for the weekly best-of: it
    carries what the evenings after that date brought.

    What editors wrote: `own_subject` and `own_preheader` (empty where the words come from the stories), `note` in
    Markdown; `sponsors` are those of its date.
    """

    newsletter: str
    date: dt.date
    subject: str
    preheader: str
    lead: Article
    sections: tuple[SectionOfIssue, ...]
    also: tuple[Article, ...]
    archive: tuple[Article, ...]
    window_start: dt.datetime
    window_end: dt.datetime
    language: str = "en"
    since: dt.date | None = None
    own_subject: str = ""
    own_preheader: str = ""
    note: str = ""
    sponsors: tuple[Sponsor, ...] = ()

    @property
    def stories(self) -> tuple[Article, ...]:
        """Every story of today's that the issue carries, in reading order."""
        return (self.lead, *(story for section in self.sections for story in section.stories), *self.also)


@dataclass(frozen=True, slots=True)
class Skip:
    """Why there is no issue tonight, in one sentence for the desk and the log."""

    reason: str
    window_start: dt.datetime
    window_end: dt.datetime


@dataclass(frozen=True, slots=True)
class Variant:
    """A distinct set of sections and a language. No sections means all of them.

    `since` makes it the weekly best-of for readers who were sent an issue on that local date last. What is done
    with a `tracked` one is counted.
    """

    sections: frozenset[str] = frozenset()
    language: str = ""
    since: dt.date | None = None
    tracked: bool = False

    @property
    def key(self) -> str:
        """The variant's canonical name: `en:all`, `en:culture+sport`, or `en:all:2026-03-05` of a week.

        A tracked one ends in `:tracked`.
        """
        parts = [self.language, "+".join(sorted(self.sections)) or "all"]
        parts += [str(self.since)] if self.since else []
        return ":".join([*parts, _TRACKED] if self.tracked else parts)

    @classmethod
    def from_key(cls, key: str) -> Variant:
        """Return the variant of that name."""
        language, sections, *more = key.split(":")
        week = next((dt.date.fromisoformat(part) for part in more if part != _TRACKED), None)
        return cls(frozenset(sections.split("+")) - {"all", ""}, language, week, _TRACKED in more)
