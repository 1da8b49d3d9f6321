"""Readers from elsewhere: a CSV goes into the register batch by batch, with the consent it was given under.

    bytes | lines (encoding found) | rows (columns recognised) | entries (address checked) | batches of 50,000

Importing makes new readers active and touches nobody who is here already. Who left, who is suppressed and who has
yet to confirm is refused and stays so: only the reader can change that. Every import has a number, by which it can
be undone. Running it again adds nothing, so an import that was cut off is simply started anew.
"""

from subscribers.importing.columns import Columns, UnknownColumns
from subscribers.importing.encodings import Text, UnknownEncoding, decode
from subscribers.importing.entries import Rules
from subscribers.importing.products import FIELDS, Elsewhere
from subscribers.importing.refused import RefusedFile
from subscribers.importing.report import ImportReport, Reason, Refusal
from subscribers.importing.table import Table, read
from subscribers.importing.taking import Import, foresee, take
from subscribers.importing.undoing import UndoReport, undo

__all__ = [
    "FIELDS", "Columns", "Elsewhere", "Import", "ImportReport", "Reason", "Refusal", "RefusedFile", "Rules",
    "Table", "Text", "UndoReport", "UnknownColumns", "UnknownEncoding", "decode", "foresee", "read", "take",
    "undo",
]  # fmt: skip
