"""Measurements: `make bench` compares ways of sending against a counting mail server: `docs/performance.md`."""
