"""Plans: who has them, in which version, and how many rates they have."""

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, number, word


class PlansTab(Tab):
    """One row per plan; Enter shows its rates."""

    name = "Plans"
    columns = (
        Column("plan", 14, flex=2),
        Column("side", 4),
        Column("cur", 3),
        Column("sold by", 8),
        Column("zone", 14, above=96),
        Column("version", 7, right=True),
        Column("rates", 9, right=True),
        Column("whose", 16, flex=3),
    )
    empty = "no plans yet: add one with `switchboard plans add`"
    every_s = 10.0
    filter_hint = "part of a plan's name, or of whose it is"
    has_drill = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all plans; there are few."""
        reply = await link.ask(lambda services: services.plans.List, operators_pb2.Empty())
        sought = ask.filter.lower()
        found = [plan for plan in reply.plans if sought in f"{plan.id} {' '.join(plan.assigned_to)}".lower()]
        return Listed([_row(plan) for plan in found[ask.offset : ask.offset + ask.limit]], len(found))


def plan_of(row: Row) -> operators_pb2.Plan:
    """Return the plan of a row of this list."""
    assert isinstance(row.item, operators_pb2.Plan)
    return row.item


def _row(plan: operators_pb2.Plan) -> Row:
    return Row(
        plan.id,
        (
            word(plan.id, "strong"),
            word(plan.side),
            word(plan.currency, "dim"),
            word(plan.unit or "second", "dim"),
            word(plan.zone, "dim"),
            number(formats.count(plan.version), plan.version, "dim"),
            number(formats.count(plan.rates), plan.rates),
            word(", ".join(plan.assigned_to)),
        ),
        plan,
    )
