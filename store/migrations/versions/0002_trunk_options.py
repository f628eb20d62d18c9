"""Options of trunks; switches without a fixed address; the roles that operators have."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("trunk") as batch_op:
        batch_op.add_column(sa.Column("options", sa.Text(), nullable=False, server_default="{}"))
    with op.batch_alter_table("switch") as batch_op:
        batch_op.drop_constraint("uq_switch_address", type_="unique")
        batch_op.create_index("ix_switch_address", ["address"], unique=False)
    for was, now in (("routing", "operator"), ("billing", "finance")):
        op.execute(f"UPDATE users SET role = '{now}' WHERE role = '{was}'")


def downgrade() -> None:
    for was, now in (("operator", "routing"), ("finance", "billing")):
        op.execute(f"UPDATE users SET role = '{now}' WHERE role = '{was}'")
    with op.batch_alter_table("switch") as batch_op:
        batch_op.drop_index("ix_switch_address")
        batch_op.create_unique_constraint("uq_switch_address", ["address"])
    with op.batch_alter_table("trunk") as batch_op:
        batch_op.drop_column("options")
