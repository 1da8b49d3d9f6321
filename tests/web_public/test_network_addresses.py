"""Where the newsroom keeps no network addresses, none is ever written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from newsletter.app import App
from newsletter.settings import PrivacySettings
from newsletter.web.app import create_web
from subscribers.tokens import Purpose
from tests.web_public.conftest import Reader


def test_a_network_address_that_is_not_kept_is_never_written(app: App) -> None:
    app = replace(app, settings=replace(app.settings, privacy=PrivacySettings(timedelta(0))))
    reader = Reader(app, create_web(app).test_client())
    for path in ("/subscribe/evening", reader.link(Purpose.CONFIRM, 1), reader.link(Purpose.UNSUBSCRIBE, 1)):
        reader.http.post(path, data={"email": "ada@home.example"}, environ_base={"REMOTE_ADDR": "192.0.2.9"})
        assert reader.last_event().network_address == ""
    assert reader.last_event().event == "unsubscribed"
