"""Up to which version each plan, and up to which leg each book, was looked at for calls that were charged before it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rerating_mark",
        sa.Column("plan", sa.String(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.Text(), nullable=False),
    )
    op.execute("INSERT INTO rerating_mark (plan, version, settled) SELECT id, version, '{}' FROM plan")
    op.create_table(
        "rerating_book",
        sa.Column("book", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("rerating_book")
    op.drop_table("rerating_mark")
