"""The command's root: options that every command shares, and how failures are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from newsletter.cli import (
    articles,
    configuring,
    deliveries,
    desk,
    dkim,
    doctor,
    exporting,
    feeding,
    figures,
    importing,
    issues,
    keys,
    leaving,
    letters,
    pacing,
    playing,
    readers,
    reasons,
    running,
    storing,
    suppressions,
    tracking,
    warming,
    webhooks,
    working,
)
from newsletter.cli.context import Context
from newsletter.cli.failing import told
from newsletter.cli.log import set_up
from newsletter.cli.printing import err

EPILOG = """\b
Exit codes: 0 done · 1 failed, with one sentence why · 2 wrong usage · 3 done, but something remains to be sent ·
130 stopped by Ctrl-C

\b
Examples:
  newsletter init evening          make a folder with a configuration to edit
  newsletter config check          say what is in force
  newsletter issues build          assemble tonight's draft
  newsletter daemon                collect, assemble and send, every evening
"""

_LOGGING = frozenset({"daemon", "serve", "demo", "worker", "feedback"})
_INTERRUPTED = 130  # 128 + SIGINT, as shells count


class _Root(click.Group):
    """Turns failures into one sentence. `--debug` shows the traceback too."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort) as stopped:
            if err.is_terminal:
                err.print()  # the terminal has written ^C
            err.print("Stopped; what was finished until then is kept.")
            raise click.exceptions.Exit(_INTERRUPTED) from stopped
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            raise click.ClickException(told(error)) from error


@click.group(cls=_Root, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "-c",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config.toml"),
    envvar="NEWSLETTER_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The configuration file.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks, and log in detail.")
@click.version_option(package_name="newsletter")
@click.pass_context
def main(ctx: click.Context, /, *, config: Path, debug: bool) -> None:
    """Build a newsroom's evening issue from the day's articles and deliver it to every subscriber, once."""
    set_up(debug=debug, quiet=ctx.invoked_subcommand not in _LOGGING)
    ctx.obj = Context(config)
    ctx.call_on_close(ctx.obj.close)


for command in (
    configuring.init,
    configuring.config,
    storing.database,
    articles.collect,
    articles.sources,
    issues.issues,
    readers.subscribers,
    suppressions.suppressions,
    figures.figures,
    deliveries.deliveries,
    tracking.tracking,
    pacing.pace,
    warming.warm_up,
    dkim.dkim,
    doctor.doctor,
    feeding.feedback,
    desk.desk,
    keys.keys,
    webhooks.webhooks,
    running.daemon,
    running.serve,
    working.worker,
    working.workers,
    playing.demo,
):
    main.add_command(command)
letters.add_to(issues.issues)
importing.add_to(readers.subscribers)
exporting.add_to(readers.subscribers)
reasons.add_to(readers.subscribers)
leaving.add_to(readers.subscribers)
