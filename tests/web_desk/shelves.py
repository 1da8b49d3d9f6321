"""A file of readers that was looked through, on the desk's shelf."""

from __future__ import annotations

from datetime import datetime

from newsletter.web.desk.uploads.shelf import Shelf, Stage, Upload
from tests.conftest import SECRET

KEY = "a-file-of-readers-0000001"


def put_on_shelf(rows: int, name: str, now: datetime) -> None:
    """Put one there with so many rows, with that in its name, its columns and its cells."""
    told = {
        "fates": {"new": rows, "left": 1},
        "seen": {"new": [f"{name}@home.example"], "left": ["ada@home.example"]},
        "refused": rows,
        "added": rows,
        "reasons": {"has left": rows},
        "first": [{"line": line, "sentence": f"has the status {name}"} for line in range(rows)],
    }
    upload = Upload(KEY, f"{name}.csv", "ines@ledger.example", "evening", Stage.LOOKED, now, rows=rows, told=told)
    shelf = Shelf.of(SECRET)
    shelf.write(upload)
    shelf.rows_of(KEY).write_text(f"email,name,{name}\nada@home.example,{name},{name}\n", encoding="utf-8")
    shelf.refused_of(KEY).write_text("line,kind,reason\n", encoding="utf-8")
