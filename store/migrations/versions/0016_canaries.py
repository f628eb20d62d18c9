"""Versions of policies that are tried on a part of the calls."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("policy_version") as version:
        version.add_column(sa.Column("tried", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "canary",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("policy", sa.String(), sa.ForeignKey("policy.name"), nullable=False, index=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("version", "against", "share_bp")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("begun_ms", "counted_ms")),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("until_ms", "ended_ms")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("guard_asr_bp", "guard_margin_bp", "least_calls")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("who", "note", "outcome")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("ended_by", "ended_note")),
    )


def downgrade() -> None:
    op.drop_table("canary")
    op.execute(sa.text("DELETE FROM policy_version WHERE tried"))
    with op.batch_alter_table("policy_version") as version:
        version.drop_column("tried")
