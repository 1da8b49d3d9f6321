"""A Postfix of the test's own, on loopback, that knows two domains and sends nothing outside (Debian's)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.postal.listening import free_port, listening, stopped

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mx.readers.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
default_transport = error:5.7.1 nothing leaves this machine
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
virtual_alias_maps = texthash:{folder}/aliases
recipient_delimiter = +
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
lmtp_destination_recipient_limit = 1
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(folder: Path, domains: list[str], lmtp: int, aliases: Mapping[str, str]) -> Iterator[int]:
    """Run one that hands mail to `domains` over LMTP; yield its port. It takes anybody, and bounces later."""
    config = folder / "config"
    for each in (folder, config, folder / "queue", folder / "data"):
        each.mkdir()
    port = free_port()
    (folder / "aliases").write_text("".join(f"{name} {to}\n" for name, to in aliases.items()))
    (config / "main.cf").write_text(MAIN.format(folder=folder, domains=" ".join(domains), lmtp=lmtp))
    (config / "master.cf").write_text(MASTER.format(port=port))
    subprocess.run(["chown", "postfix", str(folder / "data")], check=True)
    subprocess.run(["postfix", "-c", str(config), "check"], check=True, capture_output=True)
    with subprocess.Popen(["/usr/lib/postfix/sbin/master", "-c", str(config), "-d"]) as process, stopped(process):
        listening(port, process=process, log=folder / "postfix.log")
        yield port
