"""The mailbox: a real SMTP server on one side, pages on the other, and strangers' mail in between."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from bs4 import BeautifulSoup
from flask import Flask, request
from flask.testing import FlaskClient

from newsletter.demo.mailbox import MAXIMUM, Mailbox
from newsletter.demo.mailbox_pages import create_mailbox_pages
from newsletter.demo.server import Server
from tests.demo.conftest import ZONE

HOSTILE = "<script>alert('subject')</script> & “Ausgehen” 🌊"


@pytest.fixture
def client(mailbox: Mailbox) -> FlaskClient:
    return pages(mailbox, "http://127.0.0.1:1")


def pages(mailbox: Mailbox, own: str) -> FlaskClient:
    app = create_mailbox_pages(mailbox, zone=ZONE, picture_origins=("http://127.0.0.1:8080",), own_origins=(own,))
    return app.test_client()


def hand_over(mailbox: Mailbox, message: EmailMessage, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as smtp:
        smtp.send_message(message, "bounces@ledger.example", recipients or ["ada@example.org"])


def mail(subject: str = "Tonight", html: str = "<p>Good evening</p>", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "evening@ledger.example"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Good evening, in text")
    message.add_alternative(html, subtype="html")
    return message


def test_a_mail_is_kept_once_for_each_recipient(mailbox: Mailbox) -> None:
    hand_over(mailbox, mail(), "ada@example.org", "bea@example.org")
    assert mailbox.wait_for(lambda mails: len(mails) == 2, seconds=10)
    assert mailbox.recipients() == ["ada@example.org", "bea@example.org"]
    [kept] = mailbox.mails("ada@example.org")
    assert kept.header("Return-Path") == "<bounces@ledger.example>"
    assert sorted(path.suffix for path in mailbox.folder.iterdir()) == [".eml", ".eml"]


def test_an_internationalised_address_is_accepted(mailbox: Mailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as smtp:
        smtp.ehlo()
        options = ["SMTPUTF8", "BODY=8BITMIME"]
        smtp.sendmail("evening@ledger.example", "jürgen@example.org", "Subject: Grüße\r\n\r\n".encode(), options)
    [kept] = mailbox.mails()
    assert (kept.recipient, kept.subject) == ("jürgen@example.org", "Grüße")


def test_a_mail_that_is_too_large_is_refused(mailbox: Mailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as smtp:
        smtp.ehlo()
        with pytest.raises(smtplib.SMTPSenderRefused, match="552"):
            smtp.sendmail("evening@ledger.example", "ada@example.org", b"x" * (MAXIMUM + 1))
    assert mailbox.mails() == []


def test_the_empty_mailbox_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "No mail yet" in page
    assert 'http-equiv="refresh"' in page
    assert 'http-equiv="refresh"' not in client.get("/?still").text


def test_the_list_shows_the_newest_first_and_filters(mailbox: Mailbox, client: FlaskClient) -> None:
    hand_over(mailbox, mail("First"), "ada@example.org")
    hand_over(mailbox, mail("Second"), "bea@example.org")
    everyone = BeautifulSoup(client.get("/").text, "lxml")
    assert [tag.get_text() for tag in everyone.select(".subject")] == ["Second", "First"]
    filtered = BeautifulSoup(client.get("/?to=ada%40example.org").text, "lxml")
    assert [tag.get_text() for tag in filtered.select(".subject")] == ["First"]


def test_a_hostile_mail_is_shown_and_harms_nothing(mailbox: Mailbox, client: FlaskClient) -> None:
    hand_over(
        mailbox, mail(HOSTILE, "<script>alert(1)</script><form></form>", X_Evil="<img src=x onerror=alert(1)>")
    )
    [kept] = mailbox.mails()
    for view in ("html", "phone", "text", "headers"):
        soup = BeautifulSoup(client.get(f"/mail/{kept.name}?view={view}").text, "lxml")
        assert soup.select_one("h1").get_text() == HOSTILE  # type: ignore[union-attr]
        assert not soup.select("script, img")
        assert all("allow-scripts" not in frame["sandbox"] for frame in soup.select("iframe"))


def test_the_frame_has_its_own_policy_and_opens_new_tabs(mailbox: Mailbox, client: FlaskClient) -> None:
    hand_over(mailbox, mail(html="<html><head><title>x</title></head><body>Ja</body></html>"))
    response = client.get(f"/mail/{mailbox.mails()[0].name}/html")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "img-src data: http://127.0.0.1:8080;" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert response.text.startswith('<html><head><base target="_blank"><title>')


def test_the_file_comes_as_it_was_kept(mailbox: Mailbox, client: FlaskClient) -> None:
    hand_over(mailbox, mail())
    [kept] = mailbox.mails()
    response = client.get(f"/mail/{kept.name}/raw")
    assert response.data == (mailbox.folder / f"{kept.name}.eml").read_bytes()
    assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fetc%2Fpasswd", "20260310T160000.000000-00001-nobody"])
def test_a_mail_that_is_not_there_is_404(client: FlaskClient, name: str) -> None:
    assert client.get(f"/mail/{name}").status_code == 404


def test_a_mail_nobody_can_read_is_still_listed(mailbox: Mailbox, client: FlaskClient) -> None:
    odd = b"Subject: =?no-such-charset?q?x?= =?utf-8?b?!?=\r\nContent-Type: text/html; charset=martian\r\n\r\n"
    mailbox.keep("", ["ada@example.org"], odd + b"<p>\xe9\r\n")
    [kept] = mailbox.mails()
    assert client.get(f"/mail/{kept.name}").status_code == 200
    assert "é" in client.get(f"/mail/{kept.name}/html").text


class Leaving:
    """Pages that take a one-click unsubscription and remember what came."""

    def __init__(self) -> None:
        self.posts: list[dict[str, str]] = []
        self.app = Flask("leaving")
        self.app.add_url_rule("/unsubscribe/abc", view_func=self.take, methods=["POST"])
        self.app.add_url_rule(
            "/unsubscribe/moved", view_func=lambda: ("", 302, {"Location": "/"}), methods=["POST"]
        )

    def take(self) -> str:
        self.posts.append(request.form.to_dict())
        return "gone"


@pytest.fixture
def leaving() -> Iterator[tuple[Leaving, str]]:
    pages = Leaving()
    with Server() as server:
        server.start(pages.app)
        yield pages, server.url


def one_click(mailbox: Mailbox, url: str) -> str:
    headers = {"List_Unsubscribe": f"<{url}>, <mailto:x@ledger.example>"}
    hand_over(mailbox, mail(**headers, List_Unsubscribe_Post="List-Unsubscribe=One-Click"))
    return f"/mail/{mailbox.mails()[0].name}"


def test_one_click_posts_as_a_mailbox_provider_does(mailbox: Mailbox, leaving: tuple[Leaving, str]) -> None:
    pages_left, origin = leaving
    client = pages(mailbox, origin)
    path = one_click(mailbox, f"{origin}/unsubscribe/abc")
    assert "Unsubscribe with one click" in client.get(path).text
    assert "answered 200" in client.post(f"{path}/unsubscribe").text
    assert pages_left.posts == [{"List-Unsubscribe": "One-Click"}]


def test_a_redirect_is_no_success(mailbox: Mailbox, leaving: tuple[Leaving, str]) -> None:
    origin = leaving[1]
    path = one_click(mailbox, f"{origin}/unsubscribe/moved")
    assert "would count that as a failure" in pages(mailbox, origin).post(f"{path}/unsubscribe").text


def test_one_click_goes_nowhere_else(mailbox: Mailbox, client: FlaskClient) -> None:
    path = one_click(mailbox, "http://127.0.0.1:9/unsubscribe/abc")
    assert client.post(f"{path}/unsubscribe").status_code == 400
    cross = client.post(f"{path}/unsubscribe", headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403
