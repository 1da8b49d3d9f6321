"""The languages that a mail's own words come in: one file of phrases each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from newsletter.web.catalogues import own_name
from newsletter.web.context import here

_FOLDER = PurePosixPath("email/phrases")


def offered_languages() -> Mapping[str, str]:
    """Return the languages by tag, each in its own name, in the order of their names."""
    files = [PurePosixPath(name) for name in here().templates.loader.list_templates()]
    tags = [file.stem for file in files if file.parent == _FOLDER and file.suffix == ".toml"]
    named = {tag: own_name(tag) for tag in tags}
    return dict(sorted(named.items(), key=lambda item: item[1].casefold()))
