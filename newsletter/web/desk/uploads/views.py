"""The pages of imports: send a file, look what would become of it, take it in, take it back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from newsletter.app import App
from newsletter.editors.log import About, note
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.signin import actor
from newsletter.web.desk.uploads.preview import preview
from newsletter.web.desk.uploads.shelf import Shelf, Stage, Upload
from newsletter.web.desk.uploads.working import Work
from subscribers.importing import FIELDS, Elsewhere
from subscribers.models import Import

MOST = 400 * 1024 * 1024  # octets of a file; a million readers take about 60 to 250 of them each
ENCODINGS = {
    "": "found by itself",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Western European (Windows 1252)",
    "iso8859-15": "Western European (ISO 8859-15)",
    "cp1250": "Central European (Windows 1250)",
    "iso8859-2": "Central European (ISO 8859-2)",
    "cp1251": "Cyrillic (Windows 1251)",
    "koi8-r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek (Windows 1253)",
    "cp1254": "Turkish (Windows 1254)",
    "mac-roman": "Western European (old Macintosh)",
    "cp932": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "euc-kr": "Korean (EUC-KR)",
}
FATES = {
    "new": ("New readers, active at once", "New readers, active now"),
    "back": (
        "Readers again, whom an undone import had brought",
        "Readers again, whom an undone import had brought",
    ),
    "unchanged": ("Here already, or twice in the file: nothing is changed", "Here already, or twice in the file"),
    "left": ("Kept as unsubscribed", "Kept as unsubscribed"),
    "barred": ("Kept as barred", "Kept as barred"),
}
_STANDINGS = {str(each): str(each) for each in Elsewhere if each is not Elsewhere.REMOVED}
_LONGEST_NAME, _LONGEST_CONSENT = 200, 2000
_LISTED = 50
_GONE = "There is no such file any more: files are kept for a day."


@dataclass(frozen=True, slots=True)
class Uploads:
    """The pages and their actions."""

    app: App
    shelf: Shelf
    work: Work

    @needs(Role.PUBLISHER)
    def page(self) -> ResponseReturnValue:
        """Ask for a file; list the files under way, and the imports that were."""
        now = self.app.clock.now()
        self.shelf.tidy(now)
        with self.app.database.reading() as rows:
            imports = rows.scalars(select(Import).order_by(Import.id.desc()).limit(_LISTED)).all()
        return render_template(
            "web/desk/imports.html",
            newsletters=self.app.settings.newsletters,
            uploads=self.shelf.all(),
            imports=imports,
            most=MOST // 1024 // 1024,
        )

    @needs(Role.PUBLISHER)
    def receive(self) -> ResponseReturnValue:
        """Keep a file, and begin to look through it."""
        file = request.files.get("file")
        if file is None or not file.filename:
            flash("Choose a file first.", "wrong")
            return redirect(url_for("desk.imports"), 303)
        try:
            upload = self._kept(file)
        except OSError as trouble:
            flash(f"The file could not be kept on the server’s disk: {trouble.strerror}.", "wrong")
            return redirect(url_for("desk.imports"), 303)
        self.work.look(upload)
        return redirect(url_for("desk.import_plan", key=upload.key), 303)

    @needs(Role.PUBLISHER)
    def plan(self, key: str) -> ResponseReturnValue:
        """Show what a file is, what would become of it, and how far the work on it is."""
        upload, now = self._upload(key), self.app.clock.now()
        is_busy = upload.is_busy(now)
        return render_template(
            "web/desk/import.html",
            upload=upload,
            seen=None if is_busy else preview(self.shelf, upload),
            is_busy=is_busy,
            is_cut_off=upload.is_cut_off(now),
            titles={each.slug: each.title for each in self.app.settings.newsletters},
            fields=FIELDS,
            encodings=ENCODINGS,
            standings=_STANDINGS,
            fates=FATES,
            has_refused=self.shelf.refused_of(key).exists(),
        )

    @needs(Role.PUBLISHER)
    def look(self, key: str) -> ResponseReturnValue:
        """Look again, with other columns, another encoding or another newsletter."""
        upload = self._idle(key)
        form = request.form
        self.work.look(
            replace(
                upload,
                newsletter=self._newsletter(form.get("newsletter", "")),
                encoding=_one_of(form.get("encoding", ""), ENCODINGS),
                columns=_columns() or upload.columns,
                everybody=_one_of(form.get("everybody", ""), _STANDINGS),
                with_leavers="with_leavers" in form,
            )
        )
        return redirect(url_for("desk.import_plan", key=key), 303)

    @needs(Role.PUBLISHER)
    def take(self, key: str) -> ResponseReturnValue:
        """Begin to take a file in, which needs the words by which its readers agreed."""
        upload, consent = self._idle(key), request.form.get("consent", "").strip()[:_LONGEST_CONSENT]
        if not consent:
            flash("Say how these readers agreed: it is kept with each of them.", "wrong")
        elif not self.shelf.rows_of(key).exists():
            flash("It was taken in already.", "wrong")
        else:
            self._note("began an import", upload.file_name)
            self.work.take(replace(upload, consent=consent, actor=actor()))
        return redirect(url_for("desk.import_plan", key=key), 303)

    @needs(Role.PUBLISHER)
    def discard(self, key: str) -> ResponseReturnValue:
        """Forget a file."""
        self._idle(key)
        self.shelf.drop(key)
        flash("The file is forgotten.", "done")
        return redirect(url_for("desk.imports"), 303)

    @needs(Role.PUBLISHER)
    def refused(self, key: str) -> ResponseReturnValue:
        """Hand over the rows that were refused."""
        self._upload(key)
        path = self.shelf.refused_of(key)
        if not path.exists():
            abort(404, "No row was refused.")
        return send_file(path.resolve(), "text/csv", as_attachment=True, download_name="refused.csv")

    @needs(Role.PUBLISHER)
    def undo(self, number: int) -> ResponseReturnValue:
        """Begin to take an import back."""
        with self.app.database.reading() as rows:
            row = rows.get(Import, number) or abort(404, "There is no such import.")
        under_way = [each for each in self.shelf.all() if each.number == number]
        if any(each.is_busy(self.app.clock.now()) for each in under_way):
            abort(409, "Somebody is at work on this import.")
        begun = replace(self._new(row.file_name, row.newsletter), number=number)
        self._note("began to undo an import", str(number))
        self.work.undo(begun)
        return redirect(url_for("desk.import_plan", key=begun.key), 303)

    def _note(self, deed: str, subject: str) -> None:
        with self.app.database.writing() as rows:
            note(rows, self.app.clock.now(), actor(), deed, About.READER, subject=subject)

    def _kept(self, file: FileStorage) -> Upload:
        name = (file.filename or "").replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]
        label = "".join(sign for sign in name if sign.isprintable())
        upload = self._new(label, self._newsletter(request.form.get("newsletter", "")))
        path = self.shelf.rows_of(upload.key)
        try:
            self.shelf.write(upload)
            file.save(path)
            return replace(upload, size=path.stat().st_size)
        except OSError:
            self.shelf.drop(upload.key)
            raise

    def _new(self, file_name: str, newsletter: str) -> Upload:
        key, now = self.app.chance.token(24), self.app.clock.now()
        return Upload(key, file_name, actor(), newsletter, Stage.LOOKING, now)

    def _newsletter(self, slug: str) -> str:
        try:
            return self.app.settings.newsletter(slug).slug
        except KeyError:
            abort(400, "There is no such newsletter.")

    def _upload(self, key: str) -> Upload:
        try:
            return self.shelf.get(key)
        except LookupError:
            abort(404, _GONE)

    def _idle(self, key: str) -> Upload:
        upload = self._upload(key)
        if upload.is_busy(self.app.clock.now()):
            abort(409, "Somebody is at work on this file. Wait until that is done.")
        return upload


def let_files_in() -> Response | None:
    """Let a file of readers be larger than any other form. Asked for before anything of it is read."""
    if request.endpoint == "desk.receive_import":
        request.max_content_length = MOST
    return None


def _columns() -> dict[str, str]:
    """Return which column is which field, by number; a field that is nowhere is left out expressly.

    A form that asks for no columns gives none.
    """
    told = {name.removeprefix("column-"): field for name, field in request.form.items() if _is_column(name)}
    return dict.fromkeys(FIELDS, "") | {field: place for place, field in told.items() if field} if told else {}


def _is_column(name: str) -> bool:
    return name.startswith("column-") and name.removeprefix("column-").isdecimal()


def _one_of(text: str, known: dict[str, str]) -> str:
    return text if text in known else ""
