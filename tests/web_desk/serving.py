"""The desk on a port of its own, for a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from werkzeug.serving import make_server

from newsletter.app import App
from newsletter.web.app import create_web


@contextmanager
def serving(app: App) -> Iterator[str]:
    """Serve it over plain http, and yield its address."""
    site = replace(app.settings.site, base_url="http://127.0.0.1")
    server = make_server(
        "127.0.0.1", 0, create_web(replace(app, settings=replace(app.settings, site=site))), threaded=True
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
