"""Trials of versions, and what their arms came to, as messages and in words."""

from actors.desk.canary_rounds import Counted
from actors.desk.values import money
from domain.money import UNITS_PER_ONE, Currency
from domain.policies.comparing import Arm, Bounded, Decided, Difference, differences, mean, share
from domain.policies.fields import said_texts
from protos import policies_pb2 as pb
from store.catalog.canary_rows import Trial

MINUTE_MS = 60_000


def canary_message(trial: Trial) -> pb.Canary:
    """Render a trial."""
    canary, guard = trial.canary, trial.guard
    return pb.Canary(
        id=trial.id,
        policy=canary.policy.name,
        version=canary.policy.version,
        against=trial.against,
        share_bp=canary.share_bp,
        begun_ms=canary.begun_ms,
        counted_ms=trial.counted_ms,
        until_ms=canary.until_ms,
        guard_asr_bp=guard.asr_bp,
        guard_margin_bp=guard.margin_bp,
        least_calls=guard.least_calls,
        who=trial.who,
        note=trial.note,
        ended_ms=trial.ended_ms,
        outcome=trial.outcome.value if trial.outcome else "",
        ended_by=trial.ended_by,
        ended_note=trial.ended_note,
        values=said_texts(canary.policy),
    )


def trial_words(trial: Trial) -> str:
    """Say in a line what became of a trial."""
    begun = f"tried on {trial.canary.share_bp / 100:g} % beside v{trial.against}"
    if trial.outcome is None:
        return f"{begun}, still"
    note = f": {trial.ended_note}" if trial.ended_note else ""
    return f"{begun}, {trial.outcome} by {trial.ended_by}{note}"


def comparison(trial: Trial, found: Counted, base: Currency) -> pb.CanaryComparison:
    """Render both arms side by side."""
    arms, canary = found.arms, trial.canary
    decided = arms.decisions
    return pb.CanaryComparison(
        canary=canary_message(trial),
        current=_arm(arms.current, decided.current, trial.against, base, canary=False),
        tried=_arm(arms.tried, decided.tried, canary.policy.version, base, canary=True),
        differences=[_difference(one) for one in differences(arms.current, arms.tried, trial.guard.least_calls)],
        at_ms=found.at_ms,
        until_ms=found.until_ms,
        took_ms=round(1000 * found.took_s),
    )


def _arm(arm: Arm, decided: Decided, version: int, base: Currency, *, canary: bool) -> pb.CanaryArm:
    return pb.CanaryArm(
        version=version,
        canary=canary,
        calls=arm.calls,
        attempts=arm.attempts,
        answered=arm.answered,
        asr=_between(share(arm.answered, arm.calls)),
        ner=_between(share(arm.answered + arm.user_failures, arm.calls)),
        acd=_between(mean(arm.talk_ms, 1000)),
        pdd=_between(mean(arm.pdd_ms, 1000)),
        minutes=arm.talk_ms.total / MINUTE_MS,
        first_minutes=arm.first_talk_ms / MINUTE_MS,
        revenue=money(arm.revenue, base),
        cost=money(arm.cost, base),
        margin=money(arm.margin.total, base),
        margin_call=_between(mean(arm.margin, UNITS_PER_ONE)),
        decided=decided.decided,
        refused=decided.refused,
        no_route=decided.no_route,
        vendors=[
            pb.VendorPart(vendor=vendor, calls=part.calls, answered=part.answered, minutes=part.talk_ms / MINUTE_MS)
            for vendor, part in sorted(arm.vendors.items(), key=lambda pair: (-pair[1].calls, pair[0]))
        ],
    )


def _difference(one: Difference) -> pb.ArmDifference:
    return pb.ArmDifference(what=one.what, difference=_between(one.difference), verdict=one.verdict.value)


def _between(found: Bounded | None) -> pb.Between:
    if found is None:
        return pb.Between()
    # one value alone has no bounds
    ends = (found.low, found.high) if abs(found.low) < float("inf") else (None, None)
    return pb.Between(value=found.value, low=ends[0], high=ends[1])
