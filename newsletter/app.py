"""The composition root: the only place that chooses which adapter stands behind which Protocol.

What needs many of them at once (the lock, the sender, notices, test mails) is offered here with everything in
its place, so that the daemon, the command and the desk ask for it in the same few words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus

from sqlalchemy.orm import Session

from newsletter.clock import Chance, Clock, SystemChance, SystemClock
from newsletter.delivery.corrections.mails import send as send_correction
from newsletter.delivery.corrections.tables import CorrectionMailRow
from newsletter.delivery.corrections.versions import Corrected, Wish, correct
from newsletter.delivery.desk_mails import send_desk_mails
from newsletter.delivery.ledger.claiming import Span
from newsletter.delivery.lock import Locked, lock
from newsletter.delivery.notices import send_notices
from newsletter.delivery.pace.connections import Connections
from newsletter.delivery.sending.processes import send_in_processes, share
from newsletter.delivery.sending.sender import Progress, SendReport, send_issue
from newsletter.delivery.trial import send_correction_trial, send_trial
from newsletter.domain.delivery import Outcome, Transport
from newsletter.editors.second_factor import Authenticator
from newsletter.feedback.hooks.hook import Hook
from newsletter.feedback.hooks.hooks import HOOKS
from newsletter.feedback.hooks.ses import Certificates
from newsletter.feedback.inbox import Inbox
from newsletter.feedback.mailboxes.imap import Imap
from newsletter.feedback.mailboxes.maildir import Maildir
from newsletter.issues.tables import IssueRow
from newsletter.mail_domains import DisposableDomains, Lookup, MailDomains
from newsletter.rendering.templates import Templates
from newsletter.settings import ApiSettings, Settings, SignupSettings, TransportSettings
from newsletter.transports.api.line import Line, NotSent, Unanswered
from newsletter.transports.api.lists.lists import LISTS
from newsletter.transports.api.lists.walking import Walker
from newsletter.transports.api.posting import ApiTransport
from newsletter.transports.api.provider import Request
from newsletter.transports.api.providers import PROVIDERS
from newsletter.transports.directory import DirectoryTransport
from newsletter.transports.dkim import Signer
from newsletter.transports.queued import Queued
from newsletter.transports.several import Several, Way
from newsletter.transports.smtp import SmtpTransport
from newsletter.webhooks.sending import Courier
from newsletter.webhooks.signing import Secrets
from newsletter.webhooks.working import Webhooks
from subscribers.database import Database, open_database
from subscribers.tokens import Tokens

API_TIMEOUT = timedelta(seconds=60)  # for an answer; after that its letters are in doubt
FOLDER_CAPACITY = 100  # letters held at once on their way into a folder


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command, a page or the daemon works with."""

    settings: Settings
    database: Database
    tokens: Tokens
    templates: Templates
    clock: Clock
    chance: Chance
    mail_domains: MailDomains = field(default_factory=MailDomains)
    certificates: Certificates = field(default_factory=lambda: Certificates(_certificate))

    def open_transport(self, connections: int = 1) -> Transport:
        """Return the configured transport, not yet connected, for so many connections. Close it after use."""
        return _transport(self.settings, connections, self.clock)

    def lock(self, session: Session, issue_id: int, *, actor: str) -> Locked:
        """Freeze an issue's letters and owe them to its readers, in the caller's transaction: `delivery.lock`."""
        return lock(
            session,
            issue_id,
            self.clock.now(),
            settings=self.settings,
            tokens=self.tokens,
            templates=self.templates,
            actor=actor,
        )

    def correct(self, session: Session, issue_id: int, wish: Wish, *, actor: str) -> Corrected:
        """Freeze a further version of an issue's letters, in the caller's transaction: `corrections.versions`."""
        return correct(
            session,
            issue_id,
            wish,
            self.clock.now(),
            settings=self.settings,
            tokens=self.tokens,
            templates=self.templates,
            actor=actor,
        )

    def send_correction(self, session: Session, issue_id: int, seen: str, *, actor: str) -> IssueRow:
        """Owe a mail to those who got a mistake, in the caller's transaction: `corrections.mails`."""
        return send_correction(
            session,
            issue_id,
            seen,
            self.clock.now(),
            settings=self.settings,
            templates=self.templates,
            actor=actor,
        )

    def send_correction_trial(self, issue: IssueRow, mail: CorrectionMailRow, to: str) -> Outcome:
        """Send one test of a correction's mail, entered in no books: `delivery.trial`."""
        with closing(self.open_transport()) as transport:
            return send_correction_trial(
                issue.id,
                mail.subject,
                mail.body,
                to,
                newsletter=self.settings.newsletter(issue.newsletter),
                settings=self.settings,
                tokens=self.tokens,
                templates=self.templates,
                clock=self.clock,
                chance=self.chance,
                transport=transport,
            )

    def send(
        self, issue_id: int, *, stop: Callable[[], bool], progress: Progress | None = None, failures: int = 0
    ) -> SendReport:
        """Work off what an issue owes now, in as many processes as configured: `delivery.sending`.

        With fewer connections than configured where other senders have some. Raises NoSender, and what the sender
        raises.
        """
        told = progress or (lambda _: None)
        job = Sending(self.settings, issue_id, failures)
        if job.parts == 1:
            return self.send_part(job, 0, 1, stop=stop, progress=told)
        return send_in_processes(job, job.parts, stop=stop, progress=told, clock=self.clock)

    def send_part(
        self, job: Sending, part: int, parts: int, *, stop: Callable[[], bool], progress: Progress
    ) -> SendReport:
        """Do one process's part of the sending, here and now."""
        transport = self.settings.transport
        connections = Connections(self.database, self.chance.token(16), transport.connections)
        granted = connections.take(share(transport.connections, part, parts), self.clock.now())
        try:
            with closing(self.open_transport(granted)) as opened:
                return send_issue(
                    job.issue_id,
                    settings=_with_share_of_doubt(self.settings, part, parts),
                    database=self.database,
                    tokens=self.tokens,
                    clock=self.clock,
                    chance=self.chance,
                    transport=opened,
                    stop=stop,
                    connections=connections,
                    progress=progress,
                    failures=job.failures,
                    span=job.span,
                )
        finally:
            connections.leave()

    def send_notices(self, *, stop: Callable[[], bool]) -> int:
        """Send the confirmation mails that are owed, and return how many left: `delivery.notices`."""
        with closing(self.open_transport()) as transport:
            return send_notices(
                settings=self.settings,
                database=self.database,
                tokens=self.tokens,
                templates=self.templates,
                clock=self.clock,
                transport=transport,
                stop=stop,
            )

    def send_desk_mails(self, *, stop: Callable[[], bool]) -> int:
        """Send the links that people at the desk are owed; return how many left: `delivery.desk_mails`."""
        with closing(self.open_transport()) as transport:
            return send_desk_mails(
                settings=self.settings,
                database=self.database,
                tokens=self.tokens,
                templates=self.templates,
                clock=self.clock,
                transport=transport,
                stop=stop,
            )

    def authenticator(self) -> Authenticator:
        """Return what makes and checks the codes of second factors: `editors.second_factor`."""
        return Authenticator(self.settings.secret)

    def inbox(self) -> Inbox:
        """Return what takes in mail and webhooks that come back."""
        read = {name: hook.reports for name, hook in self.hooks().items()}
        return Inbox(self.database, self.tokens, self.clock, self.settings.feedback, read)

    def hooks(self) -> Mapping[str, Hook]:
        """Return the webhooks that are configured, by the provider's name."""
        return {
            each.provider: HOOKS[each.provider](each, self.certificates)
            for each in self.settings.feedback.webhooks
        }

    def empty_mailbox(self, *, stop: Callable[[], bool]) -> int:
        """Take in what came back to the configured mailbox; return how many mails. Raises MailboxDown."""
        mailbox = self.settings.feedback.mailbox
        if mailbox is None:
            return 0
        opened = Imap(mailbox) if mailbox.kind == "imap" else Maildir(mailbox.path)
        return opened.empty(self.inbox().take_mail, stop)

    def provider_list(self, name: str) -> Walker:
        """Return the suppression list of a mail API that is configured. Raises LookupError."""
        first = self.settings.transport
        way = next((way for way in (first, *first.also) if way.kind == name and way.api is not None), None)
        if way is None or way.api is None:
            raise LookupError(f"No way out is {name}; its key is wanted in [transport] or [[transport.also]].")
        return Walker(LISTS[name](way.api, self.clock), Line(self.clock, way.timeout or API_TIMEOUT), self.clock)

    def webhooks(self) -> Webhooks:
        """Return what tells other systems of events: `webhooks.working`."""
        courier = Courier(self.settings.webhooks, self.clock)
        return Webhooks(self.database, Secrets(self.settings.secret), courier, self.clock, self.chance)

    def send_trial(self, issue_id: int, to: str) -> Outcome:
        """Send one test mail of an issue, entered in no books: `delivery.trial`."""
        with closing(self.open_transport()) as transport:
            return send_trial(
                issue_id,
                to,
                settings=self.settings,
                database=self.database,
                tokens=self.tokens,
                templates=self.templates,
                clock=self.clock,
                chance=self.chance,
                transport=transport,
            )


@dataclass(frozen=True, slots=True)
class Sending:
    """The sending of an issue, or of a span of it, as a job that another process can be given."""

    settings: Settings
    issue_id: int
    failures: int = 0
    span: Span | None = None

    @property
    def parts(self) -> int:
        """How many processes are worth while: each needs a connection, and may have one letter in doubt."""
        if self.settings.transport.kind == "directory":
            return 1
        policy, connections = self.settings.delivery, self.settings.transport.connections
        return min(policy.processes, connections, policy.in_doubt_bound or connections)

    def __call__(self, part: int, parts: int, *, stop: Callable[[], bool], progress: Progress) -> SendReport:
        """Compose the product anew and do one part."""
        app = compose(self.settings)
        try:
            return app.send_part(self, part, parts, stop=stop, progress=progress)
        finally:
            app.database.dispose()


def compose(settings: Settings, clock: Clock | None = None, chance: Chance | None = None) -> App:
    """Put the product together from its settings. Connects to nothing."""
    return App(
        settings=settings,
        database=open_database(settings.database_url),
        tokens=Tokens(settings.secret),
        templates=Templates(settings.templates),
        clock=clock or SystemClock(),
        chance=chance or SystemChance(),
        mail_domains=_mail_domains(settings.signup),
    )


def _mail_domains(signup: SignupSettings) -> MailDomains:
    listed = DisposableDomains(signup.disposable_domains) if signup.disposable_domains else None
    return MailDomains(listed, Lookup(SystemClock()) if signup.check_dns else None)


def _certificate(url: str) -> bytes:
    """Fetch a certificate of Amazon's; who calls has looked at the address. Raises OSError."""
    try:
        answer = Line(SystemClock(), API_TIMEOUT).post(Request("GET", url, {}))
    except (NotSent, Unanswered) as trouble:
        raise OSError(str(trouble)) from trouble
    if answer.status != HTTPStatus.OK:
        raise OSError(answer.text)
    return answer.body


def _with_share_of_doubt(settings: Settings, part: int, parts: int) -> Settings:
    bound = settings.delivery.in_doubt_bound
    if bound is None or parts == 1:
        return settings
    return replace(settings, delivery=replace(settings.delivery, in_doubt_bound=share(bound, part, parts)))


def _transport(settings: Settings, connections: int, clock: Clock) -> Transport:
    first = replace(settings.transport, connections=connections)
    if not first.also:
        return _way(settings, first, clock)
    ways = [
        Way(f"{way.kind} {number}", _way(settings, way, clock), way.weight, way.domains)
        for number, way in enumerate((first, *first.also), 1)
    ]
    return Several(ways, clock)


def _way(settings: Settings, way: TransportSettings, clock: Clock) -> Transport:
    stamp = Signer(settings.dkim)
    if way.kind == "directory":
        return Queued(DirectoryTransport(way.path, stamp), FOLDER_CAPACITY)
    if way.api is not None:
        return _mail_api(way, way.api, clock)
    return SmtpTransport(way, window=settings.delivery.window, stamp=stamp)


def _mail_api(transport: TransportSettings, api: ApiSettings, clock: Clock) -> Transport:
    line = Line(clock, transport.timeout or API_TIMEOUT)
    return ApiTransport(PROVIDERS[transport.kind](api, clock), line, clock, transport.connections, api.batch)
