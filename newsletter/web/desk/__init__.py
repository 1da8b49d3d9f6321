"""The editors' pages: see tonight's issue, hold it, let it go."""
