"""`config.toml` into frozen settings. Every mistake is named at once, with the key and what is expected.

Secrets never stand in the file itself. They come from the environment (`NEWSLETTER_SECRET`,
`NEWSLETTER_SMTP_PASSWORD`) or from files that the configuration names.
"""

from newsletter.config.file import ConfigError, load

__all__ = ["ConfigError", "load"]
