"""The work on a file, in a thread of its own: to look what would become of it, to take it in, to take it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Thread
from typing import IO, Any

import structlog

from newsletter.app import App
from newsletter.web.desk.uploads.shelf import Shelf, Stage, Upload
from subscribers import importing
from subscribers.evidence import Evidence
from subscribers.importing import Elsewhere, Import, ImportReport, RefusedFile, Rules, Table

_PATIENCE = 20  # seconds between two signs of life of what waits for its turn
_UNKNOWN = "Something went wrong that nobody foresaw; the server's log tells what. Start it again."
_log = structlog.get_logger("newsletter.desk")


@dataclass(frozen=True, slots=True)
class Work:
    """Begins work, one file at a time in this process."""

    app: App
    shelf: Shelf
    turn: BoundedSemaphore = field(default_factory=BoundedSemaphore)

    def look(self, upload: Upload) -> None:
        """Begin to look what would become of a file, which writes nothing."""
        self._begin(replace(upload, stage=Stage.LOOKING), self._looked)

    def take(self, upload: Upload) -> None:
        """Begin to take a file in."""
        self._begin(replace(upload, stage=Stage.TAKING), self._taken)

    def undo(self, upload: Upload) -> None:
        """Begin to take an import back."""
        self._begin(replace(upload, stage=Stage.UNDOING), self._undone)

    def _begin(self, upload: Upload, act: Callable[[Upload], Upload]) -> None:
        begun = replace(upload, at=self.app.clock.now(), trouble="", told={}, rows=0, read=0)
        self.shelf.write(begun)
        Thread(target=self._run, args=(begun, act), daemon=True).start()

    def _run(self, upload: Upload, act: Callable[[Upload], Upload]) -> None:
        while not self.turn.acquire(timeout=_PATIENCE):
            self._tell(upload)
        try:
            self._tell(act(upload))
        except (importing.UnknownColumns, importing.UnknownEncoding, LookupError) as trouble:
            self._tell(replace(upload, stage=Stage.FAILED, trouble=str(trouble)))
        except Exception:  # noqa: BLE001 - whatever it is, the page must not wait for ever
            _log.exception("the work on a file of readers failed", file=upload.file_name)
            self._tell(replace(upload, stage=Stage.FAILED, trouble=_UNKNOWN))
        finally:
            self.turn.release()

    def _tell(self, upload: Upload) -> None:
        self.shelf.write(replace(upload, at=self.app.clock.now()))

    def _looked(self, upload: Upload) -> Upload:
        report = self._import(upload, importing.foresee)
        return replace(upload, stage=Stage.LOOKED, told=_told(report), rows=report.rows)

    def _taken(self, upload: Upload) -> Upload:
        report = self._import(upload, importing.take)
        self.shelf.rows_of(upload.key).unlink()
        number = report.number or 0
        return replace(upload, stage=Stage.TAKEN, told=_told(report), rows=report.rows, number=number)

    def _undone(self, upload: Upload) -> Upload:
        app, evidence = self.app, Evidence("desk", actor=upload.actor)

        def progress(seen: int) -> None:
            self._tell(replace(upload, rows=seen))

        report = importing.undo(app.database, upload.number, evidence, app.clock.now, progress)
        told = {"removed": report.removed, "kept": report.kept, "left": report.left}
        return replace(upload, stage=Stage.UNDONE, rows=report.seen, told=told)

    def _import(self, upload: Upload, run: Callable[..., ImportReport]) -> ImportReport:
        refused = self.shelf.refused_of(upload.key)
        with (
            self.shelf.rows_of(upload.key).open("rb") as file,
            refused.open("w", encoding="utf-8", errors="surrogateescape", newline="") as rows,
        ):
            table = opened(upload, file)

            def progress(done: int) -> None:
                self._tell(replace(upload, rows=done, read=file.tell()))

            told = RefusedFile.into(rows, table.columns.header)
            wanted = replace(self._wanted(upload, table), refused=told, progress=progress)
            return run(self.app.database, self.app.tokens, wanted)

    def _wanted(self, upload: Upload, table: Table) -> Import:
        newsletter = self.app.settings.newsletter(upload.newsletter)
        sections = [section.name for section in newsletter.sections] or None
        everybody = Elsewhere(upload.everybody) if upload.everybody else None
        rules = Rules(newsletter.slug, sections, upload.with_leavers, everybody)
        evidence = Evidence("import", actor=upload.actor, consent_text=upload.consent)
        return Import(table, rules, evidence, self.app.clock.now, upload.file_name)


def opened(upload: Upload, file: IO[bytes]) -> Table:
    """Return a file's table as it is to be read. Raises UnknownColumns, UnknownEncoding."""
    text = importing.decode(file, upload.encoding)
    return importing.read(text.lines, upload.columns, upload.file_name)


def _told(report: ImportReport) -> Mapping[str, Any]:
    return {
        "fates": {str(fate): number for fate, number in report.fates.items()},
        "seen": {str(fate): emails for fate, emails in report.seen.items()},
        "refused": report.refused,
        "added": report.added,
        "reasons": {str(reason): number for reason, number in report.reasons.most_common()},
        "first": [{"line": one.line, "sentence": one.sentence} for one in report.refusals],
    }
