"""Mails as they come back, in the forms that mail servers give them. The texts are of our own making."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

READER = "reader1@reader.example"
RETURNED = (
    "From: The Harbour Ledger <evening@ledger.example>\r\n"
    f"To: {READER}\r\nSubject: The night ferry comes back\r\n"
    "Message-ID: <00112233445566778899aabbccddeeff@ledger.example>\r\n"
)


def plain(subject: str, text: str, sender: str = "MAILER-DAEMON@mx.reader.example", **headers: str) -> bytes:
    """A bounce of no standard form, or any other mail."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, "bounces@ledger.example", subject
    for name, words in headers.items():
        message[name.replace("_", "-")] = words
    message.set_content(text)
    return message.as_bytes()


def notification(
    status: str, diagnostic: str, *, action: str = "failed", text: str = "", to: str = READER
) -> bytes:
    """RFC 3464."""
    explained = text or "Your message could not be delivered to one or more recipients."
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mx.reader.example>\r\n"
        "To: bounces@ledger.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Date: Tue, 10 Mar 2026 17:05:00 +0100\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{explained}\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.reader.example\r\n\r\n"
        f"Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n"
        + (f"Diagnostic-Code: smtp; {diagnostic}\r\n" if diagnostic else "")
        + f"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{RETURNED}\r\n--b--\r\n"
    ).encode()


def complaint(kind: str = "abuse") -> bytes:
    """RFC 5965."""
    return (
        "From: Feedback Loop <fbl@mail.example>\r\nTo: bounces@ledger.example\r\nSubject: FW: The night ferry\r\n"
        "Date: Tue, 10 Mar 2026 18:05:00 +0100\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is a report of an abusive message.\r\n"
        f"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nUser-Agent: Loop/1.0\r\n"
        f"Version: 1\r\nOriginal-Rcpt-To: {READER}\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{RETURNED}\r\nNews.\r\n--b--\r\n"
    ).encode()


def to_reference(raw: bytes, reference: str) -> bytes:
    """Let a mail arrive at the return path that names a delivery."""
    return f"Delivered-To: bounces+{reference}@ledger.example\r\n".encode() + raw


PERMANENT = {
    "postfix": notification(
        "5.1.1", f"550 5.1.1 <{READER}>: Recipient address rejected: User unknown in virtual table"
    ),
    "exim": plain(
        "Mail delivery failed: returning message to sender",
        "A message that you sent could not be delivered to one or more of its\nrecipients. This is a\n"
        "permanent error.\n\n"
        f"  {READER}\n    host mx.reader.example [192.0.2.1]\n"
        "    SMTP error from remote mail server after RCPT TO:\n    550 No such recipient here\n",
    ),
    "qmail": plain(
        "failure notice",
        "Hi. This is the qmail-send program at mx.reader.example.\nI wasn't able to deliver your message.\n\n"
        f"<{READER}>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
    ),
    "vague code": notification("5.0.0", "550 Mailbox not found"),
    "vague subject": notification("5.1.0", "550 5.1.0 Address unknown to this server"),
    "big provider": notification("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist."),
    "exchange": notification(
        "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP lookup"
    ),
    "disabled": notification("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled"),
    "no domain": notification(
        "5.1.2", "", text="Host or domain name not found. Name service error for reader.example"
    ),
    "german": plain(
        "Unzustellbar: Die Nachtfähre", f"Der Empfänger {READER} existiert nicht.", "postmaster@post.example"
    ),
    "no such user": notification("5.5.0", "550 Requested action not taken: no such user"),
    "of an evening about a virus": plain(
        "Undeliverable: A virus in the harbour",
        f"Your message\n  To: {READER}\n  Subject: A virus in the harbour\ndid not reach its recipient.\n"
        "The recipient name is not recognised\n",
        "The Post Office <admin@post.example>",
    ),
    "without a reason": plain(
        "Delivery Status Notification (Failure)",
        f"Delivery to the following recipient failed permanently:\n\n     {READER}\n",
        "Post <robot@post.example>",
    ),
    "mailbox unavailable": plain(
        "Returned mail", f"<{READER}>: mailbox unavailable. [code 550]\n", "Post <robot@post.example>"
    ),
    "abandoned": plain("Undelivered mail", f"The mail to {READER} was not collected within 30 days.\n"),
    "moved": notification("5.1.6", "550 5.1.6 recipient no longer on server"),
}
TRANSIENT = {
    "full": notification("5.2.2", "552 5.2.2 The email account that you tried to reach is over quota"),
    "full, said wrongly": notification("5.1.1", "550 5.1.1 user mailbox is full"),
    "gave up": notification("4.4.7", "", text="Delivery time expired: connection timed out"),
    "gave up, permanent code": notification(
        "5.4.7", "554 5.4.7 message expired, connection refused by mx.reader.example"
    ),
    "system": notification("4.3.0", "451 4.3.0 temporary system problem, try again later"),
    "no route": notification("4.4.1", "", text="connect to mx.reader.example: No route to host"),
    "no name server": plain(
        "Undelivered Mail Returned to Sender",
        f"Your message could not be delivered to one or more destinations.\n<{READER}>: Name service error for "
        "post.example: Host not found, try again\n",
    ),
    "exim, given up": plain(
        "Mail delivery failed: returning message to sender",
        f"  {READER}\n    retry timeout exceeded, mailbox of the user is full\n",
    ),
}
OF_THE_MESSAGE = {
    "spam": notification("5.7.1", "550 5.7.1 Message rejected as spam by content filtering"),
    "dmarc": notification(
        "5.7.26", "550-5.7.26 Unauthenticated email from ledger.example is not accepted due to DMARC policy"
    ),
    "too big": notification("5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
    "block list": notification(
        "5.0.0", "554 Service unavailable; client host [192.0.2.5] blocked using a block list"
    ),
    "policy, as unknown user": notification(
        "5.7.1", "550 5.7.1 Recipient not authorized, your IP has been found on a blocklist"
    ),
}
HARMLESS = {
    "delivered": notification("2.0.0", "250 OK", action="delivered"),
    "relayed": notification("2.0.0", "", action="relayed"),
    "delayed": notification("4.4.1", "connect: connection timed out", action="delayed", text="Will keep trying."),
    "still trying": plain(
        "Warning: message delayed 24 hours",
        f"The message to {READER} has not been delivered yet: connection timed out.\nIt will be retried.",
    ),
    "away": plain(
        "Out of office: The night ferry",
        "I am back on Monday.",
        "Ada <ada@reader.example>",
        Auto_Submitted="auto-replied",
    ),
    "away, unmarked": plain("Abwesenheitsnotiz: Die Nachtfähre", "Ich bin im Urlaub.", "Ada <ada@reader.example>"),
    "vacation, old": plain("Re: The night ferry", "Gone fishing.", "Ada <ada@reader.example>", X_Autoreply="yes"),
    "challenge": plain(
        "Please confirm your message", "Click to prove that you are human.", "guard@reader.example"
    ),
}
STRANGE = {
    "empty": b"",
    "nothing but a body": b"\r\nhello",
    "a person": plain("About the ferry", "I liked your story very much.", "Ada <ada@reader.example>"),
    "unknown charset": b"From: a@b.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe hello",
    "broken report": b"From: MAILER-DAEMON@x.example\r\nContent-Type: multipart/report; boundary=z\r\n\r\n--z\r\n",
    "octets": bytes(range(256)) * 4,
}
