"""Opens and clicks."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tracked_links",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_tracked_links_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "number", name=op.f("pk_tracked_links")),
    )
    op.create_table(
        "hits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(8), nullable=False),
        sa.CheckConstraint("kind IN ('open', 'click', 'hidden')", name=op.f("ck_hits_kind")),
        sa.CheckConstraint("reason IN ('', 'said', 'at_once', 'hidden', 'many')", name=op.f("ck_hits_reason")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_hits_issue_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_hits_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hits")),
    )
    op.create_index(op.f("ix_hits_subscription_id"), "hits", ["subscription_id"])
    op.create_index(op.f("ix_hits_issue_id_hits_subscription_id"), "hits", ["issue_id", "subscription_id"])
    op.create_table(
        "hit_sums",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("link", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("who", sa.String(8), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('open', 'click', 'hidden')", name=op.f("ck_hit_sums_kind")),
        sa.CheckConstraint("who IN ('person', 'machine')", name=op.f("ck_hit_sums_who")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_hit_sums_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "kind", "link", "who", name=op.f("pk_hit_sums")),
    )


def downgrade() -> None:
    op.drop_table("hit_sums")
    op.drop_table("hits")
    op.drop_table("tracked_links")
