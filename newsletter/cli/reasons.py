"""`newsletter subscribers why`: why does this person get mail from us?"""

from __future__ import annotations

from dataclasses import asdict

import click
from sqlalchemy.orm import Session

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json, write_table
from newsletter.delivery.ledger.answers import Answer, answers
from newsletter.delivery.outcomes import in_words as outcome_in_words
from subscribers.why import Happening, Standing, Why, in_words
from subscribers.why import why as ask

_DELIVERIES = 20  # of late
_COLUMNS = (
    "at",
    "newsletter",
    "event",
    "source",
    "source_page",
    "consent",
    "network_address",
    "actor",
    "detail",
)


@click.command(
    epilog="\b\nExamples:\n  newsletter subscribers why ada@example.org\n"
    "  newsletter subscribers why ada@example.org --json"
)
@click.argument("email")
@as_json
@pass_context
def why(context: Context, /, *, email: str, as_json: bool) -> None:
    """Answer "why does this person get mail from us?".

    In a few sentences, and with the evidence: every event of every subscription, what bars the address, and what
    was sent of late, with the mail server's words. Of who was erased only a keyed hash is known.
    """
    app, zone = context.app, context.settings.site.time_zone
    with app.database.reading() as session:
        told = ask(session, app.tokens, email)
        if not told.is_known:
            raise LookupError(f"Nobody with the address {email} has ever signed up.")
        sent = _lately(session, told)
    titles = {each.slug: each.title for each in context.settings.newsletters}
    sentences = in_words(told, zone, titles, app.clock.now())
    if as_json:
        write_json({"summary": sentences} | _facts(context, told, sent))
    else:
        _show(context, told, sent, sentences)


def add_to(group: click.Group) -> None:
    """Add the command to `newsletter subscribers`."""
    group.add_command(why)


def _lately(session: Session, told: Why) -> list[Answer]:
    numbers = [each.subscription_id for each in told.subscriptions]
    return list(answers(session, subscriptions=numbers, limit=_DELIVERIES))


def _show(context: Context, told: Why, sent: list[Answer], sentences: list[str]) -> None:
    for sentence in sentences:
        out.print(sentence, soft_wrap=True)
    if told.reader_id is None:
        return
    out.print()
    columns = (
        "at",
        "newsletter",
        "event",
        "source",
        "source_page",
        "consent",
        "network_address",
        "actor",
        "detail",
    )
    write_table(_events(context, told), columns, empty="Nothing has happened.")
    if told.mails:
        out.print("\nMails about the subscription:")
        write_table(_mails(context, told), ("at", "newsletter", "kind", "state", "reply"), empty="")
    if sent:
        out.print("\nIssues of late:")
        for answer in sent:
            out.print(
                f"{answer.newsletter} {answer.date}: {outcome_in_words(answer, context.local)}", soft_wrap=True
            )


def _facts(context: Context, told: Why, sent: list[Answer]) -> dict[str, object]:
    """Return the answer for programs; moments in the newsroom's time."""
    veto = told.veto
    return {
        "email": told.email,
        "reader": told.reader_id,
        "name": told.name,
        "language": told.language,
        "time_zone": told.time_zone,
        "erased_at": context.local(told.erased_at),
        "suppressed": f"{veto.reason} on {veto.at:%Y-%m-%d} {veto.note}".strip() if veto else "",
        "suppression": asdict(veto) | {"at": context.local(veto.at)} if veto else None,
        "subscriptions": [_subscription(context, each) for each in told.subscriptions],
        "events": _events(context, told),
        "notices": _mails(context, told),
        "deliveries": [_delivery(context, answer) for answer in sent],
    }


def _subscription(context: Context, standing: Standing) -> dict[str, object]:
    return {
        "newsletter": standing.newsletter,
        "state": str(standing.state),
        "since": context.local(standing.since),
        "sections": standing.sections or "all",
        "frequency": standing.frequency,
        "paused_until": context.local(standing.paused_until),
    }


def _events(context: Context, told: Why) -> list[dict[str, object]]:
    """Return everything that happened to the reader's subscriptions, by newsletter, in order."""
    return [_event(context, each.newsletter, one) for each in told.subscriptions for one in each.events]


def _event(context: Context, newsletter: str, one: Happening) -> dict[str, object]:
    return {
        "at": context.local(one.at),
        "newsletter": newsletter,
        "event": str(one.event),
        "source": one.source,
        "source_page": one.source_page,
        "network_address": one.network_address,
        "consent": " ".join(part for part in (one.version, one.words) if part),
        "actor": one.actor,
        "import": one.import_id,
        "detail": ", ".join(f"{key}: {text}" for key, text in one.detail.items()),
    }


def _mails(context: Context, told: Why) -> list[dict[str, object]]:
    return [asdict(mail) | {"at": context.local(mail.at)} for mail in told.mails]


def _delivery(context: Context, answer: Answer) -> dict[str, object]:
    return {
        "newsletter": answer.newsletter,
        "date": answer.date,
        "state": str(answer.state),
        "settled_at": context.local(answer.settled_at),
        "status": answer.status,
        "reply": answer.reply,
    }
