"""The file of a plan's first rates, made beside the catalog's writing: of a million both take their seconds at once."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from ray.exceptions import RayError

from actors.desk.core import Desk
from actors.sheet_work import PlanFileOrder
from domain.errors import SwitchboardError
from domain.ids import PlanId
from store import publication
from store.catalog.plan_changes import SheetChange
from store.publication import HOUR_MS, Prepared


@asynccontextmanager
async def first_file(
    desk: Desk, plan: PlanId, change: SheetChange, added: Path
) -> AsyncIterator[Awaitable[Prepared | None]]:
    """Begin to make the file, if the plan is a large one that never had a rate; what is awaited is None otherwise.

    It is only a help: where it fails, or is not of the version that comes to be, publication reads the catalog. The
    file is gone afterwards.
    """
    order = await _order(desk, plan, change, added)
    making = desk.begin(_made(desk, order))
    try:
        yield making
    finally:
        desk.begin(_removed(making))


async def _order(desk: Desk, plan: PlanId, change: SheetChange, added: Path) -> PlanFileOrder | None:
    had = await desk.read(lambda catalog: catalog.plan_changes.had_rates(plan))
    if had or len(change.added) < publication.LARGE:
        return None
    rules = (await desk.read(lambda catalog: catalog.plans.get(plan))).rules
    limits, now_ms, version = desk.home.settings.limits, desk.now_ms(), change.version + 1
    return PlanFileOrder(
        added,
        desk.home.snapshots / f"plan-{plan}-{version}.first",  # what a crash leaves goes with other files of plans
        rules,
        version,
        from_ms=now_ms - limits.snapshot_back_h * HOUR_MS,
        until_ms=now_ms + limits.snapshot_ahead_days * 24 * HOUR_MS,
    )


async def _made(desk: Desk, order: PlanFileOrder | None) -> Prepared | None:
    if order is None:
        return None
    try:
        await desk.tasks.plan_file(order)
    except (SwitchboardError, RayError, OSError) as error:
        structlog.get_logger().warning("a plan's file is not made beforehand", file=order.path.name, error=str(error))
        return None
    return Prepared(order.rules.plan, order.version, order.path)


async def _removed(making: Awaitable[Prepared | None]) -> None:
    made = await making
    if made is not None:
        made.path.unlink(missing_ok=True)
