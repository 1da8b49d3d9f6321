"""Several writers at once, each in its own transaction."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from subscribers.models import Subscriber, Subscription
from tests.subscribers.conftest import Register

_WRITERS = 8


def _all_at_once(act: Callable[[int], object]) -> None:
    barrier = Barrier(_WRITERS)

    def one(number: int) -> None:
        barrier.wait(timeout=30)
        act(number)

    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(one, range(_WRITERS)))


def test_sign_ups_of_one_address_end_in_one_subscription(register: Register) -> None:
    spellings = ("ada@reader.example", "ADA@Reader.Example")
    _all_at_once(lambda number: register.sign_up(spellings[number % 2], name=f"Ada {number}"))
    assert (register.size(Subscriber), register.size(Subscription)) == (1, 1)
    assert register.notices() == [(1, "confirmation")]
    assert register.happened(1) == ["signed_up"] * _WRITERS


def test_a_link_pressed_many_times_at_once_acts_once(register: Register) -> None:
    mine = register.sign_up()
    _all_at_once(lambda _: register.confirm(mine))
    _all_at_once(lambda _: register.leave(mine))
    assert register.happened(mine) == ["signed_up", "confirmed", "unsubscribed"]


def test_imports_and_sign_ups_at_once_share_the_rows(register: Register) -> None:
    lines = [f"reader{number}@reader.example\n" for number in range(30)]

    def act(number: int) -> None:
        if number % 2:
            register.bring_in(*(lines if number % 4 == 1 else reversed(lines)))
        else:
            register.sign_up(f"reader{number}@reader.example")

    _all_at_once(act)
    assert (register.size(Subscriber), register.size(Subscription)) == (30, 30)
    for number in range(1, 31):
        assert register.happened(number).count("imported") <= 1
