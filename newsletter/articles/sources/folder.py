"""A folder of Markdown and HTML files with front matter: one file a story, its path in the folder its guid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from html import escape
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt

from newsletter.articles.harvest import Errand, Harvest, SourceProblem
from newsletter.articles.markup import is_web, sanitise, tidy
from newsletter.articles.sources.entries import count, people
from newsletter.domain.article import Article, Image, RelatedLink

MAX_FILES = 5_000
MAX_FILE = 1_000_000  # bytes
MAX_NAME = 400  # characters of a path in the folder; a database index takes no longer ones
_MARKDOWN = {".md", ".markdown"}
_HTML = {".html", ".htm"}
_EVER = datetime(1900, 1, 1, tzinfo=UTC)


class _FrontMatter(YAMLHandler):
    def load(self, fm: str, **_: object) -> Any:
        """Parse in Python: the parser in C, which is the default, crashes on deep nesting."""
        return yaml.safe_load(fm)


class _BadFile(Exception):
    """A file can't be read; the text is what is wrong with it, without a full stop."""


def read(errand: Errand) -> Harvest:
    """Read the folder. A file that can't be read is told of by name, and its story stays as it was."""
    folder = errand.source.path
    if folder is None or not folder.is_dir():
        raise SourceProblem(f"The folder {folder} does not exist.")
    articles: list[Article] = []
    undated: set[str] = set()
    problems: dict[str, str] = {}
    for path in _files(folder):
        guid = path.relative_to(folder).as_posix()
        try:
            made, is_dated = _article(path, guid, errand)
        except (_BadFile, OSError, ValueError, RecursionError, yaml.YAMLError) as error:
            problems[guid] = f"{tidy(guid)}: {_reason(error)}."
            continue
        articles.append(made)
        if not is_dated:
            undated.add(guid)
    return Harvest(
        tuple(articles),
        frozenset(undated),
        complete_since=_EVER,
        also_shown=frozenset(problems),
        problems=tuple(problems.values()),
    )


def _files(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _MARKDOWN | _HTML)
    files = [path for path in found if path.is_file() and not path.name.startswith((".", "_"))]
    if len(files) > MAX_FILES:
        raise SourceProblem(f"The folder {folder} has {len(files)} files; more than {MAX_FILES} are too many.")
    return files


def _article(path: Path, guid: str, errand: Errand) -> tuple[Article, bool]:
    """Return the article of a file, and whether the file gives its date."""
    if path.stat().st_size > MAX_FILE:
        raise _BadFile(f"it is larger than {MAX_FILE} bytes")
    if len(guid) > MAX_NAME or not guid.isprintable():
        raise _BadFile(f"its name is longer than {MAX_NAME} characters, or some of them can't be printed")
    post = frontmatter.loads(path.read_text("utf-8-sig"), handler=_FrontMatter())
    head: dict[str, Any] = post.metadata
    url, title, published = _url(head), _required(head, "title"), _moment(head, "date", errand)
    made = Article(
        source=errand.source.name,
        guid=guid,
        url=url,
        title=title,
        published=published or errand.now,
        section=errand.section([_text(head, "section")]),
        authors=people(_strings(head, "authors") or _strings(head, "author")),
        updated=_moment(head, "updated", errand),
        standfirst=_text(head, "standfirst"),
        body_html=sanitise(_html(path, post.content), url),
        image=_image(head),
        comment_count=count(head.get("comments")),
        related=tuple(_related(head)),
        language=_text(head, "language")[:20],
        pinned=head.get("pinned") is True,
    )
    return made, published is not None


def _html(path: Path, content: str) -> str:
    if path.suffix.lower() in _HTML:
        return content
    return str(MarkdownIt("commonmark", {"html": True}).render(content))


def _image(head: dict[str, Any]) -> Image | None:
    image = head.get("image")
    fields: dict[str, Any] = image if isinstance(image, dict) else {"url": image}
    if not image:
        return None
    if not is_web(_text(fields, "url")):
        raise _BadFile("`image` needs a `url` that begins with http:// or https://")
    words = (_text(fields, "alt"), _text(fields, "caption"), _text(fields, "credit"))
    return Image(_text(fields, "url"), *words, count(fields.get("width")), count(fields.get("height")))


def _related(head: dict[str, Any]) -> Iterator[RelatedLink]:
    for one in _list(head, "related"):
        if not isinstance(one, dict) or not is_web(_text(one, "url")) or not _text(one, "title"):
            raise _BadFile("each of `related` needs a `title` and a `url`")
        yield RelatedLink(_text(one, "title"), _text(one, "url"), people(_strings(one, "authors")))


def _url(head: dict[str, Any]) -> str:
    url = _required(head, "url")
    if not is_web(url):
        raise _BadFile(f"`url` is {url!r}; it begins with http:// or https://")
    return url


def _required(head: dict[str, Any], key: str) -> str:
    value = _text(head, key)
    if not value:
        raise _BadFile(f"it has no `{key}` in its front matter")
    return value


def _moment(head: dict[str, Any], key: str, errand: Errand) -> datetime | None:
    """Return a date of the front matter in UTC; without an offset it is the newsroom's local time."""
    value = head.get(key)
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    try:
        parsed = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=errand.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _BadFile(f"`{key}` is {value!r}; it is written like 2026-03-10 16:30") from None


def _strings(head: dict[str, Any], key: str) -> list[str]:
    return [escape(tidy(str(one))) for one in _list(head, key) if not isinstance(one, list | dict)]


def _list(head: dict[str, Any], key: str) -> list[Any]:
    value = head.get(key)
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _text(head: dict[str, Any], key: str) -> str:
    value = head.get(key)
    return tidy(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not written in UTF-8"
    if isinstance(error, yaml.YAMLError):
        return "its front matter is not YAML: " + tidy(str(error))
    if isinstance(error, RecursionError):
        return "its front matter is nested too deeply"
    if isinstance(error, ValueError):
        return "its front matter has an impossible value: " + tidy(str(error))
    if isinstance(error, OSError):
        return f"it can't be read ({error.strerror})"
    return str(error)
