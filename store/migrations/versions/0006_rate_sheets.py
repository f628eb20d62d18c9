"""Rates by origin and by version, what each version asked for, all that is kept of rate sheets, and what the reference
book was in each of its versions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NOW_KNOWN = sa.text("known_until_ms IS NULL")
BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("rate") as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("from_version", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("until_version", sa.BigInteger(), nullable=True))
    op.execute("UPDATE rate SET until_version = 0 WHERE known_until_ms IS NOT NULL")
    index_now("plan", "code", "rate_type", "origin", "valid_from_ms")
    with op.batch_alter_table("plan_version") as batch_op:
        batch_op.add_column(sa.Column("sheet", BIG_KEY, nullable=True))
        batch_op.add_column(sa.Column("undoes", BIG_KEY, nullable=True))
    of_plans()
    of_sheets()
    of_codes()


def of_plans() -> None:
    op.create_table(
        "plan_intent",
        sa.Column("plan", sa.String(), sa.ForeignKey("plan.id"), primary_key=True),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "origin_code",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("plan", sa.String(), sa.ForeignKey("plan.id"), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("valid_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("valid_until_ms", sa.BigInteger()),
        sa.Column("from_version", sa.BigInteger(), nullable=False),
        sa.Column("until_version", sa.BigInteger()),
    )
    op.create_index("ix_origin_code_plan", "origin_code", ["plan"])
    op.create_table(
        "rate_terms",
        sa.Column("plan", sa.String(), sa.ForeignKey("plan.id"), primary_key=True),
        sa.Column("terms", sa.Text(), nullable=False),
    )


def of_sheets() -> None:
    op.create_table(
        "sheet",
        sa.Column("id", BIG_KEY, primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in "plan partner name source sender subject".split()),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("effective_ms", sa.BigInteger()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("is_full", sa.Boolean(), nullable=False),
        sa.Column("blocking", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("job", BIG_KEY),
        sa.Column("version", sa.BigInteger()),
        *who_and_when("approved"),
        *who_and_when("applied"),
        *who_and_when("ended"),
    )
    op.create_index("ix_sheet_state", "sheet", ["state"])
    op.create_index("ix_sheet_plan_received", "sheet", ["plan", "received_ms"])
    op.create_table(
        "sheet_step",
        sa.Column("sheet", BIG_KEY, sa.ForeignKey("sheet.id"), primary_key=True, autoincrement=False),
        sa.Column("step", sa.String(), primary_key=True),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
    )
    op.create_table(
        "sheet_correction",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("sheet", BIG_KEY, sa.ForeignKey("sheet.id"), nullable=False),
        sa.Column("corrected", sa.Text(), nullable=False),
    )
    op.create_index("ix_sheet_correction_sheet", "sheet_correction", ["sheet"])
    op.create_table(
        "sheet_template",
        sa.Column("owner", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("saved_ms", sa.BigInteger(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
    )
    op.create_index("ix_sheet_template_fingerprint", "sheet_template", ["fingerprint"])
    op.create_table(
        "name_map",
        sa.Column("partner", sa.String(), sa.ForeignKey("partner.id"), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("destination", BIG_KEY, sa.ForeignKey("destination.id"), nullable=False),
    )


def of_codes() -> None:
    with op.batch_alter_table("code") as batch_op:
        batch_op.add_column(sa.Column("from_version", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("until_version", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("reference_version") as batch_op:
        batch_op.add_column(sa.Column("who", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "destination_former",
        sa.Column("destination", BIG_KEY, sa.ForeignKey("destination.id"), primary_key=True, autoincrement=False),
        sa.Column("until_version", BIG_KEY, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(), nullable=False),
    )
    op.create_index("ix_destination_former_name", "destination_former", ["name"])
    op.create_table(
        "code_draft",
        sa.Column("code", sa.String(), primary_key=True),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("sheet", BIG_KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("valid_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("entered_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        *who_and_when("decided"),
    )
    op.create_index("ix_code_draft_state", "code_draft", ["state"])


def who_and_when(what: str) -> tuple[sa.Column, sa.Column]:
    return sa.Column(f"{what}_by", sa.String(), nullable=False), sa.Column(f"{what}_ms", sa.BigInteger())


def index_now(*columns: str) -> None:
    op.drop_index("uq_rate_now", "rate")
    op.create_index(
        "uq_rate_now", "rate", list(columns), unique=True, sqlite_where=NOW_KNOWN, postgresql_where=NOW_KNOWN
    )


def downgrade() -> None:
    op.drop_table("code_draft")
    op.drop_table("destination_former")
    op.execute("DELETE FROM code WHERE until_version IS NOT NULL")
    with op.batch_alter_table("code") as batch_op:
        batch_op.drop_column("until_version")
        batch_op.drop_column("from_version")
    with op.batch_alter_table("reference_version") as batch_op:
        batch_op.drop_column("who")
    for table in "name_map sheet_template sheet_correction sheet_step sheet rate_terms origin_code plan_intent".split():
        op.drop_table(table)
    with op.batch_alter_table("plan_version") as batch_op:
        batch_op.drop_column("undoes")
        batch_op.drop_column("sheet")
    op.execute("DELETE FROM rate WHERE origin <> ''")  # the former program would take them for rates of any caller
    index_now("plan", "code", "rate_type", "valid_from_ms")
    with op.batch_alter_table("rate") as batch_op:
        batch_op.drop_column("until_version")
        batch_op.drop_column("from_version")
        batch_op.drop_column("origin")
