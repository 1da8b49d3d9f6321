"""What an examination found, with a record as long as they get."""

from __future__ import annotations

from newsletter.doctor.diagnosis import Diagnosis, Health, Record, quoted
from newsletter.doctor.senders import Item, Met

FOUND = [
    Diagnosis(
        "spf", Health.STOP, "No <record>.", "Publish it.", (Record("ledger.example", "TXT", '"v=spf1 -all"'),)
    ),
    Diagnosis("spf", Health.FINE, "Two lookups."),
    Diagnosis("disk", Health.FINE, "Room enough."),
    Diagnosis(
        "dkim", Health.WARNING, "No key.", "", (Record("a._domainkey.ledger.example", "TXT", quoted("k" * 400)),)
    ),
    Diagnosis("clock", Health.UNKNOWN, "https://ledger.example tells no time to compare our clock with."),
]
RULES = [
    Item("dkim", "Gmail, Yahoo, Microsoft", "Letters are signed.", Met.NOT_MET, "There is no record."),
    Item("complaints, gmail", "Gmail, Yahoo", "Complaints stay low.", Met.UNKNOWN, "Gmail tells nobody."),
]
