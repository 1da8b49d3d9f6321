"""The pages' words in other languages than English: one file each in `templates/web/languages/`, such as `de.po`.

The files are read as they are when the pages start, so nothing has to be compiled and nothing compiled can be
stale. A newsroom's own folder may bring a language, or a file with only the sentences that it words differently.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cache
from io import BytesIO, StringIO
from pathlib import PurePosixPath

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations

from newsletter.rendering.templates import Templates

FOLDER = PurePosixPath("web/languages")
SOURCE = "en"  # what the templates are written in; it needs no file


class BadCatalogue(Exception):
    """A language's file can't be used; the text says which and why."""


def load(templates: Templates) -> Mapping[str, NullTranslations]:
    """Return the languages by tag, English among them. Raises BadCatalogue."""
    files = [PurePosixPath(name) for name in templates.loader.list_templates()]
    tags = sorted(file.stem for file in files if file.parent == FOLDER and file.suffix == ".po")
    found = {tag: _compile(tag, tuple(templates.layers(str(FOLDER / f"{tag}.po")))) for tag in tags}
    return {SOURCE: NullTranslations()} | found


def locale_of(tag: str) -> Locale:
    """Return what dates of a language are written by. Raises ValueError or babel.UnknownLocaleError.

    Bare English is the British, with the day before the month and 24 hours, as in the mails.
    """
    return Locale("en", "GB") if tag == SOURCE else Locale.parse(tag, sep="-")


def own_name(tag: str) -> str:
    """Return what a language calls itself, such as `Deutsch`; the tag where nobody knows."""
    try:
        name = str(Locale.parse(tag, sep="-").display_name or tag)
    except (UnknownLocaleError, ValueError):
        return tag
    return name[0].upper() + name[1:]


def closest(language: str, tags: Container[str]) -> str | None:
    """Return the tag itself, else the bare language's, else None: `de` for `de-AT`."""
    parts = language.lower().replace("_", "-").split("-")
    longest_first = ("-".join(parts[:size]) for size in range(len(parts), 0, -1))
    return next((tag for tag in longest_first if tag in tags), None)


@cache
def _compile(tag: str, sources: tuple[str, ...]) -> NullTranslations:
    """Return the sentences of all the sources; a later source wins."""
    name = FOLDER / f"{tag}.po"
    try:
        first, *others = [read_po(StringIO(text), locale=locale_of(tag), abort_invalid=True) for text in sources]
    except (PoFileError, UnknownLocaleError, ValueError) as error:
        raise BadCatalogue(f"{name}: {error}") from error
    for other in others:
        _put_over(first, other)
    compiled = BytesIO()
    write_mo(compiled, first)
    compiled.seek(0)
    return Translations(compiled)


def _put_over(catalogue: Catalog, other: Catalog) -> None:
    for message in other:
        if message.id and message.string and not message.fuzzy:
            catalogue.delete(message.id, message.context)  # else the earlier translation stays
            catalogue[message.id] = message
