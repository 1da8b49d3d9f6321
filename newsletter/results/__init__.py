"""What became of an issue: its figures, by story and section, beside those of the weeks before. Reads only."""
