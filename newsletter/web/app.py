"""The web application: the readers' pages, the editors' desk, and what all of their answers carry."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from newsletter.app import App
from newsletter.web import api, assets, errors, hooks, languages, public, signup_api
from newsletter.web.context import attach
from newsletter.web.desk import pages as desk
from newsletter.web.headers import protect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY = 64 * 1024  # bytes; the largest honest form has about two thousand


def create_web(app: App) -> Flask:
    """Return the web application (WSGI) for a composed product.

    A configuration key of its own, which a caller may change afterwards: `API_LIMIT`, requests with one key, in
    Flask-Limiter's notation.
    """
    web = Flask("newsletter.web", static_folder=None, template_folder=None)
    web.config.update(MAX_CONTENT_LENGTH=MAX_BODY, API_LIMIT="1200 per minute")
    web.secret_key = hmac.digest(app.settings.secret.encode(), b"web session", "sha256")
    web.jinja_loader = app.templates.loader
    web.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    _trust_proxies(web, app.settings.web.trusted_proxies)
    _stand_under(web, urlsplit(app.settings.site.base_url).path)
    attach(web, app)
    languages.register(web, app.templates)
    errors.register(web)
    assets.register(web)
    public.register(web)
    desk.register(web, app)
    hooks.register(web, app)
    api.register(web, app)
    signup_api.register(web, app)
    web.after_request(protect)
    web.context_processor(lambda: {"site": app.settings.site})
    return web


def _trust_proxies(web: Flask, count: int) -> None:
    """Believe the last `count` entries of X-Forwarded-For and -Proto; whatever stands before them is hearsay."""
    if count:
        web.wsgi_app = ProxyFix(web.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]


def _stand_under(web: Flask, folder: str) -> None:
    """Let every page link below the folder of `base_url`, whether or not the proxy before us takes it off."""
    inner = web.wsgi_app

    def below(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        environ["SCRIPT_NAME"] = folder
        environ["PATH_INFO"] = path.removeprefix(folder) if path.startswith(f"{folder}/") else path
        return inner(environ, start_response)

    if folder:
        web.wsgi_app = below  # type: ignore[method-assign]
