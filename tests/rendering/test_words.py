"""The parts that print words: templates, phrases, plain text, safe addresses, inlining."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from newsletter import shipped
from newsletter.rendering.inline import UnsafeStyle, inline
from newsletter.rendering.phrases import BadPhrases, load_phrases
from newsletter.rendering.printed import direction, one_line, web_address
from newsletter.rendering.templates import Templates
from newsletter.rendering.text import fill, tidy

LANGUAGES = sorted(path.stem for path in (shipped.templates() / "email" / "phrases").glob("*.toml"))
DAY = date(2026, 3, 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_whole(templates: Templates, language: str) -> None:
    phrases = load_phrases(templates, language)
    assert phrases.language == language
    assert (len(phrases.months), len(phrases.weekdays)) == (12, 7)
    assert "Ada" in phrases.greet("Ada")
    assert "{" not in phrases.greet("") + phrases.date(DAY) + phrases.comments(2) + phrases.byline(["A", "B"])
    assert "{newsletter}" in phrases.because
    assert "{address}" in phrases.because


@pytest.mark.parametrize(
    ("tag", "day"),
    [
        ("en", "Sunday, 1 March 2026"),
        ("de-AT", "Sonntag, 1. März 2026"),
        ("fr_CA", "dimanche 1 mars 2026"),
        ("nl", "Sunday, 1 March 2026"),
        ("../../de", "Sunday, 1 March 2026"),
    ],
)
def test_dates_in_the_readers_language(templates: Templates, tag: str, day: str) -> None:
    assert load_phrases(templates, tag).date(DAY) == day


def test_who_wrote_it_and_who_talks_about_it(templates: Templates) -> None:
    phrases = load_phrases(templates, "en")
    assert phrases.byline([]) == ""
    assert phrases.byline(["Li Wei"]) == "By Li Wei"
    assert phrases.byline(["Ada", "Tom", "Li Wei"]) == "By Ada, Tom and Li Wei"
    assert [phrases.comments(count) for count in (None, 0, 1, 2)] == ["", "", "1 comment", "2 comments"]


def test_a_newsroom_brings_its_own_templates_and_words(tmp_path: Path) -> None:
    (tmp_path / "email" / "phrases").mkdir(parents=True)
    english = (shipped.templates() / "email" / "phrases" / "en.toml").read_text()
    (tmp_path / "email" / "phrases" / "en.toml").write_text(english.replace("Also today", "And also"))
    (tmp_path / "mine.html").write_text("<p>{{ name }}</p>")
    own = Templates(tmp_path)
    assert load_phrases(own, "en").also == "And also"
    assert load_phrases(own, "de").also == "Außerdem heute"
    assert own.render("mine.html", name="<b>") == "<p>&lt;b&gt;</p>"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("also =", "alsoo ="), "en.toml lacks also"),
        (("also =", "x = 1\nalso ="), "has x"),
        (("also =", "="), "en.toml"),
    ],
)
def test_a_language_file_that_is_not_whole_is_named(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    (tmp_path / "email" / "phrases").mkdir(parents=True)
    english = (shipped.templates() / "email" / "phrases" / "en.toml").read_text()
    (tmp_path / "email" / "phrases" / "en.toml").write_text(english.replace(*change, 1))
    with pytest.raises(BadPhrases, match=told):
        load_phrases(Templates(tmp_path), "en")


def test_a_misspelt_name_in_a_template_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("{{ reader.greting }}")
    with pytest.raises(UndefinedError, match="greting"):
        Templates(tmp_path).render("mine.txt", reader={"greeting": ""})


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("https://ledger.example/a?b=c&d=%20#e", "https://ledger.example/a?b=c&d=%20#e"),
        ("HTTP://Ledger.example:8080/", "http://ledger.example:8080/"),
        ("https://börse.example/straße?q=ü ü", "https://xn--brse-5qa.example/stra%C3%9Fe?q=%C3%BC%20%C3%BC"),
        ('https://ledger.example/"><script>', "https://ledger.example/%22%3E%3Cscript%3E"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//ledger.example/", ""),
        ("/relative", ""),
        ("https://", ""),
        ("https://user:pass@ledger.example/", ""),
        ("https://led<ger.example/", ""),
        ("https://ledger.example:port/", ""),
        ("https://[::1", ""),
        ("https://a..b/", ""),
    ],
)
def test_only_web_addresses_become_links(url: str, printed: str) -> None:
    assert web_address(url) == printed


def test_lines_and_directions() -> None:
    assert one_line("  a\r\n b\u00a0c  ") == "a b\u00a0c"
    assert [direction(text, "ltr") for text in ("12 שלום", "– Ada שלום", "123", "سلام")] == [
        "rtl",
        "ltr",
        "ltr",
        "rtl",
    ]


def test_plain_text_is_filled_and_tidied() -> None:
    address = "https://ledger.example/" + "x-y" * 40
    assert fill(f"Read {address} now") == f"Read\n{address}\nnow"
    assert fill("word " * 20, "* ", "  ").split("\n")[1].startswith("  word")
    assert tidy("\n\na  \n\n\n\nb\n\n\n") == "a\n\nb\n"


def test_inlining_keeps_what_depends_on_the_screen() -> None:
    page = inline(
        "<!DOCTYPE html><html><head><style>.a { color: #111112; height: auto }</style>"
        '<style data-premailer="ignore">@media (max-width: 9px) { .a { color: red !important } }</style></head>'
        '<body><img class="a" height="5" src="https://ledger.example/a.png"></body></html>'
    )
    assert page.startswith("<!DOCTYPE html>")
    assert "@media (max-width: 9px) { .a { color: red !important } }" in page
    assert 'style="color:#111112; height:auto"' in page
    assert 'height="5"' in page


@pytest.mark.parametrize(
    "head",
    [
        '<style>@import url("https://elsewhere.example/a.css");</style>',
        '<style data-premailer="ignore">@IMPORT "a.css";</style>',
        '<link rel="stylesheet" href="https://elsewhere.example/a.css">',
    ],
)
def test_style_sheets_from_elsewhere_are_refused(head: str) -> None:
    with pytest.raises(UnsafeStyle):
        inline(f"<html><head>{head}</head><body></body></html>")
