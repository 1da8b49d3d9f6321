"""Checks of an issue before it leaves."""
