"""Policies in versions that stay, where they are attached, and the parts of the week for that."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MAX_ROUTES = 8
"""What a policy said that said nothing."""


def upgrade() -> None:
    op.create_table(
        "policy_version",
        sa.Column("policy", sa.String(), sa.ForeignKey("policy.name"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
    )
    op.create_table(
        "policy_attachment",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("policy", sa.String(), sa.ForeignKey("policy.name"), nullable=False),
        sa.Column("client", sa.String(), sa.ForeignKey("partner.id"), nullable=True),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("destination", sa.Integer(), nullable=True),
        sa.Column("profile", sa.String(), nullable=False),
    )
    op.create_table(
        "time_profile", sa.Column("name", sa.String(), primary_key=True), sa.Column("says", sa.Text(), nullable=False)
    )
    rows = op.get_bind().execute(sa.text("SELECT name, vendors, min_margin_bp, max_routes FROM policy")).all()
    for name, vendors, min_margin_bp, max_routes in rows:
        usual = {"vendors": [], "min_margin_bp": 0, "max_routes": MAX_ROUTES}
        held = {"vendors": json.loads(vendors), "min_margin_bp": min_margin_bp, "max_routes": max_routes}
        _enter(name, {field: value for field, value in held.items() if value != usual[field]})
    with op.batch_alter_table("policy") as policy:
        policy.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        for column in ("vendors", "min_margin_bp", "max_routes"):
            policy.drop_column(column)


def _enter(name: str, says: dict[str, object]) -> None:
    """Make what a policy says its first version, by who set it last and when, as far as the trail has it."""
    trail = sa.text("SELECT at_ms, who FROM audit WHERE noun = 'policy' AND key = :name ORDER BY id DESC LIMIT 1")
    at_ms, who = op.get_bind().execute(trail, {"name": name}).first() or (0, "desk")
    version = (
        "INSERT INTO policy_version (policy, version, says, at_ms, who, note) VALUES (:name, 1, :says, :at, :who, '')"
    )
    op.get_bind().execute(sa.text(version), {"name": name, "says": json.dumps(says), "at": at_ms, "who": who})


def downgrade() -> None:
    with op.batch_alter_table("policy") as policy:
        policy.add_column(sa.Column("vendors", sa.Text(), nullable=False, server_default="[]"))
        policy.add_column(sa.Column("min_margin_bp", sa.Integer(), nullable=False, server_default="0"))
        policy.add_column(sa.Column("max_routes", sa.Integer(), nullable=False, server_default=str(MAX_ROUTES)))
    versions = (
        "SELECT name, says FROM policy AS p JOIN policy_version AS v ON v.policy = p.name AND v.version = p.version"
    )
    for name, says in op.get_bind().execute(sa.text(versions)).all():
        held = json.loads(says)
        row = "UPDATE policy SET vendors = :vendors, min_margin_bp = :margin, max_routes = :most WHERE name = :name"
        values = {"vendors": json.dumps(held.get("vendors", [])), "margin": held.get("min_margin_bp", 0)}
        op.get_bind().execute(sa.text(row), values | {"most": held.get("max_routes", MAX_ROUTES), "name": name})
    with op.batch_alter_table("policy") as policy:
        policy.drop_column("version")
    for table in ("time_profile", "policy_attachment", "policy_version"):
        op.drop_table(table)
