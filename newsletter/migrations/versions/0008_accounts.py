"""The desk's accounts, sessions and audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ROLES = "role IN ('viewer', 'editor', 'publisher', 'administrator')"


def upgrade() -> None:
    # Whoever had an account could do everything, and still can.
    with op.batch_alter_table("editors") as editors:
        editors.add_column(sa.Column("role", sa.String(16), nullable=False, server_default="administrator"))
        editors.create_check_constraint(op.f("ck_editors_role"), _ROLES)
    with op.batch_alter_table("editors") as editors:
        editors.alter_column("role", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("editors") as editors:
        editors.drop_constraint(op.f("ck_editors_role"), type_="check")
        editors.drop_column("role")
