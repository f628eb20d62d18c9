"""Limits on traffic, what contracts say of credit, and mail."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contract") as batch_op:
        batch_op.add_column(sa.Column("options", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "call_limit",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("client", sa.String()),
        sa.Column("trunk", sa.String()),
        sa.Column("vendor", sa.String()),
        sa.Column("destination", sa.Integer()),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("max_calls", sa.Integer()),
        sa.Column("max_cps", sa.Integer()),
        sa.Column("burst", sa.Integer()),
        sa.Column("max_minutes", sa.Integer()),
        sa.Column("max_units", sa.BigInteger()),
        sa.Column("currency", sa.String()),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("cause", sa.String(), nullable=False, unique=True),
        sa.Column("partner", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
    )
    op.create_index("ix_mail_state", "mail", ["state"])


def downgrade() -> None:
    op.drop_table("mail")
    op.drop_table("call_limit")
    with op.batch_alter_table("contract") as batch_op:
        batch_op.drop_column("options")
