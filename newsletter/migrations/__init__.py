"""The database's shape over time, by Alembic. The scripts lie in `versions/` and ship with the code."""

from newsletter.migrations.upgrading import DatabaseTooNew, DatabaseTooOld, current, ensure, head, upgrade

__all__ = ["DatabaseTooNew", "DatabaseTooOld", "current", "ensure", "head", "upgrade"]
