"""The mailbox as pages: who got what, and each mail as a mail program shows it.

A mail is a stranger's HTML: it is shown in a sandboxed frame whose own policy allows pictures from the demo's
newsroom and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPDefaultErrorHandler, HTTPErrorProcessor, HTTPHandler, OpenerDirector, Request

from flask import Flask, Response, abort, make_response, render_template, request

from newsletter.demo.mailbox import Mail, Mailbox

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none'"
)
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_VIEWS = ("html", "phone", "text", "headers")


def create_mailbox_pages(
    mailbox: Mailbox, *, zone: tzinfo, picture_origins: Sequence[str], own_origins: Sequence[str]
) -> Flask:
    """Return the mailbox's pages.

    Times are shown in `zone`. Mails may load pictures from `picture_origins`; one-click unsubscribing posts to
    `own_origins` and nowhere else. An origin is scheme, host and port.
    """
    app = Flask(__name__, template_folder="templates/mailbox", static_folder=None)
    app.jinja_env.filters["moment"] = lambda moment: f"{moment.astimezone(zone):%d %b, %H:%M:%S}"
    _add_list(app, mailbox)
    _add_mail(app, mailbox, picture_origins)
    _add_unsubscribe(app, mailbox, frozenset(own_origins))

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-cache"
        return response

    return app


def _add_list(app: Flask, mailbox: Mailbox) -> None:
    @app.get("/")
    def overview() -> str:
        to = request.args.get("to", "")
        return render_template(
            "list.html",
            mails=mailbox.mails(to),
            recipients=mailbox.recipients(),
            to=to,
            still="still" in request.args,
            folder=mailbox.folder.resolve(),
        )

    @app.get("/mailbox.css")
    def style() -> Response:
        response = make_response(render_template("mailbox.css"))
        response.headers["Content-Type"] = "text/css; charset=utf-8"
        return response


def _add_mail(app: Flask, mailbox: Mailbox, picture_origins: Sequence[str]) -> None:
    policy = (
        f"default-src 'none'; img-src data: {' '.join(picture_origins)}; style-src 'unsafe-inline'; "
        f"form-action 'none'; frame-ancestors 'self'; sandbox {_SANDBOX}"
    )

    @app.get("/mail/<name>")
    def mail(name: str) -> str:
        return _page(_mail(mailbox, name), request.args.get("view", "html"))

    @app.get("/mail/<name>/html")
    def frame(name: str) -> Response:
        response = make_response(opening_new_tabs(_mail(mailbox, name).text("html")))
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        response.headers["Content-Security-Policy"] = policy
        return response

    @app.get("/mail/<name>/raw")
    def raw(name: str) -> Response:
        mail = _mail(mailbox, name)
        response = make_response(mail.raw)
        response.headers["Content-Type"] = "message/rfc822"
        response.headers["Content-Disposition"] = f'attachment; filename="{mail.name}.eml"'
        return response


def _add_unsubscribe(app: Flask, mailbox: Mailbox, own_origins: frozenset[str]) -> None:
    @app.post("/mail/<name>/unsubscribe")
    def unsubscribe(name: str) -> str:
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            abort(403)
        mail = _mail(mailbox, name)
        url = one_click_url(mail)
        if not url or _origin(url) not in own_origins:
            abort(400, "This mail's one-click address is not one of the demo's own pages.")
        return _page(mail, "headers", answer=_post_one_click(url))


def one_click_url(mail: Mail) -> str:
    """Return where one click unsubscribes (RFC 8058), or nothing when the mail does not offer it."""
    if mail.header("List-Unsubscribe-Post").replace(" ", "").lower() != "list-unsubscribe=one-click":
        return ""
    found = re.search(r"<(https?://[^>\s]+)>", mail.header("List-Unsubscribe"))
    return found[1] if found else ""


def opening_new_tabs(html: str) -> str:
    """Return the mail's HTML with its links made to open outside the frame."""
    base = '<base target="_blank">'
    changed, found = re.subn(r"(<head\b[^>]*>)", rf"\1{base}", html, count=1, flags=re.IGNORECASE)
    return changed if found else base + html


def _page(mail: Mail, view: str, answer: str = "") -> str:
    return render_template(
        "mail.html",
        mail=mail,
        view=view if view in _VIEWS else "html",
        one_click=one_click_url(mail),
        answer=answer,
        sandbox=_SANDBOX,
    )


def _mail(mailbox: Mailbox, name: str) -> Mail:
    try:
        return mailbox.mail(name)
    except KeyError:
        abort(404)


def _post_one_click(url: str) -> str:
    # RFC 8058 section 3.2: the body is this one field, no cookies go along, and a redirect is no success.
    opener = OpenerDirector()
    for handler in (HTTPHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    post = Request(url, data=b"List-Unsubscribe=One-Click", method="POST")  # noqa: S310 - the origin was checked
    try:
        with opener.open(post, timeout=20) as response:
            return f"The newsletter answered {response.status}. This reader gets no further issue."
    except HTTPError as error:
        error.close()
        return f"The newsletter answered {error.code}. A mailbox provider would count that as a failure."
    except (URLError, HTTPException, OSError) as error:
        return f"The newsletter did not answer: {error}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
