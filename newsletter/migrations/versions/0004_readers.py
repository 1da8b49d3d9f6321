"""What readers choose, changes of address, imports that can be undone, and limits that survive a restart."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from subscribers.models import append_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = "state IN ('pending', 'active', 'unsubscribed', 'removed')"
FORMER_STATES = "state IN ('pending', 'active', 'unsubscribed')"
FREQUENCY = "frequency IN ('daily', 'weekdays', 'weekly')"
HOUR = "hour BETWEEN 0 AND 23"
HAS_NAME = "name != ''"
BY_SUBSCRIPTION = "ix_subscription_events_subscription_id_subscription_events_id"
HAS_ORIGIN = "origin != ''"
HOLDS_NETWORK_ADDRESS = "network_address != ''"


def upgrade() -> None:
    _create_tables()
    op.add_column("notices", sa.Column("email", sa.String(320), server_default=sa.text("''"), nullable=False))
    op.add_column("notices", sa.Column("origin", sa.String(64), server_default=sa.text("''"), nullable=False))
    op.add_column("notices", sa.Column("turn_at", sa.DateTime(timezone=True)))
    op.create_index(
        op.f("ix_notices_origin_notices_turn_at"),
        "notices",
        ["origin", "turn_at"],
        sqlite_where=sa.text(HAS_ORIGIN),
        postgresql_where=sa.text(HAS_ORIGIN),
    )
    change_id = sa.Column(
        "change_id", sa.Integer(), sa.ForeignKey("address_changes.id", name=op.f("fk_notices_change_id"))
    )
    op.add_column("notices", change_id, inline_references=True)
    _order_by_code_points("C")
    op.create_index(
        op.f("ix_subscribers_name"),
        "subscribers",
        ["name"],
        sqlite_where=sa.text(HAS_NAME),
        postgresql_where=sa.text(HAS_NAME),
    )
    op.add_column("subscribers", sa.Column("tracking", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("subscribers", sa.Column("erased_at", sa.DateTime(timezone=True)))
    import_id = sa.Column(
        "import_id", sa.Integer(), sa.ForeignKey("imports.id", name=op.f("fk_subscription_events_import_id"))
    )
    op.add_column("subscription_events", import_id, inline_references=True)
    op.create_index(op.f("ix_subscription_events_at"), "subscription_events", ["at"])
    op.create_index(op.f("ix_subscription_events_import_id"), "subscription_events", ["import_id"])
    op.create_index(
        "ix_subscription_events_network_address",
        "subscription_events",
        ["at"],
        sqlite_where=sa.text(HOLDS_NETWORK_ADDRESS),
        postgresql_where=sa.text(HOLDS_NETWORK_ADDRESS),
    )
    op.drop_index(op.f("ix_subscription_events_subscription_id"), table_name="subscription_events")
    op.create_index(BY_SUBSCRIPTION, "subscription_events", ["subscription_id", "id"])
    append_only.keep(op.get_bind())
    with op.batch_alter_table("subscriptions") as batch:
        batch.add_column(sa.Column("frequency", sa.String(8), server_default=sa.text("'daily'"), nullable=False))
        batch.add_column(sa.Column("hour", sa.Integer()))
        batch.add_column(sa.Column("paused_until", sa.DateTime(timezone=True)))
        _check_states(batch, STATES)
        batch.create_check_constraint(op.f("ck_subscriptions_frequency"), FREQUENCY)
        batch.create_check_constraint(op.f("ck_subscriptions_hour"), HOUR)


def _create_tables() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("newsletter", sa.String(64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(320), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "limit_counts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window_ends_at", name=op.f("pk_limit_counts")),
    )
    op.create_index(op.f("ix_limit_counts_window_ends_at"), "limit_counts", ["window_ends_at"])
    op.create_table(
        "address_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("former_email", sa.String(320), server_default=sa.text("''"), nullable=False),
        sa.Column("former_address", sa.String(320), server_default=sa.text("''"), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_address_changes_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_changes")),
    )
    op.create_index(op.f("ix_address_changes_subscriber_id"), "address_changes", ["subscriber_id"])
    op.create_table(
        "consent_texts",
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_consent_texts")),
    )
    op.create_table(
        "day_counts",
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("newsletter", sa.String(64), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("was_active", sa.Boolean(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "starts_at", "ends_at", "newsletter", "event", "was_active", name=op.f("pk_day_counts")
        ),
    )


def _order_by_code_points(collation: str) -> None:
    """SQLite compares texts so as it is; PostgreSQL makes the address's index anew."""
    if op.get_bind().dialect.name == "postgresql":
        for column, length in (("address", 320), ("name", 200)):
            op.execute(f'ALTER TABLE subscribers ALTER {column} TYPE varchar({length}) COLLATE "{collation}"')


def _check_states(batch: BatchOperations, states: str) -> None:
    """SQLite's table is made anew, without the checks that it had; PostgreSQL's has to be told."""
    if op.get_bind().dialect.name == "postgresql":
        batch.drop_constraint(op.f("ck_subscriptions_state"), type_="check")
    batch.create_check_constraint(op.f("ck_subscriptions_state"), states)


def downgrade() -> None:
    op.execute("UPDATE subscriptions SET state = 'unsubscribed' WHERE state = 'removed'")
    with op.batch_alter_table("subscriptions") as batch:
        batch.drop_constraint(op.f("ck_subscriptions_frequency"), type_="check")
        batch.drop_constraint(op.f("ck_subscriptions_hour"), type_="check")
        _check_states(batch, FORMER_STATES)
        batch.drop_column("paused_until")
        batch.drop_column("hour")
        batch.drop_column("frequency")
    append_only.let_go(op.get_bind())
    op.drop_index(BY_SUBSCRIPTION, table_name="subscription_events")
    op.create_index(op.f("ix_subscription_events_subscription_id"), "subscription_events", ["subscription_id"])
    op.drop_index("ix_subscription_events_network_address", table_name="subscription_events")
    op.drop_index(op.f("ix_subscription_events_import_id"), table_name="subscription_events")
    op.drop_index(op.f("ix_subscription_events_at"), table_name="subscription_events")
    with op.batch_alter_table("subscription_events") as batch:
        batch.drop_column("import_id")
    op.drop_index(op.f("ix_subscribers_name"), table_name="subscribers")
    _order_by_code_points("default")
    op.drop_column("subscribers", "erased_at")
    op.drop_column("subscribers", "tracking")
    op.drop_index(op.f("ix_notices_origin_notices_turn_at"), table_name="notices")
    with op.batch_alter_table("notices") as batch:
        batch.drop_column("turn_at")
        batch.drop_column("origin")
        batch.drop_column("change_id")
        batch.drop_column("email")
    op.drop_table("day_counts")
    op.drop_table("consent_texts")
    op.drop_table("address_changes")
    op.drop_table("limit_counts")
    op.drop_table("imports")
