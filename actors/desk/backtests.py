"""Operators' service of back-tests: calls of the past under another policy. Each is a job while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import grpc

from actors.desk import values
from actors.desk.core import Desk
from domain.backtests import (
    DAY_MS,
    Backtest,
    BacktestOrder,
    ClientSums,
    Move,
    Sums,
    VendorSums,
    by_client,
    by_vendor,
    moves,
)
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId
from domain.policies.policy import Policy
from domain.policies.rules import check
from protos import backtests_pb2 as pb
from protos import backtests_pb2_grpc as services
from store.catalog import Catalog

Context = grpc.aio.ServicerContext[Any, Any]
MOST_MOVES = 200
"""As many moves are told, those that change most."""
MOST_DAYS = 400
"""A part is a day, and each is a task."""
TOLD_S = 1.0
"""How often it is told how far it is, and heard whether it is called off."""
FORMULA = "formula"
"""The name of a policy that is a formula alone."""
UNKNOWABLE = "attestation"
"""A figure that calls of the past do not have: what STIR said of them is not kept with their legs."""


class BacktestsService(services.BacktestsServiceServicer):
    """Tries policies on calls of the past."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Run(self, request: pb.BacktestQuery, context: Context) -> AsyncIterator[pb.BacktestStep]:
        """Try a policy; tell how far it is, then what came of it."""
        order = await self._desk.read(lambda catalog: self._order(catalog, request))
        words = _words(order)
        async with self._desk.jobs.running("backtest", words) as job:
            steps: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
            running = asyncio.create_task(self._desk.tasks.backtest(order, steps))
            done, total = 0, len(order.parts())
            try:
                while not running.done():
                    yield pb.BacktestStep(job=job.number, done=done, total=total)
                    done, total = await _heard(steps, running) or (done, total)
                    await job.at(done, total)
                found = await running
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await running  # its tasks have been called off when this ends
        yield pb.BacktestStep(job=job.number, done=total, total=total, result=self._result(found, order, words))

    def _order(self, catalog: Catalog, request: pb.BacktestQuery) -> BacktestOrder:
        policy = _policy(catalog, request.policy, request.order, "the policy to try")
        if policy is None:
            raise InputError(
                "no policy is named", mend="Name one (`switchboard policies list`), or give --order FORMULA."
            )
        if request.from_ms >= request.until_ms:
            raise InputError("the period is empty", mend="Give --from a moment before --to.")
        if (request.until_ms - request.from_ms) // DAY_MS > MOST_DAYS:
            raise InputError(f"the period is longer than {MOST_DAYS} days", mend="Try fewer at once.")
        if request.client and request.client not in catalog.directory().partners:
            raise NotFoundError(f"there is no partner {request.client!r}", mend="`switchboard partners list`.")
        if request.sample_bp > 10_000:
            raise InputError("more than all calls are asked for", mend="Give --sample 100 at most.")
        return BacktestOrder(
            policy=policy,
            from_ms=request.from_ms,
            until_ms=min(request.until_ms, max(self._desk.now_ms(), request.from_ms + 1)),
            now_ms=self._desk.now_ms(),
            against=_policy(catalog, request.against, request.against_order, "the policy to compare with"),
            client=PartnerId(request.client),
            sample_bp=request.sample_bp or 10_000,
        )

    def _result(self, found: Backtest, order: BacktestOrder, words: str) -> pb.BacktestResult:
        total, moved = found.total, moves(found)
        return pb.BacktestResult(
            words=words,
            calls=total.calls,
            answered=total.answered,
            expected=found.expected_of(found.groups),
            talk_ms=total.talk_ms,
            money=self._money(total),
            unknown=found.unknown,
            vendors=[self._vendor(one) for one in by_vendor(found)],
            clients=[self._client(one) for one in by_client(found)],
            moves=[self._move(one) for one in moved[:MOST_MOVES]],
            moves_total=len(moved),
            decided=found.decided,
            parts=found.parts,
            cpu_ms=round(1000 * found.cpu_s),
            from_ms=order.from_ms,
            until_ms=order.until_ms,
            sample_bp=order.sample_bp,
        )

    def _money(self, sums: Sums) -> pb.BacktestMoney:
        base = self._desk.base_currency
        return pb.BacktestMoney(
            revenue=values.money(sums.revenue, base),
            revenue_now=values.money(sums.revenue_now, base),
            cost=values.money(sums.cost, base),
            cost_now=values.money(sums.cost_now, base),
            margin=values.money(sums.margin, base),
            margin_now=values.money(sums.margin_now, base),
        )

    def _vendor(self, one: VendorSums) -> pb.BacktestVendor:
        return pb.BacktestVendor(
            vendor=one.vendor,
            calls=one.calls,
            calls_now=one.calls_now,
            answered=one.answered,
            expected=one.expected,
            talk_ms=one.talk_ms,
            talk_now_ms=one.talk_now_ms,
            cost=values.money(one.cost, self._desk.base_currency),
            cost_now=values.money(one.cost_now, self._desk.base_currency),
        )

    def _client(self, one: ClientSums) -> pb.BacktestClient:
        return pb.BacktestClient(
            client=one.client, calls=one.sums.calls, moved=one.moved, refused=one.refused, money=self._money(one.sums)
        )

    def _move(self, one: Move) -> pb.BacktestMove:
        return pb.BacktestMove(
            destination=self._desk.name_of(one.destination) if one.destination else "",
            then=one.then,
            now=one.now,
            refused=one.refused,
            calls=one.sums.calls,
            answered=one.sums.answered,
            expected=one.expected,
            talk_ms=one.sums.talk_ms,
            money=self._money(one.sums),
        )


async def _heard(steps: "asyncio.Queue[tuple[int, int]]", running: "asyncio.Task[Backtest]") -> tuple[int, int] | None:
    """Wait for a step, for the end, or for so long as it is told of; return the step."""
    getting = asyncio.ensure_future(steps.get())
    try:
        await asyncio.wait({running, getting}, timeout=TOLD_S, return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        getting.cancel()


def _policy(catalog: Catalog, name: str, order: str, what: str) -> Policy | None:
    """Return the policy of a name, else one that is a formula alone; None where neither is given."""
    if name and order:
        raise InputError(f"{what}: a name and a formula are given", mend="Give one of them.")
    if name:
        found = catalog.directory().policies.named.get(name)
        if found is None:
            raise NotFoundError(f"there is no policy {name!r}", mend="`switchboard policies list` has them.")
    elif order:
        found = Policy(FORMULA, order=order)
        check(found)
    else:
        return None
    if any(UNKNOWABLE in text for text in (found.only, found.keep, found.order)):
        raise InputError(f"{what} asks for {UNKNOWABLE}, which past calls do not have", mend="Try it without.")
    return found


def _words(order: BacktestOrder) -> str:
    against = f" instead of {_named(order.against)}" if order.against else ""
    return f"{_named(order.policy)}{against}"


def _named(policy: Policy) -> str:
    return f"order {policy.order!r}" if policy.name == FORMULA else f"policy {policy.name} v{policy.version}"
