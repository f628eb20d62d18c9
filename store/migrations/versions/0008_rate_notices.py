"""Notices of rates, the forms of sheets that we send, mail with files."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sheet_form", sa.Column("name", sa.String(), primary_key=True), sa.Column("form", sa.Text(), nullable=False)
    )
    _create_notices()
    op.create_table(
        "rate_notice_contact",
        sa.Column("notice", BIG_KEY, sa.ForeignKey("rate_notice.id"), primary_key=True),
        sa.Column("address", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in "name state words".split()),
        sa.Column("mail", BIG_KEY),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_rate_notice_contact_mail", "rate_notice_contact", ["mail"])
    op.create_index("ix_rate_notice_contact_message_id", "rate_notice_contact", ["message_id"])
    op.create_table(
        "rate_notice_event",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("notice", BIG_KEY, sa.ForeignKey("rate_notice.id"), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in "address what words who".split()),
    )
    op.create_index("ix_rate_notice_event_notice", "rate_notice_event", ["notice"])
    with op.batch_alter_table("mail") as mail:
        mail.add_column(sa.Column("files", sa.Text(), nullable=False, server_default="[]"))
        mail.add_column(sa.Column("token", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_mail_token", "mail", ["token"])
    with op.batch_alter_table("contract") as contract:
        contract.add_column(sa.Column("rates_form", sa.String(), nullable=False, server_default=""))
        contract.add_column(sa.Column("rates_notices", sa.String(), nullable=False, server_default="ask"))


def _create_notices() -> None:
    op.create_table(
        "rate_notice",
        sa.Column("id", BIG_KEY, primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in "kind partner plan".split()),
        sa.Column("plan_version", sa.BigInteger(), nullable=False),
        sa.Column("sheet", BIG_KEY),
        *(sa.Column(name, sa.String(), nullable=False) for name in "state form_name".split()),
        sa.Column("form", sa.Text(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in "subject body file_name sha256".split()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("first_ms", sa.BigInteger()),
        sa.Column("tell_by_ms", sa.BigInteger()),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("told_ms", sa.BigInteger()),
        sa.Column("based_on", BIG_KEY),
        sa.Column("made_of", sa.String(), nullable=False),
        sa.Column("by_itself", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "rate_client",
        *(sa.Column(name, sa.String(), primary_key=True) for name in "partner plan".split()),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("base_notice", BIG_KEY),
        sa.Column("base_plan", sa.String(), nullable=False),
        sa.Column("base_version", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_rate_notice_based_on", "rate_notice", ["based_on"])
    op.create_index("ix_rate_notice_partner", "rate_notice", ["partner", "plan"])
    op.create_index("ix_rate_notice_state", "rate_notice", ["state"])


def downgrade() -> None:
    with op.batch_alter_table("contract") as contract:
        contract.drop_column("rates_notices")
        contract.drop_column("rates_form")
    op.drop_index("ix_mail_token", "mail")
    with op.batch_alter_table("mail") as mail:
        mail.drop_column("token")
        mail.drop_column("files")
    for table in ("rate_notice_event", "rate_notice_contact", "rate_notice", "rate_client", "sheet_form"):
        op.drop_table(table)
