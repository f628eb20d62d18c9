"""References of top-ups, the calls of a bill as they were issued, and an index by which keys of end users are found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "end_user_top_up",
        sa.Column("partner", sa.String(), sa.ForeignKey("partner.id"), primary_key=True),
        sa.Column("end_user", sa.String(), primary_key=True),
        sa.Column("reference", sa.String(), primary_key=True),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
    )
    with op.batch_alter_table("end_user_bill") as batch_op:
        batch_op.add_column(sa.Column("calls_file", sa.String(), nullable=False, server_default=""))
    op.drop_index("ix_end_user_key_end_user", "end_user_key")
    op.create_index("ix_end_user_key_owner", "end_user_key", ["partner", "end_user"])


def downgrade() -> None:
    op.drop_index("ix_end_user_key_owner", "end_user_key")
    op.create_index("ix_end_user_key_end_user", "end_user_key", ["end_user"])
    with op.batch_alter_table("end_user_bill") as batch_op:
        batch_op.drop_column("calls_file")
    op.drop_table("end_user_top_up")
