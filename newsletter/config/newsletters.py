"""The [[newsletters]] tables into settings."""

from __future__ import annotations

from datetime import time, timedelta

from newsletter.config import values
from newsletter.config.reading import Problems, Table
from newsletter.config.tracking import newsletter_tracking
from newsletter.settings import NewsletterSettings, SectionSettings, TrackingSettings, WhenEmpty, WhenNobodyActs

_DEFAULT = NewsletterSettings(slug="", title="", from_address="", build_at=time(17, 30), send_at=time(18))
_DAY = timedelta(days=1)


def newsletters(
    tables: list[Table], problems: Problems, counted: TrackingSettings
) -> tuple[NewsletterSettings, ...]:
    """Return the newsletters in the file's order; there must be one at least, and no slug twice.

    `counted` is what is counted of those that do not say otherwise.
    """
    if not tables:
        problems.say("newsletters", "is missing; expected at least one [[newsletters]] table")
    found = tuple(_newsletter(table, counted) for table in tables)
    slugs = [newsletter.slug for newsletter in found]
    for position, slug in enumerate(slugs):
        if slug and slug in slugs[:position]:
            problems.say(f"newsletters[{position}].slug", f'is "{slug}", which an earlier newsletter has')
    return found


def _newsletter(table: Table, counted: TrackingSettings) -> NewsletterSettings:
    title = table.required("title", values.text, "")
    newsletter = NewsletterSettings(
        slug=table.required("slug", values.slug, ""),
        title=title,
        from_address=table.required("from_address", values.address, ""),
        build_at=table.required("build_at", values.time_of_day, _DEFAULT.build_at),
        send_at=table.required("send_at", values.time_of_day, _DEFAULT.send_at),
        from_name=table.optional("from_name", values.text, title),
        reply_to=table.optional("reply_to", values.address, ""),
        unsubscribe_address=table.optional("unsubscribe_address", values.address, ""),
        description=table.optional("description", values.any_text, ""),
        days=table.optional("days", values.days, _DEFAULT.days),
        minimum_articles=table.optional("minimum_articles", values.whole(1, 1000), _DEFAULT.minimum_articles),
        maximum_also=table.optional("maximum_also", values.whole(0, 1000), _DEFAULT.maximum_also),
        sections=_sections(table),
        language=table.optional("language", values.language, _DEFAULT.language),
        template=table.optional("template", values.slug, _DEFAULT.template),
        when_nobody_acts=table.optional(
            "when_nobody_acts", values.one_of(WhenNobodyActs), _DEFAULT.when_nobody_acts
        ),
        remind_before=table.optional("remind_before", values.duration_or_none, _DEFAULT.remind_before),
        late_after=table.optional("late_after", values.duration, _DEFAULT.late_after),
        first_window=table.optional("first_window", values.duration, _DEFAULT.first_window),
        local_evening=table.optional("local_evening", values.switch, _DEFAULT.local_evening),
        holidays=table.optional("holidays", values.holidays, ()),
        archive=table.optional("archive", values.switch, _DEFAULT.archive),
        weekly_on=table.optional("weekly_on", values.weekday, None),
        tracking=newsletter_tracking(table.table("tracking"), counted),
    )
    if newsletter.weekly_on is not None and newsletter.weekly_on not in newsletter.days:
        table.problems.add(table.name("weekly_on"), table.values.get("weekly_on"), "one of its days")
    if newsletter.late_after >= _DAY:
        table.problems.add(table.name("late_after"), table.values.get("late_after"), "less than a day")
    table.finish()
    return newsletter


def _sections(table: Table) -> tuple[SectionSettings, ...]:
    """Return the sections, each written as a name or as a table with a name."""
    written = table.values.get("sections", [])
    if isinstance(written, list) and any(isinstance(entry, dict) for entry in written):
        entries = [entry if isinstance(entry, dict) else {"name": entry} for entry in written]
        nested = Table(table.path, {"sections": entries}, table.problems)
        found = tuple(_section(entry) for entry in nested.tables("sections"))
        table.given("sections")
    else:
        found = table.optional("sections", _plain_sections, ())
    _refuse_doubles(table, found)
    return found


def _plain_sections(value: object) -> tuple[SectionSettings, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        raise values.Expected(
            'a list of section names such as ["city", "culture"], or [[newsletters.sections]] tables'
        )
    return tuple(SectionSettings(name.strip().lower(), _titled(name)) for name in value)


def _section(table: Table) -> SectionSettings:
    name = table.required("name", _section_name, "")
    section = SectionSettings(
        name=name,
        title=table.optional("title", values.text, _titled(name)),
        minimum=table.optional("minimum", values.whole(0, 100), 0),
        maximum=table.optional("maximum", values.whole(1, 100), 6),
        when_empty=table.optional("when_empty", values.one_of(WhenEmpty), WhenEmpty.LEAVE_OUT),
    )
    if section.minimum > section.maximum:
        table.problems.add(table.name("minimum"), section.minimum, f"at most its maximum, {section.maximum}")
    table.finish()
    return section


def _section_name(value: object) -> str:
    name = values.text(value).lower()
    if "," in name or "+" in name:
        raise values.Expected('a name without "," and "+"')
    return name


def _titled(name: str) -> str:
    return name.strip()[:1].upper() + name.strip()[1:]


def _refuse_doubles(table: Table, sections: tuple[SectionSettings, ...]) -> None:
    names = [section.name for section in sections]
    for name in sorted({name for name in names if names.count(name) > 1}):
        table.problems.say(table.name("sections"), f'has "{name}" twice; each section stands once')
