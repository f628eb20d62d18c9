"""Calls of the past decided anew for operators, and the policies that are tried on a call."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from actors.decision_log import Logged
from actors.desk.call_lookup import find_call
from actors.desk.core import Desk
from actors.desk.explained_messages import explained_message
from actors.gateways.grpc_values import decision_message
from actors.node import Authorized
from actors.route_work import PastAnswer, PastOrder, PastVendor
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId
from domain.policies.explaining import Explanation
from domain.policies.policy import Policy
from domain.policies.rules import check
from domain.world import World
from protos import explaining_pb2 as pb

TRIAL = "trial"
"""What a policy that is tried is called where it has no name of its own."""


async def decided_past(desk: Desk, request: pb.PastCallQuery, world: World) -> pb.PastCall:
    """Decide a call anew. Raises NotFoundError for a call or policy that is not there, InputError."""
    call = await find_call(desk, request.call)
    decided = [one for one in call.decisions if one.asked]
    number = _which(decided, request.decision, call.key.hex())
    record = decided[number - 1]
    trial = await _trial(desk, request, world)
    order = PastOrder(
        key=record.key,
        at_ms=record.at_ms,
        asked=record.asked,
        why=record.why,
        board=world.quality,
        now_ms=desk.now_ms(),
        trial=trial,
        with_terms=request.with_terms,
    )
    return _message(record, number, len(decided), await desk.tasks.decide_past(order), trial)


async def _trial(desk: Desk, request: pb.PastCallQuery, world: World) -> Policy | None:
    """Return the policy that is laid over those that held, in the version that is asked for."""
    if not request.HasField("trial"):
        return None
    version, name = request.version, request.trial.policy
    base = (await desk.read(lambda catalog: catalog.policies.get(name, version))).policy if version else None
    trial = trial_of(request.trial, world, base)
    check(trial)
    return trial


def trial_of(trial: pb.TrialPolicy, world: World, base: Policy | None = None) -> Policy:
    """Return the policy to be tried, on top of `base`, else of that which it names.

    Raises NotFoundError where it names one that there is not.
    """
    if base is None and trial.policy:
        known = world.index.directory.policies.named.get(trial.policy)
        if known is None:
            raise NotFoundError(f"there is no policy {trial.policy!r}", mend="See `switchboard policies list`.")
        base = known
    given = _given(trial)
    if base is not None and not given:
        return base
    return replace(base or Policy(TRIAL), name=f"{TRIAL} of {base.name}" if base else TRIAL, **given)


def _given(trial: pb.TrialPolicy) -> dict[str, Any]:
    """Return the fields that are given."""
    said: dict[str, Any] = {
        "order": trial.order,
        "only": trial.only,
        "keep": trial.keep,
        "window": trial.window,
        "vendors": tuple(map(PartnerId, trial.vendors)),
        "max_routes": trial.max_routes,
    }
    return {name: value for name, value in said.items() if value}


def _which(decided: Sequence[Logged], wanted: int, call: str) -> int:
    """Return which decision is meant, 1 the first."""
    if not decided:
        mend = "Decisions are kept for limits.decisions_days; `switchboard calls show` tells what else is known."
        raise NotFoundError("no decision about it is kept", where=f"call {call}", mend=mend)
    if wanted > len(decided):
        raise InputError(f"there is no decision {wanted}", where=f"call {call}", mend=f"It has {len(decided)}.")
    if wanted:
        return wanted
    routed = [number for number, one in enumerate(decided, 1) if any(line.startswith("1. ") for line in one.why)]
    return (routed or [len(decided)])[-1]


def _message(record: Logged, number: int, decisions: int, found: PastAnswer, trial: Policy | None) -> pb.PastCall:
    then, anew, now = found.policies
    verdicts = found.verdicts
    message = pb.PastCall(
        call_key=record.key,
        at_ms=record.at_ms,
        decision=number,
        decisions=decisions,
        same=found.same,
        differences=found.differences,
        missing=found.missing,
        routes=map(_vendor, found.vendors),
        then=record.why,
        anew=found.anew,
        now=found.now,
        then_policy=then,
        anew_policy=anew,
        now_policy=now,
        then_verdict=verdicts[0],
        anew_verdict=verdicts[1],
        now_verdict=verdicts[2],
        trial=trial.name if trial is not None else "",
    )
    if found.explained is not None:
        message.explained.CopyFrom(_explained(found.explained, found.wins, record.at_ms))
    return message


def _explained(found: Explanation, wins: Sequence[int | None], at_ms: int) -> pb.ExplainedRoutes:
    message = explained_message(found, at_ms)
    message.decision.CopyFrom(decision_message(Authorized(found.decision), None))
    for one, price in zip(message.vendors, wins, strict=False):  # there are none where no routes were looked for
        if price is not None:
            one.wins_units = price
    return message


def _vendor(one: PastVendor) -> pb.PastRoute:
    (then, then_why), (anew, anew_why), (now, now_why) = one.then, one.anew, one.now
    return pb.PastRoute(
        vendor=one.vendor, trunk=one.trunk, then=then, anew=anew, now=now,
        then_why=then_why, anew_why=anew_why, now_why=now_why,
    )  # fmt: skip
