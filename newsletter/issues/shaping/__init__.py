"""What editors change of an issue, kept apart from what was assembled: appended edits, folded over the selection.

    selection | placed by the editors | in their order | under their words | draft

A rebuild replaces the selection and leaves the edits. Undoing is another edit; the edits are the history.
"""
