"""Checks of an issue before it leaves. Pure: what they look at is handed to them, and they return findings."""
