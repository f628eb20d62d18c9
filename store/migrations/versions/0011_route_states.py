"""How watched routes stand, and what happened to them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "route_state",
        sa.Column("watch", sa.String(), primary_key=True),
        sa.Column("vendor", sa.String(), primary_key=True),
        sa.Column("destination", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
    )
    op.create_table(
        "route_event",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("source", sa.String(), nullable=False, unique=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("watch", sa.String(), nullable=False),
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("destination", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("measured", sa.Text(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
    )
    op.create_index("ix_route_event_vendor", "route_event", ["vendor"])


def downgrade() -> None:
    op.drop_table("route_event")
    op.drop_table("route_state")
