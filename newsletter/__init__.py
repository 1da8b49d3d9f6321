"""Builds a newsroom's evening issue from the day's articles and delivers it to every subscriber, once."""
