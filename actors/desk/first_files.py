"""The file of a plan's first rates, made beside the catalog's writing: of a million both take their seconds at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from actors.desk.core import Desk
from actors.sheet_work import PlanFileOrder
from domain.ids import PlanId
from store import publication
from store.catalog.plan_changes import SheetChange
from store.publication import HOUR_MS, Prepared

WAIT_S = 10.0
"""So long it is waited for once the rates are there: other changes wait behind, and its task may have no place yet."""


@asynccontextmanager
async def first_file(
    desk: Desk, plan: PlanId, change: SheetChange, added: Path
) -> AsyncIterator[Callable[[], Awaitable[Prepared | None]]]:
    """Begin to make the file, if the plan is a large one that never had a rate; what is awaited is None otherwise.

    It is only a help: where it fails, takes too long, or is not of the version that comes to be, publication reads the
    catalog. The file is gone afterwards.
    """
    order = await _order(desk, plan, change, added)
    making = desk.begin(_made(desk, order))

    async def made() -> Prepared | None:
        await asyncio.wait({making}, timeout=WAIT_S)
        return making.result() if making.done() and not making.cancelled() else None

    try:
        yield made
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
    except Exception as error:  # whatever it is: the rates are in the catalog, and are to be published
        structlog.get_logger().warning("a plan's file is not made beforehand", file=order.path.name, error=str(error))
        return None
    return Prepared(order.rules.plan, order.version, order.path)


async def _removed(making: Awaitable[Prepared | None]) -> None:
    made = await making
    if made is not None:
        made.path.unlink(missing_ok=True)
