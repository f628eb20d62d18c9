"""Operators' service of plans."""

from datetime import date
from typing import Any

import grpc

from actors.desk import origins, values
from actors.desk.core import Desk
from actors.desk.field_changes import changed, given
from actors.desk.plan_windows import profile_texts, read_profile, read_window, window_text
from actors.desk.removal import removed
from actors.tokens import caller
from domain.errors import InputError
from domain.ids import PartnerId, PlanId, TrunkId
from domain.money import Currency
from domain.rates import Crossing, PlanRules, SecondsRounding, Unit
from domain.units import PRICED
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.catalog.plans import Plan
from store.catalog.snapshots import PLAN
from store.mentions import Noun
from store.publication import put_back

Context = grpc.aio.ServicerContext[Any, Any]


class PlansService(services.PlansServiceServicer):
    """Adds, changes, lists, shows and assigns plans."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Add(self, request: pb.Plan, context: Context) -> pb.Changed:
        """Add a plan without rates."""
        rules = _rules_of(request)
        side = request.side
        await self._desk.change(lambda catalog, at_ms: catalog.plans.add(rules, side, who=caller(), at_ms=at_ms))
        return pb.Changed(what=f"{side} plan {rules.plan} added ({rules.currency}, priced {PRICED[rules.unit]})")

    async def Set(self, request: pb.FieldChanges, context: Context) -> pb.Changed:
        """Change windows or holidays of a plan; what it has prices for stays as it is."""
        texts, plan = given(request), PlanId(request.id)
        windows, holidays = read_profile(texts, f"plan {plan}")
        before, after = await self._desk.change(
            lambda catalog, at_ms: catalog.plans.change_profile(plan, windows, holidays, who=caller(), at_ms=at_ms)
        )
        was, now = (profile_texts(rules.windows, rules.holidays) for rules in (before, after))
        return changed(f"plan {plan}", was, now, texts)

    async def List(self, request: pb.Empty, context: Context) -> pb.Plans:
        """List plans."""
        plans = await self._desk.read(lambda catalog: catalog.plans.list())
        return pb.Plans(plans=[await self._message(plan) for plan in plans])

    async def Show(self, request: pb.PlanPageRequest, context: Context) -> pb.PlanPage:
        """Show a page of a plan's rates, valid at a moment and as known at one."""
        plan = await self._desk.read(lambda catalog: catalog.plans.get(PlanId(request.plan)))
        page = await self._desk.read(
            lambda catalog: catalog.plans.rates_page(
                plan.id,
                code=request.filter,
                valid_at_ms=request.valid_at_ms if request.HasField("valid_at_ms") else None,
                known_at_ms=request.known_at_ms if request.HasField("known_at_ms") else None,
                limit=self._desk.page(request.limit),
                offset=request.offset,
            )
        )
        rates = [values.rate_message(row, self._desk.destination_name(row.code)) for row in page.rows]
        return pb.PlanPage(plan=await self._message(plan), rates=rates, total=page.total)

    async def Assign(self, request: pb.Assignment, context: Context) -> pb.Changed:
        """Assign a plan to a partner, or to one trunk."""
        plan = PlanId(request.plan)
        if request.trunk:
            trunk = TrunkId(request.trunk)
            await self._desk.change(
                lambda catalog, at_ms: catalog.plans.assign_to_trunk(plan, trunk, who=caller(), at_ms=at_ms)
            )
        else:
            partner = PartnerId(request.partner)
            await self._desk.change(
                lambda catalog, at_ms: catalog.plans.assign(plan, partner, who=caller(), at_ms=at_ms)
            )
        return pb.Changed(what=f"plan {plan} assigned to {request.trunk or request.partner}")

    async def Versions(self, request: pb.Named, context: Context) -> pb.PublishedPlans:
        """List the versions of a plan that nodes decided by."""
        plan = await self._desk.read(lambda catalog: catalog.plans.get(PlanId(request.name)))
        entries = await self._desk.read(lambda catalog: catalog.snapshots.history(PLAN, plan.id))
        folder, last = self._desk.home.snapshots, {entry.version: entry for entry in reversed(entries)}
        rows = [
            pb.PublishedPlan(
                version=entry.version,
                published_ms=entry.published_ms,
                in_force=entry == entries[0],
                kept=(folder / entry.file).exists(),
            )
            for entry in sorted(last.values(), key=lambda entry: -entry.version)
        ]
        return pb.PublishedPlans(versions=rows[: self._desk.home.settings.limits.page_rows], newest=plan.version)

    async def Back(self, request: pb.PlanBack, context: Context) -> pb.Changed:
        """Let nodes decide by a former version of a plan, until the next change of its rates."""
        plan = PlanId(request.plan)
        wanted = request.version if request.HasField("version") else None
        folder = self._desk.home.snapshots
        back = await self._desk.change(
            lambda catalog, at_ms: put_back(catalog, folder, plan, wanted, who=caller(), at_ms=at_ms)
        )
        newest = (await self._desk.read(lambda catalog: catalog.plans.get(plan))).version
        words = f"plan {plan}: nodes decide and charge by version {back.version}"
        if back.version < newest:
            words += (
                f"; the rates of version {newest} wait for the next change, or `plans back {plan} --version {newest}`"
            )
        return pb.Changed(what=words)

    async def Origins(self, request: pb.OriginQuery, context: Context) -> pb.OriginPage:
        """Show a plan's origin groups and a page of their codes."""
        return await origins.page(self._desk, request)

    async def SetOrigins(self, request: pb.OriginCodes, context: Context) -> pb.Changed:
        """Give origin groups other codes."""
        return await origins.entered(self._desk, request)

    async def Remove(self, request: pb.Named, context: Context) -> pb.Changed:
        """Remove a plan that nothing refers to."""
        return await removed(self._desk, Noun.PLAN, request.name)

    async def _message(self, plan: Plan) -> pb.Plan:
        rules = plan.rules
        assigned = await self._desk.read(lambda catalog: catalog.plans.assigned_to(plan.id))
        page = await self._desk.read(lambda catalog: catalog.plans.rates_page(plan.id, limit=1))
        in_force = await self._desk.read(lambda catalog: catalog.snapshots.in_force(PLAN, plan.id))
        return pb.Plan(
            id=plan.id,
            side=plan.side,
            currency=rules.currency,
            zone=rules.zone,
            crossing=rules.crossing.value,
            seconds=rules.seconds.value,
            decimals=rules.decimals,
            rounding=rules.rounding,
            version=plan.version,
            rates=page.total,
            windows=[window_text(window) for window in rules.windows],
            holidays=sorted(day.isoformat() for day in rules.holidays),
            assigned_to=assigned,
            unit=rules.unit.value,
            published=in_force.version if in_force else 0,
        )


def _rules_of(message: pb.Plan) -> PlanRules:
    try:
        return PlanRules(
            plan=PlanId(message.id),
            currency=Currency(message.currency),
            zone=message.zone or "UTC",
            crossing=Crossing(message.crossing or "start"),
            seconds=SecondsRounding(message.seconds or "ceil"),
            decimals=message.decimals or 8,
            rounding=message.rounding or "half_up",
            windows=tuple(window for text in message.windows for window in read_window(text)),
            holidays=frozenset(date.fromisoformat(day) for day in message.holidays),
            unit=Unit(message.unit or "second"),
        )
    except ValueError as error:
        raise InputError(str(error), where=f"plan {message.id}", mend="See `switchboard plans add --help`.") from None
