"""The sentences of the readers' pages, and the languages' files brought up to them by `make catalogues`."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po
from rich.console import Console

from newsletter.web.catalogues import FOLDER

ROOT = Path(__file__).parent.parent
FILES = ROOT / "templates" / FOLDER
LANGUAGES = ("de", "es", "fr", "pl", "ru", "uk")  # and English, which the sentences are written in

_METHODS = [("newsletter/web/**.py", "python"), ("templates/web/**.html", "jinja2")]
_JINJA = {"templates/web/**.html": {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}}
_KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "lazy_ngettext": (1, 2)}
_LEFT_OUT = {".venv", ".git", "node_modules"}


def main() -> None:
    """Bring every language's file up to the pages: new sentences come in empty, those that are gone go."""
    sentences, console = extract(), Console()
    for language in LANGUAGES:
        catalogue = read(language)
        catalogue.update(sentences, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        (FILES / f"{language}.po").write_bytes(written(catalogue))
        empty = sum(1 for message in catalogue if message.id and not all(forms(message)))
        console.print(f"{language}.po: {len(catalogue)} sentences, {empty} to translate")


def extract() -> Catalog:
    """Return every sentence that the pages say, in English, with the files that say it, in their order."""
    found = extract_from_dir(
        ROOT,
        _METHODS,
        _JINJA,
        _KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
        directory_filter=lambda folder: Path(folder).name not in _LEFT_OUT,
    )
    sentences = Catalog()
    for file, line, message, comments, context in sorted(found, key=lambda each: each[:2]):
        sentences.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return sentences


def read(language: str) -> Catalog:
    """Return a language's file; one that is not there yet is empty."""
    file = FILES / f"{language}.po"
    if not file.exists():
        return Catalog(language, project="newsletter", fuzzy=False)
    with file.open("rb") as text:
        return read_po(text, locale=language, abort_invalid=True)


def written(catalogue: Catalog) -> bytes:
    """Return the file's text, in the order of the pages, without what changes by itself."""
    text = BytesIO()
    write_po(text, catalogue, width=110, sort_by_file=True, omit_header=True, include_lineno=False)
    head = (
        f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: {catalogue.locale}\\n"\n'
    )
    forms = f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    return (head + forms).encode() + text.getvalue()


def forms(message: Message) -> tuple[str, ...]:
    """Return a sentence as translated: one string, or as many as there are plurals; empty where one is missing."""
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(each or "" for each in string)


if __name__ == "__main__":
    main()
