"""Static entries: vendors that stand first, last, alone or out of the way for some calls."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "static_entry",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("place", sa.String(), nullable=False),
        *(sa.Column(name, sa.String()) for name in ("client", "vendor", "trunk")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("product", "code")),
        sa.Column("destination", sa.Integer()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("at_most_bp", sa.Integer()),
    )


def downgrade() -> None:
    op.drop_table("static_entry")
