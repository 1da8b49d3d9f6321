"""Evaluation of SPF records as receivers do it (RFC 7208), lookups counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from newsletter.doctor.dns.macros import expanded
from newsletter.doctor.names import Names

MOST_LOOKUPS = 10  # RFC 7208, section 4.6.4; include, a, mx, ptr, exists and redirect take one each
MOST_VOIDS = 2  # lookups that find nothing, in the same section
_MOST_HOSTS = 10  # of one MX, in the same section
_ENOUGH = 60  # lookups after which counting on tells nobody anything

_VERSION = re.compile(r"v=spf1(?:\s|$)", re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9._-]*)=(?P<value>\S*)", re.IGNORECASE)
_MECHANISM = re.compile(
    r"(?P<sign>[+?~-]?)(?P<name>[a-z][a-z0-9]*)(?::(?P<domain>[^/\s]\S*?))?(?P<lengths>(?:/\d{1,3})?(?://\d{1,3})?)",
    re.IGNORECASE,
)
Address = IPv4Address | IPv6Address


class Result(StrEnum):
    """What SPF says of an address."""

    PASS = "pass"  # noqa: S105 - SPF's own word
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    ERROR = "permerror"


_SIGNS = {"": Result.PASS, "+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


class Broken(Exception):
    """The record can't be used (RFC 7208's permerror); the text says why."""


@dataclass(slots=True)
class Evaluation:
    """One evaluation. Without an address nothing matches, so that every term is looked at and counted.

    Every method raises NoAnswer.
    """

    names: Names
    address: Address | None
    sender: str
    lookups: int = 0
    voids: int = 0
    _under_way: list[str] = field(default_factory=list)

    def result(self, domain: str) -> Result:
        """Return what the domain's record says of the address. Raises Broken."""
        record = record_of(self.names, domain)
        if record is None:
            return Result.NONE
        if domain in self._under_way:
            raise Broken(f"{domain} leads back to itself")
        self._under_way.append(domain)
        try:
            return self._of_record(record, domain)
        finally:
            self._under_way.pop()

    def _of_record(self, record: str, domain: str) -> Result:
        redirect = ""
        for term in record.split()[1:]:
            if modifier := _MODIFIER.fullmatch(term):
                redirect = modifier["value"] if modifier["name"].lower() == "redirect" else redirect
                continue
            found = _MECHANISM.fullmatch(term)
            if found is None:
                raise Broken(f'"{term}" in the record of {domain} is no term of SPF')
            name = found["name"].lower()
            if name == "all":
                return _SIGNS[found["sign"]]
            if self._matches(name, found["domain"] or "", found["lengths"], domain):
                return _SIGNS[found["sign"]]
        return self._redirected(redirect, domain) if redirect else Result.NEUTRAL

    def _redirected(self, target: str, domain: str) -> Result:
        self._count()
        result = self.result(self._expanded(target, domain))
        if result is Result.NONE:
            raise Broken(f"{domain} redirects to {target}, which has no SPF record")
        return result

    def _matches(self, name: str, value: str, lengths: str, domain: str) -> bool:
        if name in {"ip4", "ip6"}:
            return self._in_network(value, lengths, domain)
        if name not in {"include", "a", "mx", "ptr", "exists"}:
            raise Broken(f'"{name}" in the record of {domain} is no mechanism of SPF')
        self._count()
        if name == "ptr":
            return False  # not to be used (section 5.5), and never what our hosts are known by
        if "%" in value and self.address is None:
            return False  # nobody knows what it expands to; it counts all the same
        target = self._expanded(value, domain) if value else domain
        if name == "include":
            return self._included(target, domain)
        if name == "exists":
            return self._counted_void(bool(self.names.addresses(target, ("A",))))
        return self._among(self._hosts(name, target), lengths)

    def _included(self, target: str, domain: str) -> bool:
        result = self.result(target)
        if result is Result.NONE:
            raise Broken(f"{domain} includes {target}, which has no SPF record")
        return result is Result.PASS

    def _hosts(self, name: str, target: str) -> tuple[str, ...]:
        if name == "a":
            found = self.names.addresses(target)
        else:
            exchanges = self.names.exchanges(target)[:_MOST_HOSTS]
            found = tuple(each for host in exchanges if host.host for each in self.names.addresses(host.host))
        self._counted_void(bool(found))
        return found

    def _among(self, hosts: tuple[str, ...], lengths: str) -> bool:
        if self.address is None:
            return False
        four, _, six = lengths.partition("//")
        length = {4: four.strip("/") or "32", 6: six or "128"}[self.address.version]
        same = [host for host in hosts if ip_address(host).version == self.address.version]
        return any(self.address in ip_network(f"{host}/{length}", strict=False) for host in same)

    def _in_network(self, value: str, lengths: str, domain: str) -> bool:
        try:
            network = ip_network(f"{value}{lengths}", strict=False)
        except ValueError:
            raise Broken(f'"{value}{lengths}" in the record of {domain} is no network') from None
        return self.address is not None and self.address.version == network.version and self.address in network

    def _expanded(self, target: str, domain: str) -> str:
        return expanded(target, domain, self.sender, str(self.address or "")).rstrip(".").lower()

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > _ENOUGH:
            raise Broken(f"it takes more than {_ENOUGH} lookups")

    def _counted_void(self, found: bool) -> bool:  # noqa: FBT001 - it is handed through
        self.voids += not found
        return found


def record_of(names: Names, domain: str) -> str | None:
    """Return the domain's SPF record. Raises Broken where it has several (section 4.5), NoAnswer."""
    found = [text for text in names.texts(domain) if _VERSION.match(text)]
    if len(found) > 1:
        raise Broken(f"{domain} has {len(found)} SPF records, and receivers then use none")
    return found[0] if found else None
