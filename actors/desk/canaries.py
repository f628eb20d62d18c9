"""Operators' service of canaries: versions of policies that take a part of the calls, compared, promoted, dropped."""

from collections.abc import Mapping
from typing import Any

import grpc

from actors.desk.canary_messages import canary_message, comparison
from actors.desk.canary_rounds import CanaryRounds, named
from actors.desk.core import Desk
from actors.home import machine_ms
from actors.tokens import caller
from domain.errors import InputError
from domain.policies.comparing import Guard
from domain.policies.fields import changed_policy
from domain.policies.policy import Canary, Policy
from protos import operators_pb2 as base
from protos import policies_pb2 as pb
from protos import policies_pb2_grpc as services
from store.catalog import Catalog
from store.catalog.canary_rows import Outcome, Trial

Context = grpc.aio.ServicerContext[Any, Any]
SHARE_BP = 1_000
SETTLED_MS = 3_000
"""Nodes know of a change by then (machine time): calls are counted from then on, and each was drawn."""


class CanariesService(services.CanariesServiceServicer):
    """Begins, compares and ends trials of versions."""

    def __init__(self, desk: Desk, rounds: CanaryRounds) -> None:
        self._desk, self._rounds = desk, rounds

    async def List(self, request: pb.CanariesQuery, context: Context) -> pb.Canaries:
        """List trials, the last begun first."""
        limit = self._desk.page(request.limit)
        found, total = await self._desk.read(
            lambda catalog: catalog.canaries.list(request.policy, all=request.all, limit=limit, offset=request.offset)
        )
        return pb.Canaries(canaries=map(canary_message, found), total=total)

    async def Begin(self, request: pb.CanaryOrder, context: Context) -> base.Changed:
        """Try a version on a part of the calls."""
        who, where = caller(), f"policy {request.policy}"
        if request.values and request.HasField("version"):
            raise InputError("a version and fields are given", where=where, mend="Give one of them.")
        counted_ms = self._desk.clock.business_ms(machine_ms() + SETTLED_MS)

        def order(catalog: Catalog, at_ms: int) -> Trial:
            standing = catalog.policies.get(request.policy).policy
            former = next((one for one in catalog.canaries.running() if one.canary.policy.name == standing.name), None)
            tried: Policy | int = changed_policy(standing, dict(request.values))
            if request.HasField("version"):
                tried = request.version
            elif not request.values:
                if former is None:
                    mend = "Give FIELD=VALUE, or --version N of `switchboard policies versions`."
                    raise InputError("nothing is said that could be tried", where=where, mend=mend)
                tried = former.canary.policy.version
            until_ms = former.canary.until_ms if former else None
            canary = Canary(
                standing,
                at_ms,
                request.share_bp or (former.canary.share_bp if former else SHARE_BP),
                request.until_ms if request.HasField("until_ms") else until_ms,
            )
            guard = _guard(request, former.guard if former else Guard())
            note = request.note
            return catalog.canaries.begin(tried, canary, guard, note=note, who=who, at_ms=at_ms, counted_ms=counted_ms)

        begun = await self._desk.change(order)
        share = f"{begun.canary.share_bp / 100:g} %"
        what = f"policy {named(begun)} is tried on {share} of the calls, v{begun.against} has the others"
        return base.Changed(what=f"{what}; see `switchboard policies compare {request.policy}`")

    async def Compare(self, request: pb.ArmsQuery, context: Context) -> pb.CanaryComparison:
        """Lay both arms side by side: ended calls that were set up while it was tried."""
        trial = await self._desk.read(lambda catalog: catalog.canaries.get(request.policy, request.id))
        found = await self._rounds.counted(trial, fresh=request.fresh)
        return comparison(trial, found, self._desk.base_currency)

    async def Promote(self, request: pb.CanaryEnd, context: Context) -> base.Changed:
        """Put it in force for all calls."""
        who = caller()

        def order(catalog: Catalog, at_ms: int) -> tuple[Trial, int]:
            trial, made = catalog.canaries.promote(request.policy, note=request.note, who=who, at_ms=at_ms)
            return trial, made.policy.version

        trial, version = await self._desk.change(order)
        return base.Changed(what=f"policy {request.policy} v{version} is in force: what v{_version(trial)} says")

    async def Drop(self, request: pb.CanaryEnd, context: Context) -> base.Changed:
        """End it."""
        who = caller()

        def order(catalog: Catalog, at_ms: int) -> Trial:
            return catalog.canaries.drop(request.policy, Outcome.DROPPED, note=request.note, who=who, at_ms=at_ms)

        trial = await self._desk.change(order)
        return base.Changed(what=f"policy {named(trial)} is tried no more: v{trial.against} holds for all calls")


def _guard(request: pb.CanaryOrder, usual: Guard) -> Guard:
    given: Mapping[str, int] = {
        name: getattr(request, f"guard_{name}")
        for name in ("asr_bp", "margin_bp")
        if request.HasField(f"guard_{name}")  # type: ignore[arg-type]
    }
    return Guard(
        given.get("asr_bp", usual.asr_bp),
        given.get("margin_bp", usual.margin_bp),
        request.least_calls if request.HasField("least_calls") else usual.least_calls,
    )


def _version(trial: Trial) -> int:
    return trial.canary.policy.version
