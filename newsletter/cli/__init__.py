"""The `newsletter` command. One module a group; one sentence and an exit code for what goes wrong."""

from newsletter.cli.root import main

__all__ = ["main"]
