"""`newsletter issues check`."""

from __future__ import annotations

from tests.cli.conftest import Place


def test_what_is_found_is_told_with_its_weight(evening: Place) -> None:
    said = evening.ok("issues", "check", "--no-links")
    assert (
        "The lead, “Ferry runs late into the night”, has no picture. Choose one, or another lead. (lead-picture)"
        in said
    )
    assert said.startswith("note ")
    found = {each["check"]: each["level"] for each in evening.json("issues", "check", "--no-links")}
    assert found["lead-picture"] == "note"


def test_a_stop_is_an_exit_code_and_a_warning_only_if_asked(evening: Place) -> None:
    assert evening.run("issues", "check", "evening", "--no-links").exit_code == 0
    evening.config.write_text(evening.config.read_text() + '\n[checks]\nlead-picture = "warning"\n')
    assert evening.run("issues", "check", "evening", "--no-links").exit_code == 0
    assert evening.run("issues", "check", "evening", "--no-links", "--strict").exit_code == 1
    evening.config.write_text(evening.config.read_text().replace('"warning"', '"stop"'))
    assert evening.run("issues", "check", "evening", "--no-links").exit_code == 1
    evening.config.write_text(evening.config.read_text().replace('"stop"', '"fatal"').replace("lead-", "led-"))
    told = evening.run("issues", "check").stderr
    assert 'checks.led-picture is not a key of the configuration; did you mean "lead-picture"?' in told


def test_links_are_asked_first_and_those_that_are_private_are_not(evening: Place) -> None:
    config = evening.config.read_text()
    evening.config.write_text(config + '\n[collect]\ntimeout = "2 s"\n')
    found = evening.json("issues", "check")
    assert any(each["check"] == "dead-links" for each in found)
