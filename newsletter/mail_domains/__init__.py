"""Whether addresses at a domain are worth a confirmation mail: it is no throw-away one, and can receive mail.

Only what is certain refuses anybody. A list that can't be read, or DNS that is slow or silent, stops nobody from
signing up.
"""

from newsletter.mail_domains.disposable import DisposableDomains
from newsletter.mail_domains.lookup import Lookup
from newsletter.mail_domains.objections import MailDomains, Objection

__all__ = ["DisposableDomains", "Lookup", "MailDomains", "Objection"]
