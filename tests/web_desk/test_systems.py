"""Keys and webhooks at the desk."""

from __future__ import annotations

from sqlalchemy import select

from newsletter.app import App
from newsletter.web.api import keys
from newsletter.web.api.tables import ApiKey
from newsletter.webhooks.tables import WebhookEndpoint
from tests.web_desk.conftest import EMAIL, DeskClient

URL = "https://127.0.0.1/hooks"


def add_webhook(desk: DeskClient, **fields: str) -> str:
    """Add a webhook and return its secret."""
    desk.get("/desk/webhooks")
    desk.press("Add the webhook", **{"url": URL, "events": "subscription.confirmed"} | fields)
    return desk.soup.select(".secret")[0].get_text() if desk.soup.select(".secret") else ""


def test_a_key_is_made_and_shown_once(app: App, desk: DeskClient) -> None:
    assert "There is no key yet." in desk.get("/desk/keys").text
    desk.press("Make a key", name="Shop", scopes="readers:read")
    text = desk.soup.select(".secret")[0].get_text()
    with app.database.reading() as rows:
        caller = keys.recognise(rows, text)
        assert rows.scalars(select(ApiKey.created_by)).one() == EMAIL
    assert caller is not None
    assert (caller.name, set(caller.scopes)) == ("Shop", {"readers:read"})
    assert text not in desk.get("/desk/keys").text


def test_a_key_that_cannot_be_is_refused_in_words(desk: DeskClient) -> None:
    desk.get("/desk/keys")
    assert desk.press("Make a key", name="  ", scopes="readers:read").status_code == 422
    assert "A key needs a name of at most 100 characters" in desk.words
    desk.get("/desk/keys")
    desk.press("Make a key", name="Shop", scopes="everything")
    assert 'There is no scope "everything"' in desk.words


def test_a_key_is_revoked(app: App, desk: DeskClient) -> None:
    desk.get("/desk/keys")
    desk.press("Make a key", name="Shop", scopes="readers:read")
    text = desk.soup.select(".secret")[0].get_text()
    desk.press("Revoke Shop")
    desk.follow()
    assert "The key “Shop” is revoked." in desk.words
    with app.database.reading() as rows:
        assert keys.recognise(rows, text) is None


def test_a_webhook_is_added_given_a_new_secret_and_removed(app: App, desk: DeskClient) -> None:
    first = add_webhook(desk)
    assert first.startswith("whsec_")
    desk.press("Make a new secret")
    assert desk.soup.select(".secret")[0].get_text() not in {"", first}
    assert "For a day the former secret is good as well." in desk.words
    desk.press("Remove it")
    desk.follow()
    assert "There is no webhook yet." in desk.words
    with app.database.reading() as rows:
        assert rows.scalars(select(WebhookEndpoint)).all() == []


def test_a_test_tells_what_came_back(desk: DeskClient) -> None:
    add_webhook(desk)
    desk.press("Send a test")
    desk.follow()
    assert "It did not take the test message. The host 127.0.0.1 has the address" in desk.words


def test_one_that_is_disabled_is_set_going_again(app: App, desk: DeskClient) -> None:
    add_webhook(desk)
    with app.database.writing() as rows:
        endpoint = rows.get_one(WebhookEndpoint, 1)
        endpoint.disabled_at, endpoint.trouble = app.clock.now(), "Answered 410."
    assert "webhook is disabled" in " ".join(desk.get("/desk/").text.split())
    desk.get("/desk/webhooks")
    assert "Disabled" in desk.words
    desk.press("Enable")
    desk.follow()
    assert "Works" in desk.words


def test_an_address_that_cannot_be_is_refused_in_words(desk: DeskClient) -> None:
    assert add_webhook(desk, url="http://shop.example/") == ""
    assert "begins with https://" in desk.words


def test_what_is_not_there_is_told_so(desk: DeskClient) -> None:
    desk.get("/desk/")
    token = str(desk.soup.select("[name=csrf_token]")[0]["value"])
    for path in (
        "keys/9/revoke",
        "webhooks/9/test",
        "webhooks/9/rotate",
        "webhooks/9/enable",
        "webhooks/9/remove",
    ):
        assert desk.post(f"/desk/{path}", csrf_token=token).status_code == 404, path
