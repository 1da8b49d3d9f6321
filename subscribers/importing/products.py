"""What the exports of other products look like: their columns, and what they say of a reader. Pure.

Names of columns are compared folded: lower case, and `_`, `-` and `.` as spaces. Of several columns for one thing
the first one listed here is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Elsewhere(StrEnum):
    """How a reader stands at the product that the file came from."""

    SUBSCRIBED = "subscribed"
    UNCONFIRMED = "unconfirmed"
    UNSUBSCRIBED = "unsubscribed"
    REMOVED = "removed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    BARRED = "barred"


@dataclass(frozen=True, slots=True)
class Product:
    """One product's export. It is known by all the columns of one of its `signatures`.

    `statuses` are the words of its status column; `marks` are columns that say how a reader stands by holding
    anything; `files` are beginnings of file names that say it of every row. `caution` is what its file leaves out.
    """

    name: str
    signatures: tuple[frozenset[str], ...]
    columns: Mapping[str, str]
    statuses: Mapping[str, Elsewhere] = field(default_factory=dict)
    marks: Mapping[str, Elsewhere] = field(default_factory=dict)
    files: Mapping[str, Elsewhere] = field(default_factory=dict)
    caution: str = ""

    @property
    def named(self) -> str:
        """What the file is, in words."""
        return f"an export of {self.name}" if self.signatures else self.name


_YES = dict.fromkeys(("true", "yes", "1"), Elsewhere.SUBSCRIBED)
_NO = dict.fromkeys(("false", "no", "0"), Elsewhere.UNSUBSCRIBED)

OURS = Product(
    "newsletter",
    (frozenset({"newsletter", "state", "suppressed"}),),
    {
        "email": "email", "name": "name", "newsletter": "newsletter", "state": "status", "sections": "sections",
        "language": "language", "time zone": "time_zone", "frequency": "frequency", "hour": "hour",
        "created at": "agreed_at", "suppressed": "suppressed",
    },
    {
        "active": Elsewhere.SUBSCRIBED, "pending": Elsewhere.UNCONFIRMED, "unsubscribed": Elsewhere.UNSUBSCRIBED,
        "removed": Elsewhere.REMOVED, "bounced": Elsewhere.BOUNCED, "complained": Elsewhere.COMPLAINED,
        "by hand": Elsewhere.BARRED, "erased": Elsewhere.BARRED,
    },
)  # fmt: skip

# Each part of an audience is a file of its own; only the names of the files say which.
MAILCHIMP = Product(
    "Mailchimp",
    (frozenset({"leid", "euid"}), frozenset({"member rating", "optin time"})),
    {
        "email address": "email", "email": "email", "name": "name", "full name": "name",
        "first name": "first_name", "last name": "last_name", "language": "language", "timezone": "time_zone",
        "confirm time": "agreed_at",
        "optin time": "agreed_at", "confirm ip": "network_address", "optin ip": "network_address",
    },
    marks={
        "unsub time": Elsewhere.UNSUBSCRIBED, "unsub campaign id": Elsewhere.UNSUBSCRIBED,
        "clean time": Elsewhere.BOUNCED, "clean campaign id": Elsewhere.BOUNCED,
    },
    files={
        "unsubscribed": Elsewhere.UNSUBSCRIBED, "cleaned": Elsewhere.BOUNCED,
        "nonsubscribed": Elsewhere.UNCONFIRMED, "non subscribed": Elsewhere.UNCONFIRMED,
    },
)  # fmt: skip

# `active_subscription` is about paying.
SUBSTACK = Product(
    "Substack",
    (frozenset({"active subscription", "expiry"}), frozenset({"active subscription", "email disabled"})),
    {"email": "email", "name": "name", "created at": "agreed_at", "email disabled": "status"},
    {"true": Elsewhere.UNSUBSCRIBED, "false": Elsewhere.SUBSCRIBED},
)

GHOST = Product(
    "Ghost",
    (frozenset({"subscribed to emails", "complimentary plan"}), frozenset({"subscribed to emails", "labels"})),
    {"email": "email", "name": "name", "created at": "agreed_at", "subscribed to emails": "status"},
    _YES | _NO,
    marks={"deleted at": Elsewhere.UNSUBSCRIBED},
)

LISTMONK = Product(
    "listmonk",
    (frozenset({"uuid", "attributes", "status"}),),
    {"email": "email", "name": "name", "status": "status", "created at": "agreed_at"},
    {
        "enabled": Elsewhere.SUBSCRIBED, "disabled": Elsewhere.UNSUBSCRIBED, "blocklisted": Elsewhere.BARRED,
        "blacklisted": Elsewhere.BARRED,
    },
    caution="listmonk's file does not say who has left a single list: they are still \"enabled\" there. Export "
    "the list's confirmed subscribers only, and those who left as a second file.",
)  # fmt: skip

_PAYING = (
    "regular",
    "premium",
    "paid",
    "trialed",
    "unpaid",
    "gifted",
    "churning",
    "churned",
    "paused",
    "past due",
)
BUTTONDOWN = Product(
    "Buttondown",
    (
        frozenset({"email address", "type", "creation date"}), frozenset({"email", "type", "creation date"}),
        frozenset({"email", "subscriber type"}), frozenset({"email address", "subscriber type"}),
    ),
    {
        "email address": "email", "email": "email", "name": "name", "type": "status", "subscriber type": "status",
        "creation date": "agreed_at", "subscription date": "agreed_at", "ip address": "network_address",
    },
    {
        **dict.fromkeys(_PAYING, Elsewhere.SUBSCRIBED), "unactivated": Elsewhere.UNCONFIRMED,
        "unsubscribed": Elsewhere.UNSUBSCRIBED, "removed": Elsewhere.UNSUBSCRIBED, "spammy": Elsewhere.BARRED,
        "blocked": Elsewhere.BARRED, "undeliverable": Elsewhere.BOUNCED, "complained": Elsewhere.COMPLAINED,
    },
    marks={
        "unsubscription date": Elsewhere.UNSUBSCRIBED, "undeliverability date": Elsewhere.BOUNCED,
    },
)  # fmt: skip

_WORDS = {  # what plain lists call their columns, in English, German, French and Spanish
    "email": (
        "email", "e mail", "email address", "e mail address", "emailaddress", "e mail adresse", "email adresse",
        "emailadresse", "adresse e mail", "adresse email", "adresse mail", "adresse électronique", "courriel",
        "correo electrónico", "correo electronico", "correo", "dirección de correo", "mail", "mailadresse",
        "mail address", "subscriber", "address",
    ),
    "name": (
        "name", "full name", "fullname", "vollständiger name", "nom complet", "nombre completo",
        "nombre y apellidos",
    ),
    "first_name": ("first name", "firstname", "given name", "vorname", "prénom", "prenom", "nombre"),
    "last_name": (
        "last name", "lastname", "surname", "family name", "nachname", "familienname", "nom", "nom de famille",
        "apellidos", "apellido",
    ),
    "sections": (
        "sections", "section", "topics", "ressorts", "ressort", "rubriken", "rubrik", "rubriques", "rubrique",
        "secciones", "sección", "seccion",
    ),
    "language": ("language", "lang", "locale", "sprache", "langue", "idioma", "lengua"),
    "time_zone": ("time zone", "timezone", "zeitzone", "fuseau horaire", "zona horaria", "huso horario"),
    "status": (
        "status", "subscription status", "subscribed", "abostatus", "statut", "estado de suscripción", "estado",
    ),
    "agreed_at": (
        "confirmed at", "confirmation date", "confirm time", "agreed at", "opt in date", "optin date",
        "opt in time", "optin time", "subscribed at", "subscription date", "subscribe date", "sign up date",
        "signup date",
        "signed up at", "signed up", "date added", "created at", "created", "anmeldedatum", "angemeldet am",
        "date d'inscription", "inscrit le", "fecha de alta", "fecha de suscripción",
    ),
    "network_address": (
        "confirm ip", "opt in ip", "optin ip", "signup ip", "sign up ip", "ip address", "ip", "ip adresse",
        "adresse ip", "dirección ip",
    ),
}  # fmt: skip
_STATUSES = {
    Elsewhere.SUBSCRIBED: (
        "subscribed", "active", "enabled", "confirmed", "regular", "true", "yes", "1", "ja", "oui", "sí", "si",
        "aktiv", "angemeldet", "bestätigt", "actif", "abonné", "inscrit", "confirmé", "activo", "suscrito",
        "confirmado",
    ),
    Elsewhere.UNCONFIRMED: (
        "unconfirmed", "pending", "unactivated", "non subscribed", "unbestätigt", "en attente", "non confirmé",
        "pendiente",
    ),
    Elsewhere.UNSUBSCRIBED: (
        "unsubscribed", "inactive", "disabled", "left", "opted out", "opt out", "false", "no", "0", "nein", "non",
        "abgemeldet", "inaktiv", "désabonné", "désinscrit", "inactif", "dado de baja", "baja", "inactivo",
        "deleted", "removed",
    ),
    Elsewhere.BOUNCED: (
        "bounced", "hard bounced", "bounce", "cleaned", "undeliverable", "invalid", "unzustellbar", "rebotado",
    ),
    Elsewhere.COMPLAINED: ("complained", "complaint", "spam", "spam complaint", "abuse", "marked as spam"),
    Elsewhere.BARRED: ("blocked", "blocklisted", "blacklisted", "banned", "suppressed", "gesperrt", "bloqueado"),
}  # fmt: skip
PLAIN = Product(
    "a plain list",
    (),
    {word: name for name, words in _WORDS.items() for word in words},
    {word: standing for standing, words in _STATUSES.items() for word in words},
    marks={
        "unsubscribed at": Elsewhere.UNSUBSCRIBED, "abgemeldet am": Elsewhere.UNSUBSCRIBED,
        "désinscrit le": Elsewhere.UNSUBSCRIBED, "fecha de baja": Elsewhere.UNSUBSCRIBED,
        "bounced at": Elsewhere.BOUNCED,
    },
)  # fmt: skip

PRODUCTS = (OURS, MAILCHIMP, SUBSTACK, GHOST, LISTMONK, BUTTONDOWN)
FIELDS = (*_WORDS, "newsletter", "suppressed", "frequency", "hour")
