"""What there is to object to a domain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from newsletter.mail_domains.disposable import DisposableDomains
from newsletter.mail_domains.lookup import Lookup


class Objection(StrEnum):
    """Why a domain's addresses are not taken."""

    DISPOSABLE = "disposable"
    NO_MAIL = "no_mail"


@dataclass(frozen=True, slots=True)
class MailDomains:
    """Judges domains by a list and by DNS, each only where there is one."""

    disposable: DisposableDomains | None = None
    lookup: Lookup | None = None

    def objection(self, domain: str) -> Objection | None:
        """Return why addresses at the domain are not to be taken, None where nothing is known against it."""
        if self.disposable and self.disposable.holds(domain):
            return Objection.DISPOSABLE
        if self.lookup and not self.lookup.may_receive(domain):
            return Objection.NO_MAIL
        return None
