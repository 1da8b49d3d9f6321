"""Whom to count together: a client's network. Pure."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def network(address: str) -> str:
    """Return an IPv4 address as it is, and of an IPv6 address the /64, as one household has a whole one.

    What is no address counts as one network of its own, so that no mistake of a proxy's opens the gate.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
