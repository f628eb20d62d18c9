"""End users of partners, limits that name one, and their bills."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call_limit") as batch_op:
        batch_op.add_column(sa.Column("end_user", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "end_user",
        sa.Column("partner", sa.String(), sa.ForeignKey("partner.id"), primary_key=True),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("max_calls", sa.Integer()),
        sa.Column("max_cps", sa.Integer()),
        sa.Column("burst", sa.Integer()),
        sa.Column("max_minutes", sa.Integer()),
        sa.Column("max_units", sa.BigInteger()),
        sa.Column("period", sa.String(), nullable=False),
    )
    op.create_table(
        "end_user_key",
        sa.Column("partner", sa.String(), sa.ForeignKey("partner.id"), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("end_user", sa.String(), nullable=False),
    )
    op.create_index("ix_end_user_key_end_user", "end_user_key", ["end_user"])
    op.create_table(
        "end_user_bill",
        sa.Column("partner", sa.String(), sa.ForeignKey("partner.id"), primary_key=True),
        sa.Column("counter", sa.Integer(), primary_key=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("end_user", sa.String(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=False),
        sa.Column("issued_ms", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
    )
    op.create_index("ix_end_user_bill_end_user", "end_user_bill", ["end_user"])


def downgrade() -> None:
    op.drop_table("end_user_bill")
    op.drop_table("end_user_key")
    op.drop_table("end_user")
    with op.batch_alter_table("call_limit") as batch_op:
        batch_op.drop_column("end_user")
