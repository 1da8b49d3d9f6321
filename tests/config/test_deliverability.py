"""`[doctor]` and `[warm_up]` as they are written, and mistakes in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from newsletter import shipped
from newsletter.config import ConfigError, load
from newsletter.settings import Beyond, DoctorSettings, Settings, WarmUpSettings

EXAMPLE = shipped.example_config().read_text()
SECRET = "a secret for tests that is long enough"


def read(folder: Path, written: str) -> Settings:
    file = folder / "config.toml"
    head, found, tail = EXAMPLE.partition("[doctor]\n")
    assert found
    file.write_text(f"{head}{written}\n{tail}")
    return load(file, {}, secret=SECRET)


def test_nothing_is_warmed_up_by_default(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert (settings.doctor, settings.warm_up) == (DoctorSettings(), WarmUpSettings())
    assert settings.warm_up.starts_on is None


def test_a_ramp_and_those_of_single_providers(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '[warm_up]\nstarts_on = 2026-03-02\nper_day = [5, 5, 9]\nbeyond = "spread"\nmost_bounces = 2.5\n'
        "[warm_up.providers]\ngmail = [1]",
    ).warm_up
    assert found == WarmUpSettings(date(2026, 3, 2), (5, 5, 9), {"gmail": (1,)}, Beyond.SPREAD, most_bounces=2.5)
    assert read(tmp_path, '[warm_up]\nstarts_on = "2026-03-02"').warm_up.starts_on == date(2026, 3, 2)


def test_who_is_asked_and_where_mail_comes_from(tmp_path: Path) -> None:
    written = '[doctor]\nname_server = "[2001:db8::53]:5353"\nsending_addresses = ["2001:DB8::25", "192.0.2.25"]'
    assert read(tmp_path, written).doctor == DoctorSettings("[2001:db8::53]:5353", ("2001:db8::25", "192.0.2.25"))


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("[warm_up]\nper_day = [5]", "warm_up.starts_on is missing"),
        ("[warm_up]\nstarts_on = 2026-03-02T10:00:00", "warm_up.starts_on is 2026-03-02 10:00:00; expected a day"),
        (
            "[warm_up]\nstarts_on = 2026-03-02\nper_day = [9, 5]",
            "warm_up.per_day is [9, 5]; expected letters a day",
        ),
        ("[warm_up]\nstarts_on = 2026-03-02\nper_day = []", "warm_up.per_day is []; expected letters a day"),
        ("[warm_up]\nstarts_on = 2026-03-02\n[warm_up.providers]\nhotmail = [5]", "warm_up.providers.hotmail"),
        ('[doctor]\nname_server = "dns.example"', "doctor.name_server is"),
        ('[doctor]\nname_server = "192.0.2.53:99999"', "doctor.name_server is"),
        ('[doctor]\nsending_addresses = "192.0.2.25"', "doctor.sending_addresses is"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, written: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, written)
    assert sentence in str(refused.value)
