"""Examinations; where suppressions come from; the days of a warm-up, and whose mailbox domains are."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "examinations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("senders", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examinations")),
    )
    op.create_table(
        "warm_up_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("put_off", sa.Integer(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", "provider", name=op.f("pk_warm_up_days")),
    )
    op.create_table(
        "mailbox_domains",
        sa.Column("domain", sa.String(255), nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_mailbox_domains")),
    )
    with op.batch_alter_table("suppressions") as suppressions:
        suppressions.add_column(sa.Column("source", sa.String(32), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("suppressions") as suppressions:
        suppressions.drop_column("source")
    op.drop_table("mailbox_domains")
    op.drop_table("warm_up_days")
    op.drop_table("examinations")
