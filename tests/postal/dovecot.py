"""A Dovecot of the test's own: mailboxes over IMAP, filled over LMTP (Debian's dovecot-imapd, dovecot-lmtpd)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from imaplib import IMAP4
from pathlib import Path

from tests.postal.listening import free_port, listening, stopped

PASSWORD = "open, please"
NOBODY = 65534  # Debian's nobody and nogroup: mailboxes belong to no account

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_vsz_limit = 0
mail_location = maildir:~/mail
first_valid_uid = {nobody}
first_valid_gid = {nobody}
recipient_delimiter = +
mail_plugins = quota
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/people
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/people
}}
plugin {{
  quota = maildir:room
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@readers.example
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server and its two ports on loopback."""

    imap: int
    lmtp: int

    def mails(self, email: str) -> list[bytes]:
        """Return what is in somebody's mailbox."""
        with IMAP4("127.0.0.1", self.imap, timeout=20) as server:
            server.login(email, PASSWORD)
            server.select("INBOX", readonly=True)
            _, (found,) = server.search(None, "ALL")
            answers = [server.fetch(number, "(BODY.PEEK[])")[1][0] for number in found.split()]
        return [answer[1] for answer in answers if isinstance(answer, tuple)]


@contextmanager
def dovecot(folder: Path, people: dict[str, str]) -> Iterator[Dovecot]:
    """Run one with a mailbox for each of `people`; an address's words are its quota rule, such as `*:bytes=10`."""
    folder.mkdir()
    homes = folder / "homes"
    homes.mkdir()
    shutil.chown(homes, NOBODY, NOBODY)
    server = Dovecot(free_port(), free_port())
    (folder / "people").write_text("".join(_line(email, rule, homes) for email, rule in people.items()))
    config = folder / "dovecot.conf"
    config.write_text(CONFIG.format(folder=folder, nobody=NOBODY, imap=server.imap, lmtp=server.lmtp))
    with subprocess.Popen(["dovecot", "-F", "-c", str(config)]) as process, stopped(process):
        listening(server.imap, server.lmtp, process=process, log=folder / "dovecot.log")
        yield server


def _line(email: str, rule: str, homes: Path) -> str:
    extra = f"userdb_quota_rule={rule}" if rule else ""
    return f"{email}:{{PLAIN}}{PASSWORD}:{NOBODY}:{NOBODY}::{homes / email}::{extra}\n"
