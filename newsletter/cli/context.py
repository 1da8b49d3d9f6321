"""What a command works with: the settings and the product composed from them, made when first asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import click

from newsletter.app import App, compose
from newsletter.config import load
from newsletter.migrations import ensure
from newsletter.settings import NewsletterSettings, Settings


@dataclass
class Context:
    """One run of the command."""

    config: Path
    opened: list[App] = field(default_factory=list)

    @cached_property
    def settings(self) -> Settings:
        """What the configuration file says. Raises ConfigError."""
        return load(self.config, os.environ)

    @cached_property
    def app(self) -> App:
        """The product, its database at hand: an empty one is made ready, one of another version refused."""
        app = compose(self.settings)
        self.opened.append(app)
        ensure(app.database)
        return app

    def local(self, moment: datetime | None) -> datetime | None:
        """Return a moment in the newsroom's time zone, which is what people read."""
        return moment.astimezone(self.settings.site.time_zone) if moment else None

    def newsletter(self, slug: str | None) -> NewsletterSettings:
        """Return the newsletter of that slug, or the first of the configuration."""
        if slug is None:
            return self.settings.newsletters[0]
        try:
            return self.settings.newsletter(slug)
        except KeyError:
            known = ", ".join(newsletter.slug for newsletter in self.settings.newsletters)
            raise click.UsageError(f'There is no newsletter "{slug}"; the configuration has: {known}.') from None

    def close(self) -> None:
        """Let go of the database."""
        for app in self.opened:
            app.database.dispose()


pass_context = click.make_pass_decorator(Context)
