"""Reading on while the database is busy with what was read before. The database needs no Python meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Calls `read` once at a time, in a thread of its own that keeps no process from ending."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._begun: Future[T] | None = None

    def begin(self) -> Future[T]:
        """Begin to read, unless that is done already."""
        if self._begun is None:
            self._begun = Future()
            Thread(target=self._run, args=(self._begun,), daemon=True).start()
        return self._begun

    def get(self) -> T:
        """Return what is read, when it is there; raise what reading raised."""
        begun = self.begin()
        try:
            return begun.result()
        finally:
            self._begun = None

    def _run(self, begun: Future[T]) -> None:
        try:
            begun.set_result(self._read())
        except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
            begun.set_exception(error)
