"""What becomes of calls while a server of moved numbers is silent."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ported_source", sa.Column("silent", sa.String(), nullable=False, server_default="as-dialled"))


def downgrade() -> None:
    op.drop_column("ported_source", "silent")
