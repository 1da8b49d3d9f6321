"""The providers themselves, for whoever has a key; skipped without one. docs/adding-a-transport.md says how."""
