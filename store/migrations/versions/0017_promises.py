"""What became of promises to clients: calls for which no vendor kept one, and promises that were broken."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "unmet",
        sa.Column("slot_ms", sa.BigInteger(), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("client", "product")),
        sa.Column("destination", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("source", sa.String(), primary_key=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("routed", "refused")),
    )
    op.create_table(
        "breach",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("client", sa.String(), nullable=False, index=True),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("destination", sa.Integer(), nullable=False),
        sa.Column("bucket_ms", sa.BigInteger(), nullable=False),
        sa.Column("bucket_s", sa.Integer(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("promise", "policy", "why", "over")),
    )


def downgrade() -> None:
    op.drop_table("breach")
    op.drop_table("unmet")
