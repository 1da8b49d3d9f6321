"""The subject and the preheader, from the stories themselves. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.domain.article import Article

LONGEST_TITLE = 90  # characters of the lead's headline in a subject
LONGEST_PREHEADER = 140  # characters; inboxes show fewer

_MORE = {
    "en": "{title} – and {count} more",
    "de": "{title} – und {count} weitere",
    "fr": "{title} – et {count} autres",
    "es": "{title} – y {count} más",
    "pl": "{title} – i {count} więcej",
    "uk": "{title} – і ще {count}",
    "ru": "{title} – и ещё {count}",
}


def subject(lead: Article, others: int, language: str) -> str:
    """Return the lead's headline and how many other stories follow it."""
    title = shortened(lead.title, LONGEST_TITLE)
    pattern = _MORE.get(language.casefold().split("-")[0], _MORE["en"])
    return pattern.format(title=title, count=others) if others else title


def preheader(stories: Sequence[Article]) -> str:
    """Return the lead's standfirst, or the next headlines where it has none."""
    lead, *others = stories
    text = lead.standfirst.strip() or " · ".join(story.title for story in others)
    return shortened(text, LONGEST_PREHEADER)


def shortened(text: str, most: int) -> str:
    """Return the text cut between two words, with an ellipsis, so that it has at most so many characters."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    whole = cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut
    return whole.rstrip(" ,;:–—-.") + "…"
