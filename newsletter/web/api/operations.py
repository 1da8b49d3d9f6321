"""What the API can do, as values: the routes and the OpenAPI document are both made from them, so neither can lie.

An operation names its method, its address, the scopes that it needs, the shape of what it takes (the query of a
GET, the JSON body of anything else) and the shape of each good answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from newsletter.app import App
from newsletter.web.api.keys import Caller
from newsletter.web.api.scopes import Scope
from newsletter.web.api.shapes import Given, Nothing
from newsletter.web.problems import Problem
from subscribers.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose key and form are in order. `ids` are the numbers in its address."""

    app: App
    caller: Caller
    ids: Mapping[str, int]
    if_match: str = ""

    @property
    def evidence(self) -> Evidence:
        """By what way and by whom the register is changed."""
        return Evidence("api", actor=self.caller.name)

    def require(self, *scopes: Scope) -> None:
        """Raise the Problem that names the first of these scopes that the key has not."""
        for scope in scopes:
            if scope not in self.caller.scopes:
                challenge = f'Bearer error="insufficient_scope", scope="{scope}"'  # RFC 6750, section 3.1
                raise Problem(403, f'The key lacks the scope "{scope}".', headers={"WWW-Authenticate": challenge})


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers with; no shape means no body."""

    shape: BaseModel | None = None
    status: int = 200
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API can do. `problems` are the statuses it may refuse with, besides what each may."""

    name: str
    method: str
    path: str  # as OpenAPI writes it: /subscribers/{id}
    summary: str
    scopes: tuple[Scope, ...]
    perform: Callable[[Call, Any], Answer]
    answers: Mapping[int, type[BaseModel] | None]
    takes: type[Given] = Nothing
    problems: frozenset[int] = field(default_factory=frozenset)
    detail: str = ""
    has_etag: bool = False

    @property
    def has_body(self) -> bool:
        """Tell whether it takes a JSON body."""
        return self.method != "GET" and self.takes is not Nothing
