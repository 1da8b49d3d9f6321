"""A WSGI app served from a thread, on the port one would like or, when that is taken, on a free one."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from werkzeug.serving import BaseWSGIServer

HOST = "127.0.0.1"


def listen(port: int = 0) -> socket.socket:
    """Return a listening socket on 127.0.0.1, on a free port where `port` is 0 or taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.bind((HOST, 0))
    listener.listen(64)
    return listener


class Server:
    """Pages on 127.0.0.1. The address is known from the start; nothing answers until `start`."""

    def __init__(self, port: int = 0) -> None:
        self._listener = listen(port)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: WSGIApplication) -> None:
        """Serve `app` until `stop`."""
        self._server = make_server(
            HOST, self.port, app, threaded=True, request_handler=_Quiet, fd=self._listener.fileno()
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name=f"pages-{self.port}",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Answer no more and free the port. May be called twice, or before `start`."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server = self._thread = None
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Quiet(WSGIRequestHandler):
    """Serves without a line a request."""

    def log_request(self, *args: Any, **named: Any) -> None:
        """Say nothing: the demo's terminal is for the person before it."""
