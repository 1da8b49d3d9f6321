"""The composed application, within reach of every page."""

from __future__ import annotations

from flask import Flask, current_app

from newsletter.app import App

_KEY = "newsletter"


def attach(web: Flask, app: App) -> None:
    """Give the web application what its pages work with."""
    web.extensions[_KEY] = app


def here() -> App:
    """Return what the page being answered works with."""
    app = current_app.extensions[_KEY]
    assert isinstance(app, App)  # noqa: S101 - `attach` put it there; this tells the type checker
    return app
