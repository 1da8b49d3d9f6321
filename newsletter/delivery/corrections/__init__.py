"""Correcting frozen letters: what is still owed, what the browser shows, and the readers who got the mistake."""
