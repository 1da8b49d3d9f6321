"""The words of an issue that come from the stories themselves: subject, preheader, a heading. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.domain.article import Article

LONGEST_TITLE = 90  # characters of the lead's headline in a subject
LONGEST_PREHEADER = 140  # characters; inboxes show fewer

_ONE_MORE = {
    "en": "{title} – and 1 more",
    "de": "{title} – und eine weitere",
    "fr": "{title} – et 1 autre",
    "es": "{title} – y 1 más",
    "pl": "{title} – i jeszcze 1",
    "uk": "{title} – і ще 1",
    "ru": "{title} – и ещё 1",
}
_MORE = {
    "en": "{title} – and {count} more",
    "de": "{title} – und {count} weitere",
    "fr": "{title} – et {count} autres",
    "es": "{title} – y {count} más",
    "pl": "{title} – i jeszcze {count}",
    "uk": "{title} – і ще {count}",
    "ru": "{title} – и ещё {count}",
}
_WEEK = {
    "en": "This week: {subject}",
    "de": "Die Woche: {subject}",
    "fr": "La semaine : {subject}",
    "es": "La semana: {subject}",
    "pl": "Ten tydzień: {subject}",
    "uk": "Цей тиждень: {subject}",
    "ru": "Эта неделя: {subject}",
}
_UNFILED = {
    "en": "More stories",
    "de": "Weitere Meldungen",
    "fr": "Autres articles",
    "es": "Más noticias",
    "pl": "Więcej wiadomości",
    "uk": "Інші новини",
    "ru": "Другие новости",
}


def subject(lead: Article, others: int, language: str) -> str:
    """Return the lead's headline and how many other stories follow it; in English where we lack the language."""
    title = shortened(lead.title, LONGEST_TITLE)
    if not others:
        return title
    return _in(language, _ONE_MORE if others == 1 else _MORE).format(title=title, count=others)


def weekly_subject(lead: Article, others: int, language: str) -> str:
    """Return the subject of a week's best."""
    return _in(language, _WEEK).format(subject=subject(lead, others, language))


def preheader(stories: Sequence[Article]) -> str:
    """Return the standfirst of the first story, or the next headlines where it has none."""
    lead, *others = stories
    text = lead.standfirst.strip() or " · ".join(story.title for story in others)
    return shortened(text, LONGEST_PREHEADER)


def section_title(name: str, language: str) -> str:
    """Return the heading of a section that the newsletter does not configure; an empty name means no section."""
    return name[:1].upper() + name[1:] if name else _in(language, _UNFILED)


def shortened(text: str, most: int) -> str:
    """Return the text cut between two words, with an ellipsis, so that it has at most so many characters."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[:most]  # one more than fits beside the ellipsis: a space here ends a whole word
    whole = cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut[:-1]
    return whole.rstrip(" ,;:–—-.") + "…"


def _in(language: str, table: dict[str, str]) -> str:
    return table.get(language.casefold().split("-")[0], table["en"])
