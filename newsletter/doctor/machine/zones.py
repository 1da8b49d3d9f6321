"""Time zone data: is it there, and is it of this time? Countries change their clocks at short notice."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import tzdata

from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.patient import Patient

CHECK: Final = "zones"
_VERSION = re.compile(r"(?:# version )?(\d{4}[a-z]+)\s*")


def zones(patient: Patient) -> Iterator[Diagnosis]:
    """Say which data Python takes zones from, and how old that is."""
    key, ours = patient.settings.site.time_zone.key, tzdata.IANA_VERSION
    folder = next((Path(each) for each in zoneinfo.TZPATH if (Path(each) / key).is_file()), None)
    version = _version(folder) if folder else ours
    where = str(folder) if folder else "the package tzdata"
    year = patient.clock.now().year
    if not version:
        yield Diagnosis(CHECK, Health.UNKNOWN, f"{key} is there, in {where}; how old that is it does not say.")
    elif int(version[:4]) < year - 1:
        sentence = f"The time zone data in {where} are {version}; since then countries have changed their clocks."
        mend = f"Bring them up to date; with an empty PYTHONTZPATH those installed with this count ({ours})."
        yield Diagnosis(CHECK, Health.WARNING, sentence, mend)
    else:
        yield Diagnosis(CHECK, Health.FINE, f"The time zone data in {where} are {version}.")


def _version(folder: Path) -> str:
    """Return the version of a folder of zone files, empty where it does not say."""
    for name in ("+VERSION", "tzdata.zi"):
        try:
            with (folder / name).open(encoding="ascii") as file:
                found = _VERSION.match(file.readline(40))
        except OSError:
            continue
        if found:
            return found[1]
    return ""
