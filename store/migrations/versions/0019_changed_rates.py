"""By what the rates are found that versions of a plan wrote or ended, without a look at all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("plan_version", sa.Column("first_rate", BIG_KEY, nullable=True))
    ended = sa.text("until_version IS NOT NULL")
    op.create_index("ix_rate_ended", "rate", ["plan", "until_version"], sqlite_where=ended, postgresql_where=ended)


def downgrade() -> None:
    op.drop_index("ix_rate_ended", "rate")
    op.drop_column("plan_version", "first_rate")
