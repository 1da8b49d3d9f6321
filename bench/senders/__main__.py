"""Run one sender as this process and print what it did, with the processor time and the memory it took.

`seconds` exclude the interpreter's start and whatever a sender prepares before it begins.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping

from bench.clocks import memory
from bench.senders import engine, fleet, floor, lockstep, naive

SENDERS: Mapping[str, Callable[..., Mapping[str, object]]] = {
    "engine": engine.send,
    "fleet": fleet.send,
    "floor": floor.send,
    "lockstep": lockstep.send,
    "naive": naive.send,
    "smtplib": lockstep.send_by_smtplib,
}


def main(name: str, parameters: str) -> None:
    """Send, and print one JSON line. `parameters` is a JSON object of the sender's arguments."""
    found = SENDERS[name](**json.loads(parameters))
    print(json.dumps({**found, "max_rss": memory()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
