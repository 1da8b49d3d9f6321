"""`[doctor]`: what the checks of deliverability can't find out by themselves."""

from __future__ import annotations

from ipaddress import ip_address

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.settings import DoctorSettings


def doctor(table: Table) -> DoctorSettings:
    """Return who is asked, and where our mail comes from."""
    settings = DoctorSettings(
        name_server=table.optional("name_server", _name_server, ""),
        sending_addresses=table.optional("sending_addresses", _addresses, ()),
    )
    table.finish()
    return settings


def _name_server(value: object) -> str:
    """Return the address of a name server, with or without a port; one of IPv6 with a port in brackets."""
    written = values.text(value)
    host, _, port = written.rpartition("]:" if written.startswith("[") else ":")
    if written.count(":") != 1 and not written.startswith("["):
        host, port = written, "53"
    try:
        ip_address(host.strip("[]"))
        fits = 1 <= int(port) <= 65535
    except ValueError:
        fits = False
    if not fits:
        raise values.Expected('the address of a name server such as "192.0.2.53" or "127.0.0.1:5353"')
    return written


def _addresses(value: object) -> tuple[str, ...]:
    expected = values.Expected('a list of IP addresses such as ["192.0.2.25"]')
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise expected
    try:
        return tuple(str(ip_address(each)) for each in value)
    except ValueError:
        raise expected from None
