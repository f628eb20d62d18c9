"""Volume commitments and swaps, and limits by parts of the week."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commitment",
        *_volume("vendor"),
        *(sa.Column(name, sa.BigInteger()) for name in ("minutes", "units", "true_up")),
        sa.Column("warn_pct", sa.Integer(), nullable=False),
    )
    op.create_table(
        "swap",
        *_volume("partner"),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("low", "high")),
    )
    with op.batch_alter_table("call_limit") as batch:
        batch.add_column(sa.Column("profile", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("call_limit") as batch:
        batch.drop_column("profile")
    op.drop_table("swap")
    op.drop_table("commitment")


def _volume(partner: str) -> list[sa.Column]:
    """Return what a commitment and a swap have in common: whose calls, to where, from when until when."""
    return [
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column(partner, sa.String(), nullable=False),
        sa.Column("destination", sa.Integer()),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("country", "code")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("from_ms", "until_ms")),
        sa.Column("currency", sa.String()),
        sa.Column("note", sa.String(), nullable=False),
    ]
