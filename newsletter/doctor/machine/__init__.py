"""The machine that we run on: its clock, zones, database and disk."""
