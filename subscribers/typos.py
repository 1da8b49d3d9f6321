"""Slips of the keyboard in the domains that most people have their mailbox at: `gmial.com`, `web.ed`, `gmail.con`.

Pure. A suggestion is only ever a question: who means what was typed keeps it. So a domain that is known itself is
never questioned, nor one that lies near a known one only by its country.
"""

from __future__ import annotations

from itertools import pairwise

# Providers' names, each with the endings it has; the first is the likeliest.
_PROVIDERS = {
    "1und1": "de", "aol": "com de fr it co.uk es", "aon": "at", "arcor": "de", "att": "net", "bellsouth": "net",
    "bigmir": "net", "bigpond": "com", "bk": "ru", "bluewin": "ch", "bluemail": "ch", "btinternet": "com",
    "charter": "net", "comcast": "net", "cox": "net", "dbmail": "com", "email": "com cz de it",
    "fastmail": "com fm", "free": "fr", "freenet": "de", "gazeta": "pl", "gmail": "com",
    "gmx": "de net at ch com eu org info fr us", "googlemail": "com", "hey": "com", "hispeed": "ch",
    "hotmail": "com de fr es it co.uk be nl ch", "hushmail": "com", "i": "ua", "icloud": "com",
    "inbox": "ru lv lt", "interia": "pl eu", "laposte": "net", "libero": "it", "list": "ru",
    "live": "com de fr nl it co.uk be at", "mac": "com", "mail": "com ru de ee ch", "mailbox": "org",
    "me": "com", "meta": "ua", "msn": "com", "neuf": "fr", "ntlworld": "com", "o2": "pl", "onet": "pl eu",
    "op": "pl", "orange": "fr", "outlook": "com de fr es it at be ie", "pm": "me", "posteo": "de net",
    "proton": "me", "protonmail": "com ch", "qq": "com", "rambler": "ru", "rocketmail": "com",
    "sbcglobal": "net", "seznam": "cz", "sfr": "fr", "sky": "com", "t-online": "de", "talktalk": "net",
    "telefonica": "net", "telia": "com", "terra": "es com.br", "tiscali": "it", "tlen": "pl", "tuta": "com io",
    "tutanota": "com de", "ukr": "net", "verizon": "net", "virgilio": "it", "virginmedia": "com", "vp": "pl",
    "wanadoo": "fr", "web": "de", "wp": "pl", "ya": "ru",
    "yahoo": "com de fr es it co.uk co.in co.jp com.br ca ie gr", "yandex": "ru com ua by kz", "ymail": "com",
    "zoho": "com eu",
}  # fmt: skip
_ENDINGS = {name: endings.split() for name, endings in _PROVIDERS.items()}
# Endings that no domain has, with what was meant.
_NO_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "cpm": "com", "coom": "com",
    "comm": "com", "cim": "com", "c0m": "com", "dom": "com", "nte": "net", "ner": "net", "nett": "net",
    "ent": "net", "met": "net", "ogr": "org", "rog": "org", "orgg": "org", "prg": "org", "ed": "de", "dee": "de",
    "rf": "fr", "frr": "fr", "lp": "pl", "pll": "pl", "ur": "ru", "ruu": "ru",
}  # fmt: skip
_LONG = 5  # letters of a name from which on one slip leaves it recognisable
_LONGER = 8  # the same for two slips


def is_well_known(domain: str) -> bool:
    """Tell whether a domain (in small letters) is a large provider's, where everybody may have a mailbox."""
    name, _, ending = domain.partition(".")
    return ending in _ENDINGS.get(name, ())


def suggestion(email: str) -> str:
    """Return the address that was probably meant, or nothing where none is known to be likelier."""
    local, at, domain = email.rpartition("@")
    meant = likelier_domain(domain.lower()) if at else ""
    return f"{local}@{meant}" if meant else ""


def likelier_domain(domain: str) -> str:
    """Return the known domain that a domain (in small letters) is a slip of, or nothing."""
    name, dot, ending = domain.partition(".")
    if not dot or ending in _ENDINGS.get(name, ()):
        return ""
    meant = _likelier_name(name, ending) or _likelier_ending(name, ending)
    return meant or _with_an_ending_that_is(domain)


def _likelier_name(name: str, ending: str) -> str:
    """Return what the name is a slip of, where the provider has such an ending, or one that this is a slip of."""
    if name in _ENDINGS:
        return ""
    near = sorted((_slips(name, known), known) for known in _ENDINGS if _may_be(name, known))
    for _, known in near:
        for meant in (ending, _NO_ENDINGS.get(ending)):
            if meant in _ENDINGS[known]:
                return f"{known}.{meant}"
    return ""


def _likelier_ending(name: str, ending: str) -> str:
    """Return the provider's ending that this one is a slip of; endings of two letters are countries, and meant."""
    long = [known for known in _ENDINGS.get(name, ()) if len(known) == 3]
    return next((f"{name}.{known}" for known in long if _slips(ending, known) == 1), "")


def _with_an_ending_that_is(domain: str) -> str:
    rest, _, ending = domain.rpartition(".")
    return f"{rest}.{_NO_ENDINGS[ending]}" if ending in _NO_ENDINGS else ""


def _may_be(name: str, known: str) -> bool:
    """Tell whether a name is a slip of a known one: of a short one only by letters swapped or doubled."""
    if min(len(name), len(known)) < _LONG - 1 or len(known) < _LONG:
        return _is_swapped(name, known) or _is_doubled(name, known)
    begins_alike = name[0] == known[0] or sorted(name[:2]) == sorted(known[:2])
    return begins_alike and _slips(name, known) <= (2 if len(known) >= _LONGER else 1)


def _is_swapped(name: str, known: str) -> bool:
    return len(name) == len(known) and sorted(name) == sorted(known) and _slips(name, known) == 1


def _is_doubled(name: str, known: str) -> bool:
    doubled = any(one == other for one, other in pairwise(name))
    return len(name) == len(known) + 1 and doubled and set(name) == set(known) and _slips(name, known) == 1


def _slips(one: str, other: str) -> int:
    """Return how many letters were left out, put in, mistaken or swapped with their neighbour.

    This is the optimal string alignment distance: the usual table of prefixes, of which three rows are needed.
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        here = [row]
        for column, wanted in enumerate(other, start=1):
            least = min(last[column] + 1, here[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                least = min(least, before[column - 2] + 1)
            here.append(least)
        before, last = last, here
    return last[-1]
