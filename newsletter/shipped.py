"""Where the files that come with the product lie: beside the code in a wheel, at the top in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def templates() -> Path:
    """Return the folder of the shipped templates."""
    return _first(_PACKAGE / "templates", _PACKAGE.parent / "templates")


def example_config() -> Path:
    """Return the complete, commented example configuration."""
    return _first(_PACKAGE / "config.example.toml", _PACKAGE.parent / "config.toml")


def _first(*places: Path) -> Path:
    return next((place for place in places if place.exists()), places[-1])
