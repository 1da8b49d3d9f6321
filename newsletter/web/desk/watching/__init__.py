"""Watching an issue go out: looks that all watchers share, and the stream that tells browsers of them."""
