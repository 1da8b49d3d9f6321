"""The demo's set-up: the newsroom, the mailbox, the pages and the product between them, all on this machine.

A stage's folder keeps the database, the key that links are signed with, and the mail. Only one demo plays in a
folder at a time.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import time
from pathlib import Path

from flask import Flask

from newsletter import config
from newsletter.app import App, compose
from newsletter.clock import Chance, Clock
from newsletter.demo.edition import Story, open_edition
from newsletter.demo.mailbox import Mailbox
from newsletter.demo.mailbox_pages import create_mailbox_pages
from newsletter.demo.newsroom import create_newsroom
from newsletter.demo.server import HOST, Server
from newsletter.migrations import upgrade
from newsletter.settings import NewsletterSettings, Settings, SourceSettings, TransportSettings
from newsletter.web.app import create_web


class FolderInUse(Exception):
    """Another demo plays in this folder; stop it, or name another folder."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo would like to listen; 0 is any free port, and so is one that is taken."""

    web: int = 8080
    newsroom: int = 8081
    mailbox: int = 8082
    smtp: int = 8025


ANY_PORTS = Ports(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that is up. The addresses carry no trailing slash."""

    app: App
    mailbox: Mailbox
    stories: tuple[Story, ...]
    newsroom_url: str
    mailbox_url: str

    @property
    def web_url(self) -> str:
        """Where the newsletter's own pages are."""
        return self.app.settings.site.base_url

    @property
    def newsletter(self) -> NewsletterSettings:
        """The newsletter that is shown: the first of the configuration."""
        return self.app.settings.newsletters[0]

    @property
    def lead(self) -> Story:
        """The story under which to sign up: the one most talked about that has a picture."""
        return max((story for story in self.stories if story.picture), key=lambda story: story.comments)


@contextmanager
def set_up(folder: Path, example: Path, *, ports: Ports, clock: Clock, chance: Chance) -> Iterator[Stage]:
    """Put everything up from the configuration `example`, with nothing collected yet, and take it down at the end.

    Raises ConfigError, and FolderInUse when a demo already plays in `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_alone(folder))
        newsroom, web, pages = (
            stack.enter_context(Server(port)) for port in (ports.newsroom, ports.web, ports.mailbox)
        )
        mailbox = stack.enter_context(Mailbox(folder / "mailbox", port=ports.smtp, clock=clock))
        written = config.load(example, {}, secret=_key(folder, chance))
        settings = _settings(written, folder, newsroom=newsroom.url, web=web, smtp_port=mailbox.port)
        upgrade(settings.database_url)
        app = compose(settings, clock, chance)
        stack.callback(app.database.dispose)
        stage = Stage(app, mailbox, open_edition(clock.now()), newsroom.url, pages.url)
        newsroom.start(_newsroom(stage))
        pages.start(_mailbox_pages(stage))
        web.start(create_web(app))
        yield stage


def clear(folder: Path) -> None:
    """Remove what a demo left in the folder, and nothing else. Raises FolderInUse."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        for pattern in ("newsletter.db*", "mailbox/*.eml", "mailbox/.*.part"):
            for path in folder.glob(pattern):
                path.unlink()


def _newsroom(stage: Stage) -> Flask:
    return create_newsroom(
        stage.stories,
        base_url=stage.newsroom_url,
        subscribe_url=f"{stage.web_url}/subscribe/{stage.newsletter.slug}",
        signup=stage.app.settings.signup,
        now=stage.app.clock.now(),
        zone=stage.app.settings.site.time_zone,
    )


def _mailbox_pages(stage: Stage) -> Flask:
    return create_mailbox_pages(
        stage.mailbox,
        zone=stage.app.settings.site.time_zone,
        picture_origins=(stage.newsroom_url, stage.web_url),
        own_origins=(stage.web_url,),
    )


def _settings(written: Settings, folder: Path, *, newsroom: str, web: Server, smtp_port: int) -> Settings:
    # Words, send time and sections stay as they are written; where things are is what was really bound.
    return replace(
        written,
        site=replace(written.site, base_url=web.url, url=newsroom),
        database_url=f"sqlite:///{folder.resolve() / 'newsletter.db'}",
        transport=TransportSettings(kind="smtp", host=HOST, port=smtp_port, security="none"),
        sources=(SourceSettings(written.site.name, "feed", f"{newsroom}/feed.xml"),),
        collect=replace(written.collect, allow_hosts=frozenset({HOST})),
        newsletters=tuple(_every_day(newsletter) for newsletter in written.newsletters),
        # The demo's readers live at example.org and its like, whose DNS says that they take no mail.
        signup=replace(written.signup, check_dns=False, origins=frozenset({newsroom})),
        web=replace(written.web, host=HOST, port=web.port, trusted_proxies=0),
    )


def _every_day(newsletter: NewsletterSettings) -> NewsletterSettings:
    # Tonight's issue may be built at any hour of today, and the daemon sees no earlier evening to make up for.
    # Whoever plays in another time zone wants the issue when it is sent, not at an evening of their own.
    return replace(newsletter, days=frozenset(range(7)), build_at=time(0), local_evening=False)


def _key(folder: Path, chance: Chance) -> str:
    file = folder / "secret.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(chance.token(32) + "\n", encoding="ascii")
    return file.read_text(encoding="ascii").strip()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(
                f"a demo already plays in {folder.resolve()}; stop it, or name another folder with --folder"
            ) from None
        yield
