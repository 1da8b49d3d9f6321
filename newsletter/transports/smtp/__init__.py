"""SMTP: many connections in one selector loop, each talking in the fastest way its server offers."""

from newsletter.transports.smtp.transport import SmtpTransport

__all__ = ["SmtpTransport"]
