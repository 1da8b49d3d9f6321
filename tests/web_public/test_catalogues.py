"""Every sentence of the readers' pages is written for translation, and translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from bs4 import BeautifulSoup
from jinja2 import Environment, nodes

import newsletter.web
from newsletter import shipped
from tests.catalogues import LANGUAGES, extract, forms, read

WEB = Path(newsletter.web.__file__).parent
PAGES = shipped.templates() / "web"
TEMPLATES = [PAGES / "base.html", PAGES / "error.html", *sorted((PAGES / "public").glob("*.html"))]
TOLD = ("title", "alt", "placeholder", "aria-label")  # attributes that people are told
LETTERS = re.compile(r"[^\W\d_]{2,}")
PARTS = re.compile(r"%\(\w+\)s|</?\w+[^>]*>|%%")
CODE = [WEB / "errors.py", *sorted((WEB / "public").glob("*.py"))]
SENTENCE = re.compile(r"[A-Z][a-z]+ .*[a-z]")
FOR_MACHINES = {"This is a test mail's link: nothing was changed.\n"}  # the answer to one-click
GETTEXTS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}


@pytest.fixture(scope="module")
def sentences() -> Catalog:
    return extract()


@pytest.fixture(params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    return read(request.param)


def test_no_sentence_is_missing_fuzzy_or_left_over(sentences: Catalog, catalogue: Catalog) -> None:
    wanted, found = ({(each.id, each.context) for each in all_of(one)} for one in (sentences, catalogue))
    assert wanted == found, "run `make catalogues`"
    assert [each.id for each in all_of(catalogue) if each.fuzzy or not all(forms(each))] == []
    assert {len(forms(each)) for each in all_of(catalogue) if each.pluralizable} <= {catalogue.num_plurals}


def test_places_and_tags_are_those_of_the_english_sentence(catalogue: Catalog) -> None:
    for message in all_of(catalogue):
        english = message.id if isinstance(message.id, str) else message.id[-1]
        for form in filter(None, forms(message)):
            assert sorted(PARTS.findall(form)) == sorted(PARTS.findall(english)), form


def test_no_translation_begins_or_ends_with_a_space_that_the_english_has_not(catalogue: Catalog) -> None:
    assert [form for each in all_of(catalogue) for form in forms(each) if form != form.strip()] == []


def all_of(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_but_those_written_for_translation(template: Path) -> None:
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(template.read_text(encoding="utf-8"))
    assert [*bare_text(tree), *bare_strings(tree)] == []


def bare_text(tree: nodes.Template) -> Iterator[str]:
    """Yield what stands in the HTML itself: between tags, and in attributes that people are told."""
    page = BeautifulSoup("".join(data.data for data in tree.find_all(nodes.TemplateData)), "html.parser")
    for code in page.find_all("code"):
        code.decompose()
    yield from (text for text in page.stripped_strings if LETTERS.search(text))
    yield from (
        str(tag[name]) for tag in page.find_all() for name in TOLD if LETTERS.search(str(tag.get(name, "")))
    )


def bare_strings(tree: nodes.Template) -> Iterator[str]:
    """Yield strings in expressions that look like words for people: with a capital or a space among letters."""
    calls = [call for call in tree.find_all(nodes.Call) if getattr(call.node, "name", "") in GETTEXTS]
    translated = {id(each) for call in calls for each in call.find_all(nodes.Const)}
    for constant in tree.find_all(nodes.Const):
        text = constant.value
        if (
            id(constant) not in translated
            and isinstance(text, str)
            and re.search(r"^[A-Z][a-z]|[a-z] |[ ][a-z]", text)
        ):
            yield text


@pytest.mark.parametrize("module", CODE, ids=lambda path: path.name)
def test_code_has_no_sentences_but_those_written_for_translation(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    translated = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in GETTEXTS]
    docstrings = [node for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    allowed = {id(each) for part in (*translated, *docstrings) for each in ast.walk(part)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in allowed]
    found = {str(node.value) for node in texts if SENTENCE.match(str(node.value))}
    assert found - FOR_MACHINES == set()
