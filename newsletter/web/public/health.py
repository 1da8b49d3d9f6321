"""Whether the pages can work, for whatever watches over them."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from newsletter.web.context import here


def healthz() -> ResponseReturnValue:
    """Answer 200 when the database answers, else 503."""
    try:
        with here().database.reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="the database does not answer"), 503
    return jsonify(status="ok")
