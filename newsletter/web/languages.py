"""The language that a page speaks, by Flask-Babel: `_("…")` in templates, `gettext as _` in Python.

A page speaks the reader's own language where its link names a reader who chose one, else the one that `?lang=`
asks for, else the first of the browser's that we have, else the newsletter's, else the site's. The desk speaks
English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, current_app, g, request
from flask_babel import Babel, Domain, force_locale, get_babel, get_locale, refresh
from werkzeug.wrappers import Response

from newsletter.rendering.templates import Templates
from newsletter.web import catalogues, wording
from newsletter.web.context import here

_DESK = "/desk"


class _Words(Domain):
    """What Flask-Babel translates with: the languages by tag."""

    def __init__(self, languages: Mapping[str, NullTranslations]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.languages = languages

    def get_translations(self) -> NullTranslations:
        """Return the words of the page being answered."""
        return self.languages[page_language()]


def register(web: Flask, templates: Templates) -> None:
    """Let the pages speak. Raises BadCatalogue for a language's file that can't be used."""
    babel = Babel(web, locale_selector=_choose, timezone_selector=lambda: here().settings.site.time_zone.key)
    babel.domain_instance = _Words(catalogues.load(templates))
    web.jinja_env.policies["ext.i18n.trimmed"] = True
    web.context_processor(lambda: {each.__name__: each for each in _IN_TEMPLATES})
    web.url_defaults(_go_on_asking)
    web.after_request(_tell)


def spoken() -> Mapping[str, NullTranslations]:
    """Return the languages that the pages can speak, by tag."""
    languages: Mapping[str, NullTranslations] = get_babel(current_app).instance.domain_instance.languages
    return languages


def speak(language: str, otherwise: str) -> None:
    """Speak a reader's chosen language from here on, if the pages have it; empty means that none was chosen.

    `otherwise` is the newsletter's language, for who chose none and whose browser asks for none that we have.
    """
    g.readers_language, g.newsletters_language = language, otherwise
    refresh()


def speaking(language: str) -> AbstractContextManager[None]:
    """Speak a language for a while, whatever the page speaks; English where we do not have it."""
    return force_locale(catalogues.locale_of(catalogues.closest(language, spoken()) or catalogues.SOURCE))


def page_language() -> str:
    """Return the tag of the language that the page speaks, for `lang=`."""
    return catalogues.closest(str(get_locale()), spoken()) or catalogues.SOURCE


def text_direction() -> str:
    """Return `ltr` or `rtl`, for `dir=`."""
    return str(catalogues.locale_of(page_language()).text_direction)


def languages_to_choose() -> dict[str, tuple[str, str]]:
    """Return by tag each language's own name and the page's address in it.

    There is nothing to choose where a form was sent, where there is no page, or where the reader has chosen one.
    """
    has_chosen = catalogues.closest(g.get("readers_language", ""), spoken())
    if has_chosen or request.method == "POST" or request.blueprint != "public":
        return {}
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    named = sorted((catalogues.own_name(tag), tag) for tag in spoken())
    return {tag: (name, "?" + urlencode([*rest, ("lang", tag)])) for name, tag in named}


_IN_TEMPLATES = (
    page_language,
    languages_to_choose,
    text_direction,
    wording.listed,
    wording.day_words,
    wording.date_words,
    wording.weekday_words,
    wording.time_words,
    wording.clock_words,
)


def _choose() -> Locale:
    g.page_speaks = True
    if request.path.startswith(_DESK):
        return catalogues.locale_of(catalogues.SOURCE)
    wanted = (catalogues.closest(language, spoken()) for language in _wishes())
    return catalogues.locale_of(next(filter(None, wanted), catalogues.SOURCE))


def _wishes() -> Iterator[str]:
    settings = here().settings
    yield g.get("readers_language", "")
    yield request.args.get("lang", "")
    yield from request.accept_languages.values()
    yield g.get("newsletters_language", "")
    slug = (request.view_args or {}).get("slug")
    yield from (each.language for each in settings.newsletters if each.slug == slug)
    yield settings.site.language


def _go_on_asking(endpoint: str, values: dict[str, Any]) -> None:
    """Keep `?lang=` in the pages' links to each other and in where their forms go."""
    asked = request.args.get("lang", "") if request else ""
    if asked and endpoint.startswith("public.") and catalogues.closest(asked, spoken()):
        values.setdefault("lang", asked)


def _tell(response: Response) -> Response:
    """Name the language of what was written in the one that the reader's browser asked for."""
    if g.get("page_speaks"):
        response.headers.setdefault("Content-Language", page_language())
        response.vary.add("Accept-Language")
    return response
