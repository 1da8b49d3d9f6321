"""The daemon: APScheduler's ticks ask the rows what is due, and do it.

    collect | build at build_at | lock and send at send_at | notices | sweep | pulse

A tick has no meaning of its own: a missed one is made up for by the next, and one too many finds nothing to do.
What makes an evening happen once is the unique (newsletter, date) row, so a restart, a second daemon started by
mistake or an hour that comes twice cannot make a second issue. What fails is logged and tried again, and stops
nothing else: not another source, not another newsletter, not the confirmation mails.
"""

from newsletter.daemon.deeds import Daemon

__all__ = ["Daemon"]
