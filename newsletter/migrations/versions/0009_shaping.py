"""What editors change of an issue."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issue_edits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("newsletter", sa.String(64), nullable=False),
        sa.Column("issue_id", sa.Integer()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(320), nullable=False),
        sa.Column("deed", sa.String(16), nullable=False),
        sa.Column("undoes", sa.Integer()),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_edits_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_edits")),
    )
    op.create_index(
        op.f("ix_issue_edits_newsletter_issue_edits_issue_id_issue_edits_id"),
        "issue_edits",
        ["newsletter", "issue_id", "id"],
    )
    op.create_table(
        "issue_presence",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(320), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_presence_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issue_id", "actor", name=op.f("pk_issue_presence")),
    )


def downgrade() -> None:
    op.drop_table("issue_presence")
    op.drop_table("issue_edits")
