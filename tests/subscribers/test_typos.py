"""What looks like a slip in a well-known domain, and what must never be questioned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.typos import likelier_domain, suggestion

SLIPS = """gmial.com=gmail.com gmal.com=gmail.com gnail.com=gmail.com mgail.com=gmail.com gmaill.com=gmail.com
gmail.con=gmail.com gmail.co=gmail.com gmail.cm=gmail.com gmial.con=gmail.com hotmial.com=hotmail.com
hotmail.cmo=hotmail.com yaho.com=yahoo.com yahoo.co=yahoo.com outlok.com=outlook.com iclod.com=icloud.com
googlmail.com=googlemail.com protonmial.com=protonmail.com ornage.fr=orange.fr t-onlin.de=t-online.de
gxm.de=gmx.de wbe.de=web.de gmxx.de=gmx.de web.ed=web.de wp.lp=wp.pl yandex.ur=yandex.ru
laposte.ent=laposte.net tidewater.con=tidewater.com paper.co.con=paper.co.com"""
MEANT = """gmail.com ymail.com email.com mail.com rocketmail.com fmail.com hmail.com zmail.org yahoo.se hotmail.se
hotmail.be gmx.it web.com web.be wed.de free.org sfr.com o3.pl ok.pl ovh.net live.se sky.de outlook.cz mail.ua
yahoo.com.ar outlook.com.br yandex.net example.org reader.example ledger.co paper.cm com x.de me.us"""
ASCII = st.text("abcdefghijklmnopqrstuvwxyz0123456789-.", max_size=40)


@pytest.mark.parametrize("pair", SLIPS.split())
def test_a_slip_is_seen(pair: str) -> None:
    typed, meant = pair.split("=")
    assert likelier_domain(typed) == meant


@pytest.mark.parametrize("domain", MEANT.split())
def test_what_may_well_be_meant_is_left_alone(domain: str) -> None:
    assert likelier_domain(domain) == ""


def test_the_name_before_the_at_is_kept_as_typed() -> None:
    assert suggestion("Ada.O'Hara+news@GMIAL.com") == "Ada.O'Hara+news@gmail.com"
    assert suggestion("ada") == suggestion("") == suggestion("ada@") == ""


@given(ASCII | st.text(max_size=20))
def test_what_is_suggested_is_never_questioned_again(domain: str) -> None:
    if meant := likelier_domain(domain):
        assert meant != domain
        assert likelier_domain(meant) == ""
