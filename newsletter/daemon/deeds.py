"""What the daemon does. Decisions come from the rows and the schedule; this only acts on them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.articles.collect import SourceReport, collect
from newsletter.daemon.ticking import Stopping, Tick, Watch, scheduler
from newsletter.delivery import ledger
from newsletter.delivery.ledger.tables import Heartbeat
from newsletter.delivery.ledger.tidying import tidy
from newsletter.delivery.pace import ramp
from newsletter.delivery.sending.report import Ending, SendReport
from newsletter.doctor.examining import examine
from newsletter.doctor.keeping import keep, latest
from newsletter.doctor.names import names
from newsletter.doctor.patient import is_here_alone, patient_of
from newsletter.doctor.senders import checklist
from newsletter.doctor.warming_up import learn, review
from newsletter.domain.finding import Level
from newsletter.editors import forgetting as editors
from newsletter.editors import window
from newsletter.editors.tables import WindowKind
from newsletter.feedback.mailboxes.mailbox import MailboxDown
from newsletter.issues import schedule, store
from newsletter.issues.states import IssueState, NoSuchTransition
from newsletter.issues.tables import IssueRow
from newsletter.migrations import current, head
from newsletter.proofs.asking import ask_editors
from newsletter.proofs.examining import findings, follow
from newsletter.proofs.preview import NoPreview
from newsletter.settings import NewsletterSettings, WhenNobodyActs
from newsletter.tracking.tidying import tidy as sum_up_hits
from newsletter.workers.dispatch import complaint, dispatch
from newsletter.workers.queue import Queue, is_for
from subscribers import consents, limits
from subscribers.answering import forget_origins
from subscribers.figures import keep_days
from subscribers.moving import forget_unconfirmed
from subscribers.retention import forget_network_addresses

ACTOR = "daemon"
LOOK_EVERY = 2  # seconds between looks for something to build, send or answer
SWEEP_EVERY = 60  # seconds
ASK_EVERY = 15  # seconds
FOLLOW_EVERY = 300  # seconds
TIDY_EVERY = 86_400  # seconds
FORGET_EVERY = 3_600  # seconds
COUNT_EVERY = 3_600  # seconds
BEAT_EVERY = 15  # seconds; the desk wonders after two minutes
SETTLED_AFTER = timedelta(minutes=5)
EXAMINED_EVERY = timedelta(days=1)
FRESH = timedelta(minutes=1)  # articles collected so lately are not collected again before a build

log = structlog.get_logger()


class Daemon:
    """Does what is due. Each method is one look, and may be called at any time from any thread."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._stop = threading.Event()
        self._watch = Watch(app.clock)
        self._collecting = threading.Lock()
        self._collected_at: datetime | None = None
        self._waits: dict[int, tuple[int, datetime]] = {}  # issue -> failures of its line in a row, next try
        self._said = ""
        self._up_at = app.clock.now()
        url = app.settings.database_url
        self._jobs = Queue(url) if is_for(url) else None  # with PostgreSQL, workers send

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop` is set; then finish the windows in flight, and return."""
        self._stop = stop
        ticking = scheduler(self._ticks(), self._watch)
        log.info("the daemon is up", newsletters=[each.slug for each in self.app.settings.newsletters])
        ticking.start()
        try:
            stop.wait()
        finally:
            log.info("draining: what is in flight is finished first")
            ticking.shutdown(wait=True)
            if self._jobs is not None:
                self._jobs.close()
            log.info("the daemon is down")

    def collect(self) -> None:
        """Ask every source for the day's articles. Raises Stopping between two sources."""
        with self._collecting:
            self._collect()

    def build_due(self) -> None:
        """Build each newsletter's issue whose time has come and that is not there yet."""
        for newsletter in self.app.settings.newsletters:
            self._watch.attempt(f"build {newsletter.slug}", partial(self._build_due, newsletter))

    def send_due(self, newsletter: NewsletterSettings) -> None:
        """Lock what is due of a newsletter, and work off what it owes."""
        now = self.app.clock.now()
        with self.app.database.reading() as session:
            waiting = [issue.id for issue in store.due(session, now) if _waits(issue, newsletter)]
        for issue_id in waiting:
            self._watch.attempt(f"lock issue {issue_id}", partial(self._lock, issue_id))
        with self.app.database.reading() as session:
            of_this = {issue.id for issue in store.recent(session, newsletter.slug)}
            owing = [issue_id for issue_id in ledger.due_issues(session, now) if issue_id in of_this]
        for issue_id in owing:
            if self._may_try(issue_id, now) and not self._stop.is_set():
                self._watch.attempt(f"send issue {issue_id}", partial(self._send, issue_id))

    def ask_editors(self) -> None:
        """Write to editors about what leaves tonight, and remind them of what will not leave by itself."""
        now = self.app.clock.now()
        with self.app.database.reading() as session:
            asked = [issue for issue in store.recent(session) if _waits_for(issue, now)]
            waiting = [(issue.id, self._kinds(session, issue, now)) for issue in asked]
        for issue_id, kinds in waiting:
            with self.app.database.writing() as session:
                for kind in kinds:
                    window.owe(session, issue_id, kind, now)
        if sent := ask_editors(self.app, stop=self._stop.is_set):
            log.info("editors asked", mails=sent)

    def _kinds(self, session: Session, issue: IssueRow, now: datetime) -> list[WindowKind]:
        """Return why editors are to be written to about an issue; who was is not written to again."""
        before = self.app.settings.newsletter(issue.newsletter).remind_before
        if before is None or now < max(
            issue.send_at - before, issue.created_at + (issue.send_at - issue.created_at) / 2
        ):
            return [WindowKind.DRAFT]
        if window.is_owed(session, issue.id, WindowKind.REMINDER):
            return [WindowKind.DRAFT]
        stays = issue.state == IssueState.HELD or bool(self._objection(session, issue, now))
        return [WindowKind.DRAFT, WindowKind.REMINDER] if stays else [WindowKind.DRAFT]

    def follow_links(self) -> None:
        """Ask the links and pictures of what leaves within a day, so that the checks know of them."""
        now = self.app.clock.now()
        with self.app.database.reading() as session:
            waiting = [issue.id for issue in store.recent(session) if _leaves_soon(issue, now)]
        for issue_id in waiting:
            with suppress(NoPreview):
                if asked := follow(self.app, issue_id, stop=self._stop.is_set):
                    log.info("links asked", issue=issue_id, addresses=asked)

    def send_notices(self) -> None:
        """Send the confirmation mails that are owed."""
        sent = self.app.send_notices(stop=self._stop.is_set)
        if sent:
            log.info("confirmation mail", sent=sent)

    def send_desk_mails(self) -> None:
        """Send the links that people at the desk are owed."""
        sent = self.app.send_desk_mails(stop=self._stop.is_set)
        if sent:
            log.info("links to the desk", sent=sent)

    def take_feedback(self) -> None:
        """Take in what came back to the mailbox, and work off what webhooks left."""
        try:
            taken = self.app.empty_mailbox(stop=self._stop.is_set)
        except MailboxDown as trouble:
            log.warning("the mailbox of bounces", problem=str(trouble))
            taken = 0
        drawn = self.app.inbox().work_off(self._stop.is_set)
        if taken or drawn:
            log.info("mail came back", mails=taken, **{str(kind): number for kind, number in drawn.items()})

    def tell_others(self) -> None:
        """Send webhooks what they are owed."""
        delivered = self.app.webhooks().work_off(self._stop.is_set)
        if delivered:
            log.info("webhooks", delivered=delivered)

    def forget_webhooks(self) -> None:
        """Drop what is known of webhooks' messages that were settled long ago."""
        before = self.app.clock.now() - self.app.settings.webhooks.keep
        self.app.webhooks().forget(before, self._stop.is_set)

    def sweep(self) -> None:
        """Put in doubt what a killed sender left claimed."""
        with self.app.database.writing() as session:
            swept = ledger.sweep(session, self.app.clock.now())
        if swept.in_doubt or swept.withdrawn:
            log.warning("swept the ledger", in_doubt=swept.in_doubt, withdrawn=swept.withdrawn)

    def tidy(self) -> None:
        """Sum up and drop deliveries that are older than the configuration keeps them."""
        keep = self.app.settings.delivery.keep_days
        if keep is None:
            return
        tidied = tidy(self.app.database, self.app.clock.now(), timedelta(days=keep), stop=self._stop.is_set)
        if tidied.deliveries:
            log.info("summed up and dropped old deliveries", issues=tidied.issues, deliveries=tidied.deliveries)

    def forget(self) -> None:
        """Drop what is kept of readers for a time only: counts, network addresses, and who clicked on what."""
        now = self.app.clock.now()
        limits.tidy(self.app.database, now)
        forget_origins(self.app.database, now)
        forget_unconfirmed(self.app.database, now - self.app.settings.signup.confirm_within)
        editors.forget(self.app.database, self.app.settings.desk, now)
        before = now - self.app.settings.privacy.keep_network_addresses
        forgotten = forget_network_addresses(self.app.database, before, stop=self._stop.is_set)
        if forgotten:
            log.info("forgot network addresses", events=forgotten)
        dropped = sum_up_hits(self.app.database, now - self.app.settings.tracking.keep, stop=self._stop.is_set)
        if dropped:
            log.info("summed up opens and clicks, and forgot whose they were", hits=dropped)

    def count_days(self) -> None:
        """Count what happened to subscriptions on days that are over."""
        app = self.app
        keep_days(app.database, app.settings.site.time_zone, app.clock.now(), stop=self._stop.is_set)

    def remember(self) -> None:
        """Keep the words of consent that are in force, before the first form with them can be copied.

        Other words under the same version are complained about: nobody could tell who agreed to which.
        """
        shown, now = self.app.settings.signup.consents, self.app.clock.now()
        with self.app.database.writing() as session:
            for each in shown:
                consents.remember(session, each.version, each.text, now)
            kept = consents.words(session, [each.version for each in shown])
        for each in shown:
            if kept[each.version] != each.text:
                log.warning(
                    "new words of consent want a new consent_version",
                    version=each.version,
                    kept=kept[each.version],
                )

    def examine(self) -> None:
        """Look once a day whether mail of ours can arrive, and keep what was found for the desk.

        Not as soon as it is up: the mail server and the web server may be on their way up as well. And not where
        the newsroom is on this machine alone.
        """
        if is_here_alone(self.app.settings):
            return
        now = self.app.clock.now()
        with self.app.database.reading() as session:
            last = latest(session)
        if now < self._up_at + SETTLED_AFTER or (last and now < last.at + EXAMINED_EVERY):
            return
        found = []
        revisions = current(self.app.database), head()
        patient = patient_of(self.app, revisions)
        for diagnosis in examine(patient):
            if self._stop.is_set():
                return
            found.append(diagnosis)
        senders = checklist(patient, found)
        with self.app.database.writing() as session:
            keep(session, found, senders, self.app.clock.now())
        for each in found:
            if each.is_trouble:
                log.warning("doctor", check=each.check, health=str(each.health), problem=each.sentence)

    def warm_up(self) -> None:
        """Hold a warm-up where letters are complained about or bounce, and let it go on where they are not."""
        app, now = self.app, self.app.clock.now()
        if not ramp.is_on(app.settings.warm_up, now, app.settings.site.time_zone):
            return
        learn(app.database, names(app.settings.doctor.name_server), now, self._stop.is_set)
        with app.database.writing() as session:
            changed = review(session, app.settings, now)
        for provider, reason in changed.items():
            log.warning("warm-up", provider=provider, held=reason or "no longer")

    def miss_workers(self) -> None:
        """Complain when jobs wait and nobody takes them."""
        with self.app.database.reading() as session:
            sentence = complaint(session, self.app.clock.now())
        if sentence:
            log.error("workers", problem=sentence)

    def beat(self) -> None:
        """Leave a sign of life for the desk, and say what comes next when that changed."""
        coming = self.next_action()
        if coming != self._said:
            log.info("next", action=coming)
            self._said = coming
        # Two daemons may leave the very first sign at once; either is as good.
        with suppress(IntegrityError), self.app.database.writing() as session:
            session.merge(Heartbeat(name=ACTOR, at=self.app.clock.now(), next_action=coming))

    def next_action(self) -> str:
        """Return what the daemon will do next, and when, in the newsroom's time."""
        with self.app.database.reading() as session:
            waiting = select(IssueRow).where(
                IssueRow.state.in_([IssueState.DRAFT, IssueState.APPROVED]),
                IssueRow.newsletter.in_([newsletter.slug for newsletter in self.app.settings.newsletters]),
            )
            coming = [(issue.send_at, "send", issue.newsletter, issue.date) for issue in session.scalars(waiting)]
        now, zone = self.app.clock.now(), self.app.settings.site.time_zone
        for newsletter in self.app.settings.newsletters:
            evening = schedule.upcoming(newsletter, zone, now)
            coming.append((evening.build_at, "build", newsletter.slug, evening.date))
        at, deed, slug, date = min(coming)
        return f"{deed} {slug} {date} at {at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"

    def _ticks(self) -> Iterator[Tick]:
        yield Tick("collect", self.collect, self.app.settings.collect.every.total_seconds())
        yield Tick("build", self.build_due, LOOK_EVERY)
        yield Tick("notices", self.send_notices, LOOK_EVERY)
        yield Tick("desk mails", self.send_desk_mails, LOOK_EVERY)
        yield Tick("feedback", self.take_feedback, self.app.settings.feedback.every.total_seconds())
        yield Tick("webhooks", self.tell_others, LOOK_EVERY)
        yield Tick("forget webhooks", self.forget_webhooks, FORGET_EVERY)
        yield Tick("sweep", self.sweep, SWEEP_EVERY)
        yield Tick("tidy", self.tidy, TIDY_EVERY)
        yield Tick("forget", self.forget, FORGET_EVERY)
        yield Tick("count", self.count_days, COUNT_EVERY)
        yield Tick("remember", self.remember, TIDY_EVERY)
        yield Tick("editors", self.ask_editors, ASK_EVERY)
        yield Tick("links", self.follow_links, FOLLOW_EVERY)
        yield Tick("doctor", self.examine, SWEEP_EVERY)
        if self.app.settings.warm_up.starts_on:
            yield Tick("warm-up", self.warm_up, FORGET_EVERY)
        yield Tick("pulse", self.beat, BEAT_EVERY)
        if self._jobs is not None:
            yield Tick("workers", self.miss_workers, SWEEP_EVERY)
        for newsletter in self.app.settings.newsletters:
            yield Tick(f"send {newsletter.slug}", partial(self.send_due, newsletter), LOOK_EVERY)

    def _build_due(self, newsletter: NewsletterSettings) -> None:
        if self._wants_building(newsletter):
            self._collect_afresh()
            self._build(newsletter)

    def _wants_building(self, newsletter: NewsletterSettings) -> bool:
        """Tell whether this evening's issue is missing.

        An evening that is over is made up for as well, to be held where editors see it; but not before the very
        first issue, when nobody had been promised one.
        """
        now = self.app.clock.now()
        evening = schedule.current(newsletter, self.app.settings.site.time_zone, now)
        if evening is None:
            return False
        with self.app.database.reading() as session:
            if store.find(session, newsletter.slug, evening.date) is not None:
                return False
            earlier = select(exists().where(IssueRow.newsletter == newsletter.slug, IssueRow.date < evening.date))
            return not schedule.is_late(evening, now) or bool(session.scalar(earlier))

    def _collect_afresh(self) -> None:
        with self._collecting:  # a collection that is under way is waited for, and is fresh then
            at = self._collected_at
            if at is None or self.app.clock.now() - at > FRESH:
                self._collect()

    def _collect(self) -> None:
        collect(self.app.settings, self.app.database, self.app.clock, progress=self._go_on)
        self._collected_at = self.app.clock.now()

    def _go_on(self, report: SourceReport) -> None:  # noqa: ARG002 - the shape of collect's progress
        if self._stop.is_set():
            raise Stopping

    def _build(self, newsletter: NewsletterSettings) -> None:
        now = self.app.clock.now()
        evening = schedule.current(newsletter, self.app.settings.site.time_zone, now)
        if evening is None:
            return
        with self.app.database.writing() as session:
            issue = store.build(session, self.app.settings, newsletter, evening.date, now, actor=ACTOR)
        log.info(
            "built",
            newsletter=issue.newsletter,
            date=str(issue.date),
            state=str(issue.state),
            subject=issue.subject,
            reason=issue.reason,
        )
        self.beat()

    def _lock(self, issue_id: int) -> None:
        app, now = self.app, self.app.clock.now()
        try:
            with app.database.writing() as session:
                issue = store.get(session, issue_id)
                if store.is_late(app.settings, issue, now):
                    late = store.mark_late(session, app.settings, issue, now)
                    log.error("late", newsletter=late.newsletter, date=str(late.date), reason=late.reason)
                    return
                if objection := self._objection(session, issue, now):
                    store.hold(session, issue_id, now, actor=ACTOR, reason=objection)
                    window.owe(session, issue_id, WindowKind.HELD, now)
                    log.warning("held", issue=issue_id, reason=objection)
                    return
                locked = app.lock(session, issue_id, actor=ACTOR)
        except NoSuchTransition:
            return  # somebody else was quicker: an editor, or a second daemon
        except SQLAlchemyError:
            raise  # the database's trouble is not the issue's: the next look tries again
        except Exception as trouble:  # noqa: BLE001 - whatever a template or a story does, editors must see it
            self._hold(issue_id, f"It can't be made into a letter: {trouble or type(trouble).__name__}")
            return
        log.info(
            "locked",
            issue=issue_id,
            letters=locked.letters,
            readers=locked.enqueued,
            without_stories=locked.without_stories,
        )

    def _objection(self, session: Session, issue: IssueRow, now: datetime) -> str:
        """Return why a draft that nobody released does not leave; empty where it does."""
        policy = self.app.settings.newsletter(issue.newsletter).when_nobody_acts
        if issue.state != IssueState.DRAFT or policy is WhenNobodyActs.SEND:
            return ""
        if policy is WhenNobodyActs.HOLD:
            return "Nobody released it by its send time."
        found = findings(session, self.app, issue, now)
        stop = next((finding for finding in found if finding.level is Level.STOP), None)
        return f"A check says stop, and nobody released it: {stop.sentence}" if stop else ""

    def _hold(self, issue_id: int, reason: str) -> None:
        with self.app.database.writing() as session:
            issue = store.hold(session, issue_id, self.app.clock.now(), actor=ACTOR, reason=reason)
        log.error("held", newsletter=issue.newsletter, date=str(issue.date), reason=reason)

    def _may_try(self, issue_id: int, now: datetime) -> bool:
        _, not_before = self._waits.get(issue_id, (0, now))
        return now >= not_before

    def _send(self, issue_id: int) -> None:
        if self._jobs is not None:
            self._dispatch(self._jobs, issue_id)
        else:
            self._send_here(issue_id)

    def _dispatch(self, jobs: Queue, issue_id: int) -> None:
        """Leave the sending to the workers."""
        app = self.app
        done = dispatch(app.database, jobs, issue_id, app.clock.now(), app.settings.delivery.in_doubt)
        if done.jobs:
            log.info("dispatched", issue=issue_id, jobs=done.jobs)
        if done.is_finished:
            log.info("sending: finished", issue=issue_id)

    def _send_here(self, issue_id: int) -> None:
        failures, _ = self._waits.pop(issue_id, (0, None))
        report = self.app.send(issue_id, stop=self._stop.is_set, failures=failures)
        if report.try_again_at is not None:
            self._waits[issue_id] = (report.failures, report.try_again_at)
        self._say(issue_id, report)

    def _say(self, issue_id: int, report: SendReport) -> None:
        worked = report.accepted + report.deferred + report.rejected + report.in_doubt + report.withdrawn
        if not worked and report.stopped_because in {Ending.NOTHING_DUE, Ending.NOT_SENDING}:
            return
        say = log.error if report.stopped_because in {Ending.LINE_DOWN, Ending.REFUSED} else log.info
        say(
            f"sending: {report.stopped_because}",
            issue=issue_id,
            accepted=report.accepted,
            deferred=report.deferred,
            rejected=report.rejected,
            in_doubt=report.in_doubt,
            withdrawn=report.withdrawn,
            remaining=report.remaining,
            detail=report.detail,
        )
        self.beat()


def _waits(issue: IssueRow, newsletter: NewsletterSettings) -> bool:
    return issue.newsletter == newsletter.slug and issue.state in {IssueState.DRAFT, IssueState.APPROVED}


def _leaves_soon(issue: IssueRow, now: datetime) -> bool:
    waits = issue.state in {IssueState.DRAFT, IssueState.HELD, IssueState.APPROVED}
    return waits and abs(issue.send_at - now) < timedelta(days=1)


def _waits_for(issue: IssueRow, now: datetime) -> bool:
    """Tell whether editors are to be asked about it: it waits, and its time has not passed by long."""
    return issue.state in {IssueState.DRAFT, IssueState.HELD} and issue.send_at > now - timedelta(hours=3)
