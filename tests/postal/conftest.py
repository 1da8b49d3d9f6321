"""A newsroom whose letters go through a Postfix into mailboxes, and whose bounces come back the same way."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from newsletter.clock import SystemClock
from newsletter.domain.dkim_key import new_key
from tests.cli.conftest import CONFIG, Place, write_stories
from tests.postal.dovecot import PASSWORD, Dovecot, dovecot
from tests.postal.postfix import postfix

BOUNCES = "bounces@back.ledger.example"
PEOPLE = {"ada@readers.example": "", "full@readers.example": "*:bytes=10", BOUNCES: ""}
ALIASES = {"forward@readers.example": "long-gone@readers.example"}
SERVERS = """
[transport]
kind = "smtp"
host = "127.0.0.1"
port = {smtp}
security = "none"

[dkim]
domain = "ledger.example"
selector = "ed"
key_file = "ed.pem"

[feedback]
return_path = "{bounces}"

[feedback.mailbox]
kind = "imap"
host = "127.0.0.1"
port = {imap}
security = "none"
username = "{bounces}"
password_file = "imap.password"
"""


@dataclass(frozen=True)
class Town:
    """The newsroom, and the mailboxes."""

    place: Place
    dovecot: Dovecot


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """Servers need a short path that others than its owner may enter, which pytest's folders are not."""
    if os.geteuid() != 0 or not all(shutil.which(name) for name in ("postfix", "dovecot")):
        pytest.skip("needs root, and Debian's postfix, dovecot-imapd and dovecot-lmtpd")
    with TemporaryDirectory(prefix="postal-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with (
            dovecot(folder / "dovecot", PEOPLE) as mailboxes,
            postfix(
                folder / "postfix", ["readers.example", "back.ledger.example"], mailboxes.lmtp, ALIASES
            ) as smtp,
        ):
            yield Town(_newsroom(folder / "newsroom", smtp, mailboxes.imap), mailboxes)


def _newsroom(folder: Path, smtp: int, imap: int) -> Place:
    folder.mkdir()
    servers = SERVERS.format(smtp=smtp, imap=imap, bounces=BOUNCES)
    before, after = CONFIG.split('[transport]\nkind = "directory"\npath = "outbox"\n')
    (folder / "config.toml").write_text(before + servers + after)
    (folder / "secret.key").write_text("k" * 43)
    (folder / "imap.password").write_text(PASSWORD)
    (folder / "ed.pem").write_bytes(new_key(rsa=False))
    write_stories(folder / "stories", SystemClock().now() - timedelta(hours=1))
    return Place(folder)
