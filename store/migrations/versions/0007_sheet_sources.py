"""What came by itself from folders and the mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sheet_item",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("key", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in "source way name sender subject sha256".split()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("came_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("sheet", BIG_KEY),
    )
    op.create_index("ix_sheet_item_key", "sheet_item", ["key"], unique=True)
    op.create_index("ix_sheet_item_source", "sheet_item", ["source"])
    op.create_index("ix_sheet_item_state", "sheet_item", ["state"])


def downgrade() -> None:
    op.drop_table("sheet_item")
