"""`newsletter daemon` and `newsletter serve`: what runs day and night."""

from __future__ import annotations

import os
import signal
import socket
import threading
from functools import partial
from types import FrameType
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from newsletter.app import App, compose
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import err
from newsletter.daemon import Daemon
from newsletter.web.app import create_web


@click.command(epilog="\b\nExamples:\n  newsletter daemon\n  newsletter --config /srv/n/config.toml daemon")
@pass_context
def daemon(context: Context, /) -> None:
    """Collect, assemble and send every evening.

    Runs until SIGTERM or Ctrl-C, and says in its log what it will do next. It may be stopped and started at any
    moment: what is in flight is finished first, and what was missed is made up for at the next start, or held
    for an editor once `late_after` has passed.
    """
    stop = threading.Event()

    def drain(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's shape
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, drain)
    Daemon(context.app).run(stop)


@click.command(epilog="\b\nExamples:\n  newsletter serve\n  newsletter serve --workers 2 --bind 127.0.0.1:9000")
@click.option("--bind", metavar="HOST:PORT", help="Listen here instead of where [web] says.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="Threads in each.")
@pass_context
def serve(context: Context, /, *, bind: str | None, workers: int, threads: int) -> None:
    """Serve the readers' pages and the desk.

    Runs gunicorn in the foreground until SIGTERM or Ctrl-C. Put a web server with TLS before it.
    """
    web = context.app.settings.web
    host = f"[{web.host}]" if ":" in web.host else web.host
    place = bind or f"{host}:{web.port}"
    _require_free(place)
    context.close()  # each worker opens the database for itself
    _Server(
        context,
        bind=place,
        workers=workers,
        threads=threads,
        worker_class="gthread",
        accesslog=None,
        loglevel="warning",
        graceful_timeout=20,
        proc_name="newsletter",
        control_socket_disable=True,
        when_ready=partial(_announce, context.settings.site.base_url),
    ).run()


def _require_free(place: str) -> None:
    """Say in one sentence what gunicorn would say in many."""
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal():
        raise click.UsageError(f'"{place}" is not a place to listen at, such as 127.0.0.1:8080.')
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), int(port)), family=family).close()
    except (OSError, OverflowError) as error:
        reason = (
            os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "there is no such place"
        )
        raise click.ClickException(
            f"It can't listen at {place}: {reason}; end what listens there, or name another place with --bind."
        ) from None


def _announce(base_url: str, server: Any) -> None:
    places = ", ".join(str(listener) for listener in server.LISTENERS)
    err.print(f"Serving {base_url} at {places}, until Ctrl-C.", soft_wrap=True)


class _Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn with our options instead of its command line."""

    def __init__(self, context: Context, **options: Any) -> None:
        self.context = context
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Take over the options."""
        for name, value in self.options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the pages; called in each worker."""
        app: App = compose(self.context.settings)
        return create_web(app)
