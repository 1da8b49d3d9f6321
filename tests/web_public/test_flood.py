"""A flood of sign-ups through a real server, with mail by SMTP: the brake holds, an honest reader gets in."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.demo.browser import Browser
from newsletter.settings import SignupSettings, TransportSettings, WebSettings
from newsletter.web.app import create_web
from tests.smtp_server import SmtpServer, smtp_server

NETWORKS, POSTS_OF_EACH = 20, 50
VICTIM = "victim@reader.example"
HONEST = "ada@reader.example"


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@dataclass
class Newsroom:
    """The pages behind one proxy, with what a newsroom has by default against abuse, and its mail."""

    app: App
    url: str
    smtp: SmtpServer
    sent: list[tuple[datetime, str]] = field(default_factory=list)

    def tick(self) -> None:
        """Send the mail that may leave, as the daemon does every two seconds."""
        known = len(self.smtp.accepted)
        self.app.send_notices(stop=lambda: False)
        now = self.app.clock.now()
        self.sent += [(now, mail.recipient) for mail in self.smtp.accepted[known:]]
        self.app.clock.sleep(2)

    def flood(self, networks: range) -> Counter[int]:
        """Sign many addresses up from these networks, and one victim from each; return the answers' statuses."""
        with ThreadPoolExecutor(4) as pool:
            return sum(pool.map(self._robot, networks), Counter())

    def _robot(self, network: int) -> Counter[int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        statuses: Counter[int] = Counter()
        with closing(http.client.HTTPConnection(host, int(port), timeout=60)) as line:
            for number in range(POSTS_OF_EACH):
                email = VICTIM if number == 0 else f"r{network}.{number}@d{network}.example"
                headers = {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "X-Forwarded-For": f"198.51.100.{number}, 203.0.113.{network}",  # the first is made up
                }
                line.request("POST", "/subscribe/evening", urlencode({"email": email}), headers)
                answer = line.getresponse()
                answer.read()
                statuses[answer.status] += 1
        return statuses


@pytest.fixture
def newsroom(app: App, clock: SetClock) -> Iterator[Newsroom]:
    words = app.settings.signup
    signup = SignupSettings(words.consent_text, words.consent_version, minimum_time=timedelta(0))
    with smtp_server() as smtp:
        way = TransportSettings("smtp", "127.0.0.1", smtp.port, security="none")
        settings = replace(app.settings, signup=signup, transport=way, web=WebSettings(trusted_proxies=1))
        there = replace(app, settings=settings)
        with _served(there) as url:
            yield Newsroom(there, url, smtp)


@contextmanager
def _served(app: App) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_web(app), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_during_a_flood_an_honest_reader_gets_in_and_the_brake_holds(newsroom: Newsroom) -> None:
    statuses = newsroom.flood(range(NETWORKS // 2))
    newsroom.tick()
    ada = Browser()
    ada.opener.addheaders.append(("X-Forwarded-For", "192.0.2.77"))
    answer = ada.send(ada.open(f"{newsroom.url}/subscribe/evening").form(), email=HONEST)
    asked_at = newsroom.app.clock.now()
    assert "Look into your mailbox" in answer.html
    statuses += newsroom.flood(range(NETWORKS // 2, NETWORKS))
    for _ in range(30):
        newsroom.tick()
    assert statuses == {200: 40 * NETWORKS - (NETWORKS - 10), 429: 10 * NETWORKS + (NETWORKS - 10)}
    arrived = [moment for moment, recipient in newsroom.sent if recipient == HONEST]
    assert len(arrived) == 1
    assert arrived[0] - asked_at <= timedelta(seconds=10)  # behind one mail of each of the ten networks before
    per_minute = Counter(moment.replace(second=0) for moment, _ in newsroom.sent)
    assert list(per_minute.values()) == [60, 5]
    assert sum(recipient == VICTIM for _, recipient in newsroom.sent) == 1
