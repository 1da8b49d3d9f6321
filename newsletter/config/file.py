"""One file into `Settings`, section by section."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from newsletter.config import values
from newsletter.config.checks import checks
from newsletter.config.desk import desk
from newsletter.config.dkim import dkim
from newsletter.config.doctor import doctor
from newsletter.config.feedback import feedback
from newsletter.config.newsletters import newsletters
from newsletter.config.pace import pace
from newsletter.config.reading import Problems, Table
from newsletter.config.secrets import DATABASE, password, refuse, signing_key
from newsletter.config.signup import signup
from newsletter.config.tracking import tracking
from newsletter.config.transport import transport
from newsletter.config.warm_up import warm_up
from newsletter.settings import (
    CollectSettings,
    DeliverySettings,
    InDoubt,
    OutgoingWebhookSettings,
    PrivacySettings,
    Settings,
    SiteSettings,
    SourceSettings,
    TransportSettings,
    WebSettings,
)

_DATABASE_URL = '"sqlite:///newsletter.db" or "postgresql://user@host/name"'


class ConfigError(Exception):
    """The configuration can't be used; the text has one sentence a line, each complete in itself."""


def load(path: Path, environ: Mapping[str, str], *, secret: str | None = None) -> Settings:
    """Read a configuration file. A given `secret` wins over the configured one, which then need not exist.

    Relative paths in the file are resolved against its folder. Raises ConfigError with everything that is wrong.
    """
    problems = Problems(str(path))
    root = Table("", _parse(path), problems)
    folder = path.resolve().parent
    way = transport(root.table("transport"), folder, environ)
    counted = tracking(root.table("tracking"))
    settings = Settings(
        site=_site(root.table("site")),
        database_url=_database(root.table("database"), folder, environ),
        secret=signing_key(root.table("secrets"), folder, environ, secret),
        transport=way,
        signup=signup(root.table("signup"), folder),
        newsletters=newsletters(root.tables("newsletters"), problems, counted),
        sources=_sources(root.tables("sources"), folder, problems),
        collect=_collect(root.table("collect")),
        delivery=_delivery(root.table("delivery"), way),
        pace=pace(root.table("pace")),
        warm_up=warm_up(root.table("warm_up")),
        dkim=dkim(root.table("dkim"), folder),
        doctor=doctor(root.table("doctor")),
        feedback=feedback(root.table("feedback"), folder, environ),
        webhooks=_webhooks(root.table("webhooks")),
        web=_web(root.table("web")),
        privacy=_privacy(root.table("privacy")),
        checks=checks(root.table("checks")),
        tracking=counted,
        desk=desk(root.table("desk")),
        templates=_folder(root, "templates", folder),
        file=path.resolve(),
    )
    root.finish()
    if problems.sentences:
        raise ConfigError("\n".join(problems.sentences))
    return settings


def _parse(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such file; name one with --config, or make one with `newsletter init DIR`"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from None


def _site(table: Table) -> SiteSettings:
    site = SiteSettings(
        name=table.required("name", values.text, ""),
        base_url=table.required("base_url", values.url, ""),
        time_zone=table.required("time_zone", values.zone, ZoneInfo("UTC")),
        postal_address=table.required("postal_address", values.text, ""),
        language=table.optional("language", values.language, "en"),
        url=table.optional("url", values.url, ""),
    )
    table.finish()
    return site


def _database(table: Table, folder: Path, environ: Mapping[str, str]) -> str:
    written = table.required("url", values.text, "sqlite:///newsletter.db")
    secret = password(table, DATABASE, folder, environ)
    table.finish()
    try:
        url = make_url(written)
    except ArgumentError:
        table.problems.add(table.name("url"), written, _DATABASE_URL)
        return written
    backend = url.get_backend_name()
    if backend not in {"sqlite", "postgresql"} or not url.database:
        shown = url.render_as_string(hide_password=True)
        table.problems.add(table.name("url"), shown, _DATABASE_URL)
    if url.password is not None:
        refuse(table, "url", "holds a password", "password_file", DATABASE)
    if backend == "sqlite" and url.database:
        url = url.set(database=str(folder / url.database))
    elif backend == "postgresql" and secret:
        url = url.set(password=secret)
    return url.render_as_string(hide_password=False)


def _collect(table: Table) -> CollectSettings:
    default = CollectSettings()
    collect = CollectSettings(
        every=table.optional("every", values.duration, default.every),
        timeout=table.optional("timeout", values.duration, default.timeout),
        max_bytes=table.optional("max_bytes", values.size, default.max_bytes),
        allow_hosts=table.optional("allow_hosts", values.hosts, default.allow_hosts),
        user_agent=table.optional("user_agent", values.text, default.user_agent),
    )
    table.finish()
    return collect


def _delivery(table: Table, way: TransportSettings) -> DeliverySettings:
    default = DeliverySettings(in_doubt=InDoubt.ASK if way.has_api else InDoubt.RESEND)
    delivery = DeliverySettings(
        window=table.optional("window", values.whole(1, 1000), default.window),
        in_doubt_bound=table.optional("in_doubt_bound", values.whole(1, 1_000_000), default.in_doubt_bound),
        processes=table.optional("processes", values.whole(1, 64), default.processes),
        spread_over=table.optional("spread_over", values.duration, default.spread_over),
        keep_days=table.optional("keep_days", values.whole(1, 36_500), default.keep_days),
        lease=table.optional("lease", values.duration, default.lease),
        in_doubt=table.optional("in_doubt", values.one_of(InDoubt), default.in_doubt),
        give_up_after=table.optional("give_up_after", values.duration, default.give_up_after),
    )
    if way.has_api and delivery.in_doubt is InDoubt.RESEND:
        table.problems.say(
            table.name("in_doubt"),
            'is "resend", which would send copies blindly: a mail API does not tell whether it took a letter '
            'whose answer was lost; expected "ask" or "skip"',
        )
    table.finish()
    return delivery


def _webhooks(table: Table) -> OutgoingWebhookSettings:
    default = OutgoingWebhookSettings()
    webhooks = OutgoingWebhookSettings(
        timeout=table.optional("timeout", values.duration, default.timeout),
        allow_hosts=table.optional("allow_hosts", values.hosts, default.allow_hosts),
        keep=table.optional("keep", values.duration, default.keep),
    )
    table.finish()
    return webhooks


def _web(table: Table) -> WebSettings:
    default = WebSettings()
    web = WebSettings(
        host=table.optional("host", values.text, default.host),
        port=table.optional("port", values.whole(1, 65535), default.port),
        trusted_proxies=table.optional("trusted_proxies", values.whole(0, 10), default.trusted_proxies),
    )
    table.finish()
    return web


def _privacy(table: Table) -> PrivacySettings:
    default = PrivacySettings()
    privacy = PrivacySettings(
        keep_network_addresses=table.optional(
            "keep_network_addresses", values.duration_or_none, default.keep_network_addresses
        ),
    )
    table.finish()
    return privacy


def _sources(tables: list[Table], folder: Path, problems: Problems) -> tuple[SourceSettings, ...]:
    if not tables:
        problems.say("sources", "is missing; expected at least one [[sources]] table")
    sources = tuple(_source(table, folder) for table in tables)
    names = [source.name for source in sources]
    for position, name in enumerate(names):
        if name in names[:position]:
            problems.say(
                f"sources[{position}].name", f'is "{name}", which an earlier source has; names must differ'
            )
    return sources


def _source(table: Table, folder: Path) -> SourceSettings:
    kind = table.required("kind", values.word("feed", "wordpress", "folder"), "feed")
    name = table.required("name", values.text, "")
    section = table.optional("section", values.any_text, "")
    if kind == "folder":
        source = SourceSettings(
            name, kind, path=folder / table.required("path", values.text, "."), section=section
        )
    else:
        source = SourceSettings(name, kind, url=table.required("url", values.url, ""), section=section)
    table.finish()
    return source


def _folder(table: Table, key: str, folder: Path) -> Path | None:
    written = table.optional(key, values.text, "")
    return folder / written if written else None
