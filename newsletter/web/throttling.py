"""Counting requests in this process, for every room that refuses too many."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address


def limiter_of(web: Flask) -> Limiter:
    """Return the pages' limiter; make one that counts in this process where there is none."""
    for limiter in web.extensions.get("limiter", ()):
        if isinstance(limiter, Limiter):
            return limiter
    return Limiter(get_remote_address, app=web, storage_uri="memory://")
