"""`[signup]` as it is written, and mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter import shipped
from newsletter.config import ConfigError, load
from newsletter.settings import SignupSettings

EXAMPLE = shipped.example_config().read_text()
SECRET = "a secret for tests that is long enough"


def read(folder: Path, *lines: str) -> SignupSettings:
    file = folder / "config.toml"
    head, _, tail = EXAMPLE.partition("[signup]\n")
    file.write_text("\n".join([head, "[signup]", *lines, tail[tail.index("[web]") :]]))
    return load(file, {}, secret=SECRET).signup


def test_dns_is_asked_unless_it_is_switched_off(tmp_path: Path) -> None:
    assert read(tmp_path).check_dns
    assert not read(tmp_path, "check_dns = false").check_dns
    assert (read(tmp_path).origins, read(tmp_path).disposable_domains) == (frozenset(), None)


def test_origins_are_kept_as_browsers_write_them(tmp_path: Path) -> None:
    found = read(
        tmp_path, 'origins = ["https://Ledger.example:443/", "http://127.0.0.1:81", "https://bücher.example"]'
    )
    assert found.origins == {"https://ledger.example", "http://127.0.0.1:81", "https://xn--bcher-kva.example"}


def test_the_list_of_disposable_domains_lies_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "bins.txt").write_text("bin.example\n")
    assert read(tmp_path, 'disposable_domains_file = "bins.txt"').disposable_domains == tmp_path / "bins.txt"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("check_dns = 1", "signup.check_dns is 1; expected true or false"),
        (
            'origins = "https://x.example"',
            'signup.origins is "https://x.example"; expected a list of origins such',
        ),
        ('origins = ["x.example"]', "signup.origins is ['x.example']; expected origins such as"),
        ('origins = ["https://x.example/news"]', "each without a path"),
        ('origins = ["https://me@x.example"]', "each without a path"),
        ('origins = ["*"]', "signup.origins is ['*']; expected origins such as"),
        ('disposable_domains_file = "none.txt"', "none.txt, which can't be read: No such file or directory"),
    ],
)
def test_mistakes(tmp_path: Path, written: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, written)
    assert sentence in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
