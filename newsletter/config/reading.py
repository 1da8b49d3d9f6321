"""Reading TOML tables key by key, gathering every mistake instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from newsletter.config.values import Expected

_Value = TypeVar("_Value")


@dataclass(slots=True)
class Problems:
    """What is wrong with one file, a sentence each."""

    file: str
    sentences: list[str] = field(default_factory=list)

    def add(self, path: str, value: object, expected: str) -> None:
        """Note that `path` holds `value` where something else is expected."""
        self.say(path, f"is {_shown(value)}; expected {expected}")

    def say(self, path: str, what: str) -> None:
        """Note something about a key."""
        self.sentences.append(f"{self.file}: {path} {what}")


@dataclass(slots=True)
class Table:
    """One table of the file. Keys that nobody asked for are reported by `finish`."""

    path: str
    values: Mapping[str, Any]
    problems: Problems
    asked: set[str] = field(default_factory=set)

    def required(self, key: str, read: Callable[[object], _Value], instead: _Value) -> _Value:
        """Return the key's value; `instead` stands in for a missing or wrong one, which is reported."""
        if key not in self.values:
            self.asked.add(key)
            self.problems.say(self.name(key), f"is missing; expected {_expectation(read)}")
            return instead
        return self.optional(key, read, instead)

    def optional(self, key: str, read: Callable[[object], _Value], default: _Value) -> _Value:
        """Return the key's value, or `default` where it is not given."""
        self.asked.add(key)
        if key not in self.values:
            return default
        try:
            return read(self.values[key])
        except Expected as error:
            self.problems.add(self.name(key), self.values[key], str(error))
            return default

    def table(self, key: str) -> Table:
        """Return the table under the key, empty where it is not given."""
        self.asked.add(key)
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.problems.add(self.name(key), value, f"a table [{key}]")
            value = {}
        return Table(self.name(key), value, self.problems)

    def tables(self, key: str) -> list[Table]:
        """Return the tables of an array such as [[newsletters]]."""
        self.asked.add(key)
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.problems.add(self.name(key), value, f"tables written [[{key}]]")
            return []
        return [Table(f"{self.name(key)}[{n}]", entry, self.problems) for n, entry in enumerate(value)]

    def given(self, key: str) -> bool:
        """Tell whether the file has the key, and count it as asked for."""
        self.asked.add(key)
        return key in self.values

    def finish(self) -> None:
        """Report the keys that mean nothing here, each with the one that was probably meant."""
        for key in self.values:
            if key not in self.asked:
                near = get_close_matches(key, sorted(self.asked), n=1)
                known = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(sorted(self.asked))}"
                self.problems.say(self.name(key), f"is not a key of the configuration; {known}")

    def name(self, key: str) -> str:
        """Return the key's whole path in the file, such as `newsletters[0].send_at`."""
        return f"{self.path}.{key}" if self.path else key


def _shown(value: object) -> str:
    written = f'"{value}"' if isinstance(value, str) else str(value)
    return written if len(written) <= 60 else f"{written[:57]}…"


def _expectation(read: Callable[[object], object]) -> str:
    try:
        read(None)
    except Expected as error:
        return str(error)
    return "a value"
