"""Up to which version each plan was looked at for calls that were charged before it was known."""

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
    )
    op.execute("INSERT INTO rerating_mark (plan, version) SELECT id, version FROM plan")


def downgrade() -> None:
    op.drop_table("rerating_mark")
