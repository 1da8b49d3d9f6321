"""Why does this person get mail from us? The register's answer: in a few sentences, and with all its evidence."""

from subscribers.why.answer import Happening, Mailed, Standing, Veto, Why, why, why_reader
from subscribers.why.sentences import in_words

__all__ = ["Happening", "Mailed", "Standing", "Veto", "Why", "in_words", "why", "why_reader"]
