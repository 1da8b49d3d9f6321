"""A worker in a process of its own, in a hurry: PostgreSQL URL, SMTP port and name as arguments."""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading

from newsletter.app import compose
from newsletter.workers.working import Rhythm, Worker
from tests.delivery import run_sender


def main(url: str, port: str, name: str) -> None:
    faulthandler.register(signal.SIGUSR1)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    app = compose(run_sender.settings(url, int(port), connections=6))
    Worker(app, name, Rhythm(beat=0.5, dead_after=2.0)).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
