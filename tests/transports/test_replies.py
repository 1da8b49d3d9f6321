"""The table of replies: every code at every stage has a meaning, and the widest scope wins."""

from __future__ import annotations

import pytest

from newsletter.domain.delivery import Verdict
from newsletter.transports.smtp.replies import BY_CODE, BY_STATUS, Reply, Scope, Stage, judge


@pytest.mark.parametrize("stage", Stage)
def test_every_code_has_a_meaning_and_nothing_permanent_follows_from_a_temporary_one(stage: Stage) -> None:
    for code in range(200, 600):
        judgement = judge(stage, Reply(code, ""))
        if judgement.verdict is Verdict.REJECTED:
            assert code >= 500
        if judgement.verdict is Verdict.ACCEPTED:
            assert code < 300
            assert stage is Stage.DOT
        if code < 500 and stage is not Stage.DOT:
            assert judgement.scope in {Scope.SITE, Scope.RECIPIENT}


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_some_codes_mean_the_same_everywhere(stage: Stage, code: int) -> None:
    assert judge(stage, Reply(code, "5.1.1 whatever")).verdict is None


@pytest.mark.parametrize("status", sorted(BY_STATUS))
def test_a_status_names_the_culprit(status: str) -> None:
    assert judge(Stage.RCPT, Reply(550, f"{status} words")) == BY_STATUS[status]


@pytest.mark.parametrize(
    ("stage", "code", "text", "scope"),
    [
        (Stage.RCPT, 550, "5.1.1 unknown", Scope.RECIPIENT),
        (Stage.RCPT, 552, "5.2.2 full", Scope.RECIPIENT),
        (Stage.RCPT, 550, "no such user here", Scope.RECIPIENT),
        (Stage.RCPT, 550, "relay not permitted", Scope.SUSPECT),
        (Stage.RCPT, 554, "5.7.1 Relay access denied", Scope.SUSPECT),
        (Stage.RCPT, 501, "syntax", Scope.SUSPECT),
        (Stage.DOT, 550, "5.1.1 unknown", Scope.RECIPIENT),
        (Stage.DOT, 554, "spam", Scope.SUSPECT),
        (Stage.DATA, 250, "ok", Scope.SITE),
        (Stage.MAIL, 452, "4.3.1 disk full", Scope.SITE),
    ],
)
def test_whom_it_is_about(stage: Stage, code: int, text: str, scope: Scope) -> None:
    assert judge(stage, Reply(code, text)).scope is scope


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply(550, "5.1.1 unknown"), "5.1.1"),
        (Reply(550, "unknown"), "5.0.0"),
        (Reply(450, "5.1.1 contradicts itself"), "4.0.0"),
        (Reply(250, "see 5.1.1"), "2.0.0"),
    ],
)
def test_the_status_agrees_with_the_code(reply: Reply, status: str) -> None:
    assert reply.status == status


@pytest.mark.parametrize(
    ("text", "remote_id"),
    [
        ("2.0.0 Ok: queued as 4Zr1kQ2Xz", "4Zr1kQ2Xz"),
        ("OK id=1tQabc-0001Xy-2B", "1tQabc-0001Xy-2B"),
        ("2.0.0 fine", ""),
    ],
)
def test_the_other_side_s_name_for_a_message(text: str, remote_id: str) -> None:
    assert Reply(250, text).remote_id == remote_id


def test_words_are_kept_as_one_bounded_printable_line() -> None:
    reply = Reply.read(550, b"5.1.1 no\nsuch\0user \x1b[31m\xff" + b"x" * 5000)
    assert reply.text.startswith("5.1.1 no such user [31m\N{REPLACEMENT CHARACTER}xx")
    assert len(reply.text) == 1000
    assert reply.text.isprintable()
