"""Stories as files in a folder."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.articles.fetch import Fetcher
from newsletter.articles.harvest import Errand, Harvest, SourceProblem
from newsletter.articles.sources import folder
from newsletter.domain.article import Image, RelatedLink
from newsletter.settings import SourceSettings

NOW = datetime(2026, 3, 10, 16, tzinfo=UTC)
HEAD = "title: Seals\nurl: https://ledger.example/seals\n"


def harvested(path: Path, fetcher: Fetcher) -> Harvest:
    source = SourceSettings("desk", "folder", path=path)
    return folder.read(Errand(source, fetcher, NOW, zone=ZoneInfo("Europe/Berlin")))


def write(folder: Path, name: str, head: str, body: str = "") -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(f"---\n{head}---\n{body}", "utf-8")


def test_a_markdown_file_with_everything(tmp_path: Path, fetcher: Fetcher) -> None:
    head = (
        "title: 'Seals: back'\nurl: https://ledger.example/seals\ndate: 2026-03-10 13:00\nsection: City\n"
        "authors: [Ada Moor, Bo Quay]\nstandfirst: They are <back>.\npinned: true\ncomments: 4\n"
        "image: {url: 'https://ledger.example/s.jpg', alt: A seal, caption: Asleep, credit: Cy Fen}\n"
        "related: [{title: Gulls, url: 'https://ledger.example/gulls', authors: Di Weir}]\n"
    )
    write(tmp_path, "city/seals.md", head, "They *are*.\n\n<script>x()</script>\n")
    (article,) = harvested(tmp_path, fetcher).articles
    assert (article.guid, article.title, article.section) == ("city/seals.md", "Seals: back", "city")
    assert article.published == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert (article.authors, article.standfirst) == (("Ada Moor", "Bo Quay"), "They are <back>.")
    assert (article.pinned, article.comment_count) == (True, 4)
    assert article.image == Image("https://ledger.example/s.jpg", "A seal", "Asleep", "Cy Fen")
    assert article.related == (RelatedLink("Gulls", "https://ledger.example/gulls", ("Di Weir",)),)
    assert article.body_html == "<p>They <em>are</em>.</p>"


def test_an_html_file_without_a_date(tmp_path: Path, fetcher: Fetcher) -> None:
    write(tmp_path, "seals.html", HEAD, "<p onclick='x()'>Back.</p>")
    found = harvested(tmp_path, fetcher)
    assert found.articles[0].body_html == "<p>Back.</p>"
    assert found.undated == {"seals.html"}


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("title: Seals\n", "bad.md: it has no `url` in its front matter."),
        (
            "title: Seals\nurl: javascript:x\n",
            "bad.md: `url` is 'javascript:x'; it begins with http:// or https://.",
        ),
        (HEAD + "date: tomorrow\n", "bad.md: `date` is 'tomorrow'; it is written like 2026-03-10 16:30."),
        (HEAD + "image: {alt: x}\n", "bad.md: `image` needs a `url` that begins with http:// or https://."),
        (HEAD + "related: [x]\n", "bad.md: each of `related` needs a `title` and a `url`."),
    ],
)
def test_a_bad_file_is_named_and_does_not_stop_the_others(
    tmp_path: Path, fetcher: Fetcher, head: str, said: str
) -> None:
    write(tmp_path, "bad.md", head)
    write(tmp_path, "good.md", HEAD)
    found = harvested(tmp_path, fetcher)
    assert [article.guid for article in found.articles] == ["good.md"]
    assert found.problems == (said,)
    assert found.also_shown == {"bad.md"}


def test_front_matter_and_letters_that_cannot_be_read(tmp_path: Path, fetcher: Fetcher) -> None:
    write(tmp_path, "a.md", "title: [\n")
    write(tmp_path, "c.md", "- a list\n")
    (tmp_path / "b.md").write_bytes(b"---\ntitle: \xff\n---\n")
    problems = harvested(tmp_path, fetcher).problems
    assert problems[0].startswith("a.md: its front matter is not YAML")
    assert problems[1] == "b.md: it is not written in UTF-8."
    assert problems[2].startswith("c.md: ")


def test_a_folder_that_is_not_there(tmp_path: Path, fetcher: Fetcher) -> None:
    with pytest.raises(SourceProblem, match="does not exist"):
        harvested(tmp_path / "nowhere", fetcher)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (HEAD + "date: 2026-13-45\n", "a.md: its front matter has an impossible value: month must be in 1..12."),
        ("title: " + "[" * 100_000 + "\n", "a.md: its front matter is nested too deeply."),
    ],
)
def test_front_matter_that_trips_its_parser_costs_one_story(
    tmp_path: Path, fetcher: Fetcher, head: str, said: str
) -> None:
    write(tmp_path, "a.md", head)
    write(tmp_path, "b.md", HEAD)
    found = harvested(tmp_path, fetcher)
    assert (len(found.articles), found.problems) == (1, (said,))


def test_a_file_name_that_no_database_keeps_is_told_of(tmp_path: Path, fetcher: Fetcher) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text(f"---\n{HEAD}---\n")
    (problem,) = harvested(tmp_path, fetcher).problems
    assert "can't be printed" in problem
    assert problem.isprintable()


def test_lists_within_lists_are_not_written_out(tmp_path: Path, fetcher: Fetcher) -> None:
    rows = "".join(f"x{n + 1}: &x{n + 1} [{', '.join([f'*x{n}'] * 9)}]\n" for n in range(9))
    write(tmp_path, "a.md", HEAD + "x0: &x0 [y]\n" + rows + "authors: [Ada, *x9]\n")
    assert harvested(tmp_path, fetcher).articles[0].authors == ("Ada",)
