"""Corrections of issues that have gone out."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ISSUE = "uq_issues_newsletter_date"
LETTER = "uq_letters_issue_id_variant"


def upgrade() -> None:
    with op.batch_alter_table("issues") as issues:
        issues.add_column(sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
        issues.drop_constraint(op.f(ISSUE), type_="unique")
        issues.create_unique_constraint(op.f(f"{ISSUE}_part"), ["newsletter", "date", "part"])
    with op.batch_alter_table("letters") as letters:
        letters.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        letters.drop_constraint(op.f(LETTER), type_="unique")
        letters.create_unique_constraint(op.f(f"{LETTER}_version"), ["issue_id", "variant", "version"])
    op.create_table(
        "corrections",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(320), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("on_web", sa.Boolean(), nullable=False),
        sa.Column("remainder", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_corrections_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "version", name=op.f("pk_corrections")),
    )
    op.create_table(
        "correction_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("faulty", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(320), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True)),
        sa.Column("sent_as", sa.Integer()),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_correction_mails_issue_id")),
        sa.ForeignKeyConstraint(["sent_as"], ["issues.id"], name=op.f("fk_correction_mails_sent_as")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_mails")),
        sa.UniqueConstraint("sent_as", name=op.f("uq_correction_mails_sent_as")),
    )
    op.create_index(op.f("ix_correction_mails_issue_id"), "correction_mails", ["issue_id"])


def downgrade() -> None:
    op.drop_table("correction_mails")
    op.drop_table("corrections")
    with op.batch_alter_table("letters") as letters:
        letters.drop_constraint(op.f(f"{LETTER}_version"), type_="unique")
        letters.create_unique_constraint(op.f(LETTER), ["issue_id", "variant"])
        letters.drop_column("version")
    with op.batch_alter_table("issues") as issues:
        issues.drop_constraint(op.f(f"{ISSUE}_part"), type_="unique")
        issues.create_unique_constraint(op.f(ISSUE), ["newsletter", "date"])
        issues.drop_column("part")
