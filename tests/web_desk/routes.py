"""The desk's routes as its URL map has them, and browsers of people with each role."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from newsletter.app import App
from newsletter.editors import accounts
from newsletter.editors.roles import Role
from tests.web_desk.conftest import PASSWORD, DeskClient

_ARGUMENTS = {"name": "hold", "slug": "evening", "table": "days"}


def routes(web: Flask, method: str) -> list[tuple[Rule, str]]:
    """Return each route under /desk/ that takes the method, with a path of it: number 1 and any word."""
    return [
        (rule, web.url_map.bind("").build(rule.endpoint, _arguments(rule), method=method))
        for rule in web.url_map.iter_rules()
        if rule.rule.startswith("/desk/") and method in (rule.methods or ())
    ]


def browser_of(app: App, web: Flask, role: Role) -> DeskClient:
    """Return the browser of somebody with that role, signed in."""
    with app.database.writing() as rows:
        email = accounts.add_editor(
            rows, f"{role}@ledger.example", role.title(), PASSWORD, app.clock.now(), role=role
        ).email
    browser = DeskClient(web.test_client())
    browser.get("/desk/sign-in")
    browser.press("Sign in", email=email, password=PASSWORD)
    return browser


def _arguments(rule: Rule) -> dict[str, str | int]:
    return {name: _argument(rule, name) for name in rule.arguments}


def _argument(rule: Rule, name: str) -> str | int:
    is_number = isinstance(rule._converters[name], IntegerConverter)
    return 1 if is_number else _ARGUMENTS.get(name, "1")
