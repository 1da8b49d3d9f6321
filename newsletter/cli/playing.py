"""`newsletter demo`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.log import set_up


@click.command(epilog="\b\nExamples:\n  newsletter demo\n  newsletter demo --once\n  newsletter demo --fresh")
@click.option("--once", is_flag=True, help="Make the whole journey by itself, print a report, and exit.")
@click.option("--fresh", is_flag=True, help="Forget what earlier demos left in the folder.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where the demo keeps its database and its mail.",
)
@click.pass_context
def demo(ctx: click.Context, /, *, once: bool, fresh: bool, folder: Path) -> None:
    """Try everything on this machine.

    A small newsroom, a mailbox, the readers' pages, the desk and the daemon, until Ctrl-C.
    """
    if once:
        set_up(debug=ctx.find_root().params["debug"], quiet=True)
    try:
        from newsletter.demo.run import run_demo  # noqa: PLC0415 - needs packages that only the demo uses
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"The demo needs {error.name}, which is not installed; `pip install 'newsletter[demo]'` brings it."
        ) from None
    raise click.exceptions.Exit(run_demo(once=once, fresh=fresh, folder=folder))
