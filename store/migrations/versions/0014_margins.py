"""Allowed losses with their budgets."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowed_loss",
        sa.Column("id", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("client", "code", "period", "zone", "why")),
        sa.Column("vendor", sa.String()),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("destination", sa.Integer()),
        sa.Column("most_bp", sa.Integer()),
        *(sa.Column(name, sa.BigInteger()) for name in ("from_ms", "until_ms")),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("allowed_loss")
