"""The configuration as frozen values. `newsletter.config` reads them from `config.toml`; nothing else makes them.

Durations are `timedelta`, sizes bytes, times of day naive local times in the newsroom's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.domain.finding import Level

_SATURDAY = 5


class WhenEmpty(StrEnum):
    """What an empty section means for the issue."""

    LEAVE_OUT = "leave_out"
    DO_NOT_SEND = "do_not_send"


class WhenNobodyActs(StrEnum):
    """What becomes of a draft at its send time when no editor released or held it."""

    SEND = "send"
    HOLD = "hold"
    SEND_UNLESS_STOP = "send_unless_stop"  # hold it where a check says stop


class InDoubt(StrEnum):
    """What to do with a delivery nobody knows the fate of."""

    RESEND = "resend"
    SKIP = "skip"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The newsroom. `base_url` is where readers reach our pages, without a trailing slash."""

    name: str
    base_url: str
    time_zone: ZoneInfo
    postal_address: str
    language: str = "en"
    url: str = ""  # the newsroom's own front page


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """A mail API. `key` is already read from its file or environment variable.

    `domain` is the sending domain where the provider wants it named, `stream` its name for a kind of mail. In the
    `sandbox` everything is checked and nothing delivered. `endpoint` is the API's address where it is not the
    region's own, without a trailing slash.
    """

    key: str = field(repr=False)
    key_id: str = ""  # where a key has a name of its own, as at Amazon
    region: str = ""
    domain: str = ""
    stream: str = ""
    batch: int = 1_000  # readers in one request at most; a provider's own limit holds besides
    sandbox: bool = False
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """How letters leave. `password` is already read from its file or environment variable."""

    kind: str  # "smtp" | "directory" | a mail API: "ses", "mailgun", "postmark", "sendgrid", "brevo", "resend"
    host: str = "localhost"
    port: int = 25
    security: str = "starttls"  # "starttls" | "tls" | "none"
    username: str = ""
    password: str = field(default="", repr=False)
    path: Path = Path("outbox")
    timeout: timedelta | None = None  # for each answer; None means RFC 5321's 2 to 10 minutes
    local_hostname: str = ""
    connections: int = 5  # at once, over all sender processes together
    messages_per_connection: int = 0  # 0 means as many as the server takes
    api: ApiSettings | None = None  # for a mail API
    weight: int = 1  # its share of the letters, beside those of `also`
    domains: frozenset[str] = frozenset()  # recipient domains that go by it alone; in lower case
    also: tuple[TransportSettings, ...] = ()  # further ways out, none of which has any more

    @property
    def has_api(self) -> bool:
        """Tell whether any way out is a mail API."""
        return self.api is not None or any(way.has_api for way in self.also)


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """How articles are fetched. `allow_hosts` may resolve to private addresses; no other host may."""

    every: timedelta = timedelta(minutes=10)
    timeout: timedelta = timedelta(seconds=20)
    max_bytes: int = 8_000_000
    allow_hosts: frozenset[str] = frozenset()
    user_agent: str = "newsletter/0.1"


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How the ledger is worked off.

    `window` messages are in flight on each connection. A crash leaves at most `in_doubt_bound` deliveries in
    doubt, over all sender processes; None means `window` times `connections`. `spread_over` flattens the peak: the
    issue's deliveries fall due evenly over so long. Deliveries older than `keep_days` are summarised and dropped;
    None keeps them for ever.
    """

    window: int = 32
    in_doubt_bound: int | None = None
    processes: int = 1
    spread_over: timedelta = timedelta(0)
    keep_days: int | None = None
    lease: timedelta = timedelta(minutes=10)
    in_doubt: InDoubt = InDoubt.RESEND
    give_up_after: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class DomainPace:
    """How fast one recipient domain may be served, by all processes together. 0 means without a limit."""

    messages_per_second: float = 0.0
    concurrent: int = 0


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """How fast letters may leave, over all processes and machines together; 0 means without a limit.

    `domains` maps recipient domains in lower case (`xn--` where internationalised) to their own limits.
    """

    messages_per_second: float = 0.0
    domains: Mapping[str, DomainPace] = field(default_factory=dict)


class Beyond(StrEnum):
    """What becomes of letters beyond a day's cap of the warm-up."""

    NEXT_DAY = "next_day"  # they may leave at the same time of the next day
    SPREAD = "spread"  # at times spread over the next day, from eight to eight
    SKIP = "skip"  # they are withdrawn: yesterday's evening is no news


# Groups of recipient domains that trust a sender together.
MAILBOX_PROVIDERS = ("gmail", "outlook", "yahoo", "others")


@dataclass(frozen=True, slots=True)
class WarmUpSettings:
    """The ramp of a new domain: letters a day to each mailbox provider, from the newsroom's day `starts_on` on.

    `per_day` counts for those without a ramp of their own in `providers`; after its last day there is no limit.
    The ramp is held while complaints or bounces, in percent of what was sent, are more than so many.
    """

    starts_on: date | None = None
    per_day: tuple[int, ...] = (50, 100, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 150_000)
    providers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    beyond: Beyond = Beyond.NEXT_DAY
    most_complaints: float = 0.1
    most_bounces: float = 3.0


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """A mailbox that bounces come to. `kind` is `imap` or `maildir`."""

    kind: str
    path: Path = Path()  # of a Maildir
    host: str = ""
    port: int = 993
    security: str = "tls"  # "tls" | "starttls" | "none"
    username: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """A provider's webhook. `secret` is already read: a key, a password, or the provider's public key.

    `topic` is what the provider calls our webhook, where only that counts.
    """

    provider: str
    secret: str = field(default="", repr=False)
    topic: str = ""


@dataclass(frozen=True, slots=True)
class FeedbackSettings:
    """What comes back. `return_path` gets each delivery's reference between its left half and the @, after a `+`.

    A reader whose letters failed in passing in `transient_limit` of the latest `transient_issues` issues of a
    newsletter is suppressed.
    """

    return_path: str = ""
    mailbox: MailboxSettings | None = None
    webhooks: tuple[WebhookSettings, ...] = ()
    every: timedelta = timedelta(minutes=1)  # how often the mailbox is looked at
    transient_limit: int = 5
    transient_issues: int = 10


@dataclass(frozen=True, slots=True)
class OutgoingWebhookSettings:
    """How other systems are told of events. `allow_hosts` may have private addresses and plain http."""

    timeout: timedelta = timedelta(seconds=15)  # for an answer as a whole
    allow_hosts: frozenset[str] = frozenset()
    keep: timedelta = timedelta(days=14)  # messages that are settled


@dataclass(frozen=True, slots=True)
class DoctorSettings:
    """What `newsletter doctor` can't find out by itself.

    `name_server` is asked instead of the system's. `sending_addresses` are those that receivers see our mail come
    from, where the mail server's name does not lead to them.
    """

    name_server: str = ""
    sending_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A signing key: its selector in DNS and its private key in PEM."""

    selector: str
    private_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DkimSettings:
    """What letters are signed with; every key makes a signature of its own. No keys, no signature."""

    domain: str = ""
    keys: tuple[DkimKey, ...] = ()


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the pages listen. `trusted_proxies` is the number of reverse proxies before us."""

    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `number` in each window of `per`. Windows follow one another, counted from 1970 in UTC."""

    number: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Consent:
    """What readers agree to. `version` is what a form names; `language` is empty where it is the site's."""

    text: str
    version: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class SignupSettings:
    """Double opt-in: the words a reader agrees to, their version, and how long a confirmation link lives.

    Scripts of pages at `origins` may sign readers up. With `check_dns`, domains that cannot receive mail are
    refused; those in `disposable_domains` are in any case.

    And what keeps robots from abusing it; a limit that is None is none. `per_network` and `per_address` refuse
    sign-ups, `per_domain` makes confirmation mails wait, but not those to `shared_domains`, whose readers have
    nothing to do with each other. A form that is sent sooner than `minimum_time` after it was shown is asked for
    again; with no minimum time and no proof of work (in bits), forms need no stamp. 0 `confirmations_per_minute`
    is no brake.
    """

    consent_text: str
    consent_version: str
    consent_texts: Mapping[str, str] = field(default_factory=dict)  # the same words in other languages, by tag
    confirm_within: timedelta = timedelta(days=7)
    mails_per_day: int = 3
    origins: frozenset[str] = frozenset()
    check_dns: bool = False
    disposable_domains: Path | None = None
    per_network: Limit | None = Limit(40, timedelta(minutes=10))
    per_address: Limit | None = Limit(10, timedelta(days=1))
    per_domain: Limit | None = Limit(30, timedelta(minutes=10))
    shared_domains: frozenset[str] = frozenset()
    minimum_time: timedelta = timedelta(seconds=2)
    proof_of_work: int = 0
    confirmations_per_minute: int = 60

    @property
    def consents(self) -> tuple[Consent, ...]:
        """Return the words of consent in every language, those of `consent_text` first."""
        version = self.consent_version
        others = (
            Consent(text, f"{version}/{language}", language) for language, text in self.consent_texts.items()
        )
        return Consent(self.consent_text, version), *others

    def consent(self, language: str) -> Consent:
        """Return the words for a page in a language: in it where there are some."""
        return next((each for each in self.consents if each.language == language), self.consents[0])

    @property
    def needs_stamp(self) -> bool:
        """Tell whether a form must carry a stamp."""
        return bool(self.minimum_time or self.proof_of_work)


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """Signing in at the desk, and how long its log is kept.

    A session lapses when it is not used for `session_idle`, at the latest after `session_lasts`. Sensitive deeds
    ask again who it is where that was shown longer ago than `ask_again_after`.
    """

    session_idle: timedelta = timedelta(hours=12)
    session_lasts: timedelta = timedelta(days=7)
    ask_again_after: timedelta = timedelta(hours=1)
    invitations_last: timedelta = timedelta(days=7)
    require_totp: bool = False
    keep_log: timedelta = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """What is kept of readers, and for how long. Network addresses kept for no time are never written down."""

    keep_network_addresses: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """What is counted of what readers do with a letter: nothing, unless the newsroom asks for it.

    Hits are kept with their readers for `keep` from an issue's lock on; only sums are left then.
    """

    opens: bool = False
    clicks: bool = False
    keep: timedelta = timedelta(days=90)

    @property
    def is_on(self) -> bool:
        """Tell whether anything is counted."""
        return self.opens or self.clicks


@dataclass(frozen=True, slots=True)
class SectionSettings:
    """A section of a newsletter. `maximum` bounds the stories shown in full; the rest goes to "also today"."""

    name: str
    title: str
    minimum: int = 0
    maximum: int = 6
    when_empty: WhenEmpty = WhenEmpty.LEAVE_OUT


@dataclass(frozen=True, slots=True)
class NewsletterSettings:
    """A recurring product. `days` are weekdays, 0 is Monday.

    With `local_evening` readers get the issue at its hour in their own time zone, else those who chose no hour get
    it at once. `weekly_on` is the weekday of the weekly best-of; None is Saturday, or else the last of `days`.
    """

    slug: str
    title: str
    from_address: str
    build_at: time
    send_at: time
    from_name: str = ""
    reply_to: str = ""
    unsubscribe_address: str = ""  # where a mailto unsubscribe goes; reply_to or from_address when empty
    description: str = ""
    days: frozenset[int] = frozenset(range(7))
    minimum_articles: int = 1
    maximum_also: int = 12
    sections: tuple[SectionSettings, ...] = ()
    language: str = "en"
    template: str = "evening"
    when_nobody_acts: WhenNobodyActs = WhenNobodyActs.SEND
    remind_before: timedelta | None = timedelta(minutes=30)  # editors, of an issue that will not leave by itself
    late_after: timedelta = timedelta(hours=3)
    first_window: timedelta = timedelta(hours=24)
    local_evening: bool = True
    weekly_on: int | None = None
    tracking: TrackingSettings = TrackingSettings()
    archive: bool = False  # whether past issues can be read by everybody
    holidays: tuple[tuple[date, date], ...] = ()  # first and last local dates on which nothing is sent

    def rests_on(self, day: date) -> bool:
        """Tell whether a local date is a holiday."""
        return any(first <= day <= last for first, last in self.holidays)

    @property
    def weekly_day(self) -> int:
        """The weekday on which who reads weekly is sent the best of the week; 0 is Monday."""
        if self.weekly_on is not None:
            return self.weekly_on
        return _SATURDAY if _SATURDAY in self.days else max(self.days, default=_SATURDAY)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Where articles come from. `section` files every article of this source under one section."""

    name: str
    kind: str  # "feed" | "wordpress" | "folder"
    url: str = ""
    path: Path | None = None
    section: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in force. `file` is the file it came from; relative paths were resolved against its folder."""

    site: SiteSettings
    database_url: str
    secret: str = field(repr=False)
    transport: TransportSettings
    signup: SignupSettings
    newsletters: tuple[NewsletterSettings, ...]
    sources: tuple[SourceSettings, ...]
    collect: CollectSettings = CollectSettings()
    delivery: DeliverySettings = DeliverySettings()
    pace: PaceSettings = PaceSettings()
    warm_up: WarmUpSettings = WarmUpSettings()
    dkim: DkimSettings = DkimSettings()
    doctor: DoctorSettings = DoctorSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    webhooks: OutgoingWebhookSettings = OutgoingWebhookSettings()
    web: WebSettings = WebSettings()
    privacy: PrivacySettings = PrivacySettings()
    desk: DeskSettings = DeskSettings()
    checks: Mapping[str, Level | None] = field(default_factory=dict)  # by a check's name; None is off
    tracking: TrackingSettings = TrackingSettings()  # of newsletters that do not say otherwise
    templates: Path | None = None  # a folder whose files win over the shipped templates
    file: Path | None = None

    def newsletter(self, slug: str) -> NewsletterSettings:
        """Return the newsletter of that slug. Raises KeyError."""
        for newsletter in self.newsletters:
            if newsletter.slug == slug:
                return newsletter
        raise KeyError(slug)
