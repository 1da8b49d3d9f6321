"""Tonight's issue before it is a letter: which stories, in what order, under which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from newsletter.domain.article import Article


@dataclass(frozen=True, slots=True)
class SectionOfIssue:
    """A section as this issue prints it: its name (the key readers choose by), title and stories in order."""

    name: str
    title: str
    stories: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """One dated instance of a newsletter, assembled and not yet rendered.

    `date` is the local date in the newsroom's zone. The window is the half-open span of UTC time whose
    stories this issue may carry. `lead` appears in none of `sections`; `also` are stories that found no
    room in their section and are listed by headline; `archive` are earlier stories worth reading again.
    `language` is the newsletter's, in which the subject is worded.
    """

    newsletter: str
    date: date
    subject: str
    preheader: str
    lead: Article
    sections: tuple[SectionOfIssue, ...]
    also: tuple[Article, ...]
    archive: tuple[Article, ...]
    window_start: datetime
    window_end: datetime
    language: str = "en"

    @property
    def stories(self) -> tuple[Article, ...]:
        """Every story of today's that the issue carries, in reading order."""
        return (self.lead, *(story for section in self.sections for story in section.stories), *self.also)


@dataclass(frozen=True, slots=True)
class Skip:
    """Why there is no issue tonight, in one sentence for the desk and the log."""

    reason: str
    window_start: datetime
    window_end: datetime


@dataclass(frozen=True, slots=True)
class Variant:
    """A distinct set of sections and a language. No sections means all of them."""

    sections: frozenset[str] = frozenset()
    language: str = ""

    @property
    def key(self) -> str:
        """The variant's canonical name, such as `en:culture+sport` or `en:all`."""
        return f"{self.language}:{'+'.join(sorted(self.sections)) or 'all'}"
