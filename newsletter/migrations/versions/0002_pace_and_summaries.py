"""Pace over all processes, seats, and summaries of deliveries that were dropped."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


WAITING = sa.text("state IN ('owed', 'deferred', 'in_doubt')")


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("slot", sa.Integer(), server_default="0", nullable=False))
    op.add_column("deliveries", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f("ix_deliveries_issue_id_deliveries_state_deliveries_due_at"), table_name="deliveries")
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["issue_id", "state", "due_at", "subscription_id"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_table(
        "delivery_summaries",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("first_settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_delivery_summaries_issue_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_delivery_summaries_letter_id")),
        sa.PrimaryKeyConstraint("issue_id", "letter_id", "state", "status", name=op.f("pk_delivery_summaries")),
    )
    op.create_table(
        "paces",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_paces")),
    )
    op.create_table(
        "seats",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "owner", name=op.f("pk_seats")),
    )


def downgrade() -> None:
    op.drop_table("seats")
    op.drop_table("paces")
    op.drop_table("delivery_summaries")
    op.drop_index("ix_deliveries_waiting", table_name="deliveries")
    op.create_index(
        op.f("ix_deliveries_issue_id_deliveries_state_deliveries_due_at"),
        "deliveries",
        ["issue_id", "state", "due_at"],
        unique=False,
    )
    op.drop_column("deliveries", "left_at")
    op.drop_column("deliveries", "slot")
