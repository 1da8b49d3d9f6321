"""Addresses that must not be mailed any more, and readers who want to be forgotten."""

from __future__ import annotations

from newsletter.web.api import views
from newsletter.web.api.checks import key_of
from newsletter.web.api.operations import Answer, Call, Operation
from newsletter.web.api.scopes import Scope
from newsletter.web.api.shapes import Nothing
from newsletter.web.api.wishes import Barred, Lifted
from newsletter.web.forgetting import forget
from newsletter.web.problems import Problem
from subscribers import barring, suppression
from subscribers.models import SuppressionReason

_FOR_OPERATORS = frozenset({SuppressionReason.COMPLAINED, SuppressionReason.ERASED})


def erase(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Forget a reader."""
    number = call.ids["id"]
    with call.app.database.writing() as session:
        theirs = views.subscriber(session, number).subscriptions
        if not theirs:
            raise Problem(404, f"There is no subscriber {number}.")
        forget(session, call.app, theirs[0].id, call.evidence)
    return Answer(status=204)


def suppress(call: Call, barred: Barred) -> Answer:
    """Bar an address by hand, whether or not it is known."""
    app, key = call.app, key_of(barred.email)
    note = barred.note or f"by the API key {call.caller.name}"
    with app.database.writing() as session:
        barring.bar(session, app.tokens, key, call.evidence, app.clock.now(), note=note)
    return Answer(status=204)


def lift(call: Call, lifted: Lifted) -> Answer:
    """Let an address be mailed again that bounced or was barred by hand."""
    app, key = call.app, key_of(lifted.email)
    with app.database.writing() as session:
        found = suppression.find(session, app.tokens.address_hash(key))
        if found is not None and found.reason in _FOR_OPERATORS:
            raise Problem(
                409, "The reader asked for this, so only an operator lifts it: newsletter subscribers lift."
            )
        barring.lift(session, app.tokens, key, call.evidence, app.clock.now())
    return Answer(status=204)


OPERATIONS = (
    Operation(
        name="erase_subscriber",
        method="DELETE",
        path="/subscribers/{id}",
        summary="Forget a reader",
        detail="What stays is a keyed hash, which keeps an import from mailing them again.",
        scopes=(Scope.READERS_WRITE,),
        perform=erase,
        answers={204: None},
        problems=frozenset({404}),
    ),
    Operation(
        name="suppress",
        method="POST",
        path="/suppressions",
        summary="Bar an address from all mail",
        detail="It need not be a reader's.",
        scopes=(Scope.READERS_WRITE,),
        perform=suppress,
        takes=Barred,
        answers={204: None},
    ),
    Operation(
        name="lift_suppression",
        method="POST",
        path="/suppressions/lift",
        summary="Let an address be mailed again",
        detail="One that bounced or was barred by hand. What a reader asked for only an operator lifts.",
        scopes=(Scope.READERS_WRITE,),
        perform=lift,
        takes=Lifted,
        answers={204: None},
        problems=frozenset({409}),
    ),
)
