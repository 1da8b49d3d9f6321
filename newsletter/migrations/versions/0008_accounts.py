"""The desk's accounts, sessions and audit log."""

import sqlalchemy as sa
from alembic import op

from newsletter.editors import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ROLES = "role IN ('viewer', 'editor', 'publisher', 'administrator')"
_KINDS = "kind IN ('invitation', 'sign_in')"
_STATES = "state IN ('owed', 'claimed', 'accepted', 'rejected', 'in_doubt', 'nobody')"
_MOMENTS = ("accepted_at", "disabled_at")


def upgrade() -> None:
    _let_editors_have_roles()
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        _editor("recovery_codes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("editor_id", "code_hash", name=op.f("uq_recovery_codes_editor_id_code_hash")),
    )
    op.create_table(
        "desk_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("network_address", sa.String(45), nullable=False),
        sa.Column("browser", sa.String(300), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.String(320), nullable=False),
        _editor("desk_sessions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_sessions")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_desk_sessions_key_hash")),
    )
    op.create_index(
        op.f("ix_desk_sessions_editor_id_desk_sessions_ended_at"), "desk_sessions", ["editor_id", "ended_at"]
    )
    _make_links()
    _make_log()


def downgrade() -> None:
    append_only.let_go(op.get_bind())
    for table in ("desk_log", "desk_links", "desk_sessions", "recovery_codes"):
        op.drop_table(table)
    op.execute("DELETE FROM editors WHERE password_hash IS NULL OR disabled_at IS NOT NULL")
    with op.batch_alter_table("editors") as editors:
        editors.drop_constraint(op.f("ck_editors_role"), type_="check")
        editors.alter_column("password_hash", existing_type=sa.Text(), nullable=False)
        for column in ("role", *_MOMENTS, "totp_salt", "totp_step"):
            editors.drop_column(column)


def _let_editors_have_roles() -> None:
    """Whoever had an account could do everything, and still can."""
    with op.batch_alter_table("editors") as editors:
        editors.add_column(sa.Column("role", sa.String(16), nullable=False, server_default="administrator"))
        for column in _MOMENTS:
            editors.add_column(sa.Column(column, sa.DateTime(timezone=True)))
        editors.add_column(sa.Column("totp_salt", sa.String(64)))
        editors.add_column(sa.Column("totp_step", sa.Integer()))
        editors.alter_column("password_hash", existing_type=sa.Text(), nullable=True)
        editors.create_check_constraint(op.f("ck_editors_role"), _ROLES)
    with op.batch_alter_table("editors") as editors:
        editors.alter_column("role", existing_type=sa.String(16), server_default=None)
    op.execute("UPDATE editors SET accepted_at = created_at")


def _make_links() -> None:
    op.create_table(
        "desk_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.Integer()),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("made_by", sa.String(320), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.CheckConstraint(_KINDS, name=op.f("ck_desk_links_kind")),
        sa.CheckConstraint(_STATES, name=op.f("ck_desk_links_state")),
        _editor("desk_links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_links")),
    )
    op.create_index(op.f("ix_desk_links_state_desk_links_due_at"), "desk_links", ["state", "due_at"])
    op.create_index(op.f("ix_desk_links_editor_id"), "desk_links", ["editor_id"])


def _make_log() -> None:
    op.create_table(
        "desk_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(320), nullable=False),
        sa.Column("deed", sa.String(64), nullable=False),
        sa.Column("about", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(320), nullable=False),
        sa.Column("issue_id", sa.Integer()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_log")),
    )
    op.create_index(op.f("ix_desk_log_at"), "desk_log", ["at"])
    op.create_index(op.f("ix_desk_log_actor_desk_log_at"), "desk_log", ["actor", "at"])
    op.create_index(op.f("ix_desk_log_issue_id"), "desk_log", ["issue_id"])
    append_only.keep(op.get_bind())


def _editor(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_editor_id")
    return sa.ForeignKeyConstraint(["editor_id"], ["editors.id"], name=name, ondelete="CASCADE")
