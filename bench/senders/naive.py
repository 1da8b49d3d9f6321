"""The loop a developer would write: Jinja2, premailer, EmailMessage and smtplib, all of it for every reader."""

from __future__ import annotations

import smtplib
import time
from email.message import EmailMessage
from email.policy import SMTP

from bench.clocks import processor
from bench.newsroom import draft, settings, stationery
from newsletter.rendering.inline import inline
from newsletter.rendering.issue import reader_links
from newsletter.rendering.masthead import masthead
from newsletter.rendering.phrases import load_phrases
from newsletter.rendering.printed import print_issue
from newsletter.rendering.templates import Templates
from newsletter.rendering.text import fill, tidy


def send(*, port: int, messages_: int) -> dict[str, float]:
    """Send so many messages over one connection that stays open."""
    page, paper = _Page(), stationery()
    before, cpu = time.perf_counter(), processor()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="sender.example") as client:
        for number in range(1, 1 + messages_):
            client.send_message(page.message(paper.values(number)))
    return {"seconds": time.perf_counter() - before, "cpu": processor() - cpu, "sent": messages_}


class _Page:
    """What is the same for every reader; the templates are parsed once, as Jinja2 does by itself."""

    def __init__(self) -> None:
        in_force = settings("sqlite://")
        newsletter = in_force.newsletter("evening")
        self.templates = Templates()
        phrases = load_phrases(self.templates, "en")
        self.head = masthead(newsletter, in_force.site)
        self.context = {
            "issue": print_issue(draft(), newsletter, phrases),
            "masthead": self.head,
            "phrases": phrases,
            "fill": fill,
        }

    def message(self, reader_: dict[str, str]) -> EmailMessage:
        """Render one reader's mail from the templates."""
        links = reader_links(self.head, reader_, "v" * 40)
        folder, context = "email/evening", {**self.context, "reader": reader_, "links": links}
        message = EmailMessage(policy=SMTP.clone(max_line_length=998))
        message["From"] = "The Harbour Ledger <evening@ledger.example>"
        message["To"] = reader_["to_address"]
        message["Subject"] = self.templates.render(f"{folder}/subject.txt", **context).strip()
        message["Message-ID"] = f"<{reader_['message_id']}>"
        message["List-Unsubscribe"] = f"<{links['unsubscribe']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(tidy(self.templates.render(f"{folder}/issue.txt", **context)), cte="quoted-printable")
        html = inline(self.templates.render(f"{folder}/issue.html", **context))
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        return message
