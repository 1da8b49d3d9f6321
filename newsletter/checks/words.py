"""Checks of the words: subject and preheader, headlines, languages, emoji."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

from newsletter.checks.copy import Copy
from newsletter.checks.said import Said

_LONGEST_SUBJECT = 70  # characters; telephones show 35 to 45 of them
_SHORTEST_SUBJECT = 10
_LONGEST_PREHEADER = 140
_SHORTEST_PREHEADER = 30
_LEAST_CAPITALS = 12  # letters, all of them capitals, from which on it is shouting
_ALIKE = 0.85
_BROKEN = re.compile("[\ufffd\ud800-\udfff]|^[\u200d\ufe0f]|\u200d(?=[\\s.,:;!?]|$)")
_LETTERS = re.compile(r"[^\W\d_]+")


def subject(copy: Copy) -> Iterator[Said]:
    """Mailboxes cut a subject that is too long."""
    number = len(copy.draft.subject)
    if number > _LONGEST_SUBJECT:
        yield Said(
            f"The subject has {number} characters; most mailboxes cut it after {_LONGEST_SUBJECT}.", "Shorten it."
        )
    elif number < _SHORTEST_SUBJECT:
        yield Said(f"The subject has {number} characters, and hardly says anything.", "Say more.")


def preheader(copy: Copy) -> Iterator[Said]:
    """The line that mailboxes show beside the subject."""
    number = len(copy.draft.preheader)
    if not number:
        yield Said("There is no preheader; mailboxes will show the first words they find.", "Write one.")
    elif not _SHORTEST_PREHEADER <= number <= _LONGEST_PREHEADER:
        yield Said(
            f"The preheader has {number} characters; between {_SHORTEST_PREHEADER} and {_LONGEST_PREHEADER} are "
            "shown well.",
            "Shorten it." if number > _LONGEST_PREHEADER else "Say more.",
        )


def capitals(copy: Copy) -> Iterator[Said]:
    """Nobody likes to be shouted at."""
    if _shouts(copy.draft.subject):
        yield Said("The subject is all in capitals.", "Write it in small letters.")
    for story in copy.draft.stories:
        if _shouts(story.title):
            yield Said(f"The headline “{story.title}” is all in capitals.", "Rewrite it for the mail.", story.id)


def twice(copy: Copy) -> Iterator[Said]:
    """The same story under two headlines, or one headline over two stories."""
    for one, other in combinations(copy.draft.stories, 2):
        if one.url == other.url or _alike(one.title, other.title):
            yield Said(f"“{other.title}” looks like the story “{one.title}”.", "Drop one of the two.", other.id)


def languages(copy: Copy) -> Iterator[Said]:
    """A story in another language than the issue, or letters of two scripts in one word."""
    own = _base(copy.draft.language)
    for story in copy.draft.stories:
        if story.language and _base(story.language) != own:
            yield Said(
                f"“{story.title}” is in {story.language}, and the issue in {own}.", "Drop it, or say so.", story.id
            )
        for word in _LETTERS.findall(f"{story.title} {story.standfirst}"):
            if len(scripts := {script for letter in word if (script := _script(letter))}) > 1:
                yield Said(
                    f"The word “{word}” mixes letters of {' and '.join(sorted(scripts))}.",
                    "Type it anew.",
                    story.id,
                )


def emoji(copy: Copy) -> Iterator[Said]:
    """Signs that got broken on their way."""
    if _BROKEN.search(copy.draft.subject) or _BROKEN.search(copy.draft.preheader):
        yield Said("The subject or the preheader has a broken sign in it.", "Type it anew.")
    for story in copy.draft.stories:
        if _BROKEN.search(f"{story.title} {story.standfirst}"):
            yield Said(
                f"“{story.title}” has a broken sign in its headline or standfirst.", "Type it anew.", story.id
            )


def _shouts(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) >= _LEAST_CAPITALS and all(
        letter.isupper() for letter in letters if letter.lower() != letter.upper()
    )


def _alike(one: str, other: str) -> bool:
    a, b = one.casefold(), other.casefold()
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return (
        min(len(a), len(b)) > 0
        and matcher.quick_ratio() >= _ALIKE
        and matcher.ratio() >= _ALIKE
        and _digits(a) == _digits(b)
    )


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _base(language: str) -> str:
    return language.partition("-")[0].lower()


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return name.capitalize() if name in {"LATIN", "CYRILLIC", "GREEK"} else ""
