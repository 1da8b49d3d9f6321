"""How well bounces are understood, by a folder of real ones: `python -m bench.bounces FOLDER`.

Made for the collection that flufl.bounce's source distribution has in `tests/data` (117 mails of many servers,
from 1999 to 2023). What each of them means was read and written down here by hand; mails that are not listed are
passed over.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from newsletter.clock import SystemClock
from newsletter.feedback.mail.reading import read_mail
from newsletter.feedback.report import NotUnderstood
from newsletter.feedback.rules import Consequence, consequence

# The address or its domain is not there, or the mail says "for good" and no reason that could pass.
PERMANENT = [
    "bounce_02",
    "bounce_03",
    "caiwireless_01",
    "dsn_10",
    "dsn_11",
    "dsn_12",
    "dsn_13",
    "dsn_14",
    "dsn_15",
    "dsn_16",
    "dsn_18",
    "exim_01",
    "groupwise_01",
    "groupwise_02",
    "llnl_01",
    "microsoft_01",
    "microsoft_02",
    "microsoft_03",
    "microsoft_04",
    "postfix_01",
    "qmail_01",
    "qmail_03",
    "qmail_04",
    "qmail_05",
    "simple_01",
    "simple_04",
    "simple_05",
    "simple_06",
    "simple_08",
    "simple_10",
    "simple_11",
    "simple_12",
    "simple_13",
    "simple_15",
    "simple_16",
    "simple_17",
    "simple_19",
    "simple_20",
    "simple_23",
    "simple_24",
    "simple_25",
    "simple_26",
    "simple_27",
    "simple_29",
    "simple_30",
    "simple_31",
    "simple_33",
    "simple_34",
    "simple_36",
    "simple_37",
    "simple_39",
    "simple_41",
    "simple_43",
    "smtp32_03",
    "smtp32_04",
    "smtp32_05",
    "smtp32_06",
    "smtp32_07",
    "yahoo_03",
    "yahoo_05",
    "yahoo_06",
    "yahoo_07",
    "yahoo_08",
    "yahoo_09",
    "yahoo_10",
    "yahoo_11",
    "yahoo_12",
    "yahoo_13",
    "yale_01",
]
# A full mailbox, a server that is away or broken, a delay.
PASSING = [
    "bounce_01",
    "dsn_01",
    "dsn_02",
    "dsn_04",
    "dsn_05",
    "dsn_06",
    "dsn_07",
    "dsn_08",
    "dsn_17",
    "dumbass_01",
    "hotpop_01",
    "netscape_01",
    "newmailru_01",
    "postfix_02",
    "postfix_03",
    "postfix_04",
    "qmail_02",
    "qmail_06",
    "qmail_07",
    "sendmail_01",
    "simple_02",
    "simple_03",
    "simple_07",
    "simple_09",
    "simple_14",
    "simple_18",
    "simple_21",
    "simple_22",
    "simple_28",
    "simple_32",
    "simple_35",
    "simple_38",
    "simple_40",
    "simple_44",
    "simple_45",
    "sina_01",
    "smtp32_01",
    "smtp32_02",
    "yahoo_01",
    "yahoo_02",
    "yahoo_04",
]
# About the letter or its sender: too big, a policy, spam, a relay.
LETTER = ["aol_01", "dsn_03", "dsn_09", "postfix_05", "simple_42"]


def main(folder: Path) -> None:
    """Read the mails, tell each that was misread, and print the rates as one line of JSON."""
    counted: Counter[str] = Counter()
    for meaning, names in (("permanent", PERMANENT), ("passing", PASSING), ("letter", LETTER)):
        for name in names:
            told = _told((folder / f"{name}.txt").read_bytes())
            counted[meaning] += 1
            counted[f"{meaning} taken for permanent"] += Consequence.SUPPRESSED in told
            counted["not understood"] += not told
            if (Consequence.SUPPRESSED in told) != (meaning == "permanent"):
                print(f"{meaning:10} {name:16} {', '.join(sorted(told)) or 'not understood'}")
    sums: dict[str, float] = dict(counted)
    sums["recognised"] = round(sums["permanent taken for permanent"] / sums["permanent"], 3)
    sums["false"] = round(sums["passing taken for permanent"] / sums["passing"], 3)
    print(json.dumps(sums))


def _told(raw: bytes) -> set[Consequence]:
    try:
        return {consequence(report) for report in read_mail(raw, SystemClock().now(), lambda _: False)}
    except NotUnderstood:
        return set()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
