"""The editors' window: mails about an issue that waits."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "window_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('draft', 'reminder', 'held')", name=op.f("ck_window_mails_kind")),
        sa.CheckConstraint(
            "state IN ('owed', 'claimed', 'accepted', 'rejected', 'in_doubt', 'nobody')",
            name=op.f("ck_window_mails_state"),
        ),
        sa.ForeignKeyConstraint(
            ["editor_id"], ["editors.id"], name=op.f("fk_window_mails_editor_id_editors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_window_mails_issue_id_issues"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_mails")),
        sa.UniqueConstraint("issue_id", "editor_id", "kind", name=op.f("uq_window_mails_issue_id_editor_id_kind")),
    )
    op.create_index(op.f("ix_window_mails_state_window_mails_due_at"), "window_mails", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("window_mails")
