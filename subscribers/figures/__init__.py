"""Figures of the register, from its events alone: who came, who confirmed, who left and why.

    events of a span, each with whether its reader was active before -> counts | days | pages | departures

A day is the newsroom's: it has 23 or 25 hours when the clocks change. Days that are over are counted once only.
"""

from subscribers.figures.days import Day, days
from subscribers.figures.departures import Departure, departures
from subscribers.figures.kept import keep_days
from subscribers.figures.pages import Page, pages
from subscribers.figures.report import TABLES, Report, as_csv, as_json, lately, report
from subscribers.figures.spans import Span, span_of

__all__ = [
    "TABLES", "Day", "Departure", "Page", "Report", "Span", "as_csv", "as_json", "days", "departures", "keep_days",
    "lately", "pages", "report", "span_of",
]  # fmt: skip
