"""Formulas as they are checked, a back-test with its steps, a version that is tried, and static entries."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from actors.desk.formula_checks import figures, tried
from protos import backtests_pb2, statics_pb2
from protos import operators_pb2 as op
from protos import policies_pb2 as pb
from protos.switch_pb2 import Money

AT = 1_793_527_200_000
HOUR_MS = 3_600_000
SECOND = 1_000


def usd(units: int) -> Money:
    return Money(units=units * 10**4, currency="USD")


def money(margin: int, margin_now: int) -> backtests_pb2.BacktestMoney:
    return backtests_pb2.BacktestMoney(
        revenue=usd(9 * margin), revenue_now=usd(9 * margin), margin=usd(margin), margin_now=usd(margin_now),
        cost=usd(8 * margin), cost_now=usd(9 * margin - margin_now),
    )  # fmt: skip


RESULT = backtests_pb2.BacktestResult(
    words="order real_cost against order price", calls=150_000, answered=72_000, expected=72_000.0,
    talk_ms=180_000 * 60 * SECOND, money=money(507_285_00, 509_175_00), from_ms=AT, until_ms=AT + HOUR_MS,
    sample_bp=10_000, parts=31, cpu_ms=3_800,
    vendors=[
        backtests_pb2.BacktestVendor(
            vendor="bluewire", calls=100_000, calls_now=90_000, answered=45_000, expected=40_500.0,
            talk_ms=112_500 * 60_000, talk_now_ms=101_250 * 60_000, cost=usd(278_640_00), cost_now=usd(250_776_00),
        ),
        backtests_pb2.BacktestVendor(
            vendor="kestrel", calls=60_000, calls_now=70_000, answered=27_000, expected=31_500.0,
            talk_ms=67_500 * 60_000, talk_now_ms=78_750 * 60_000, cost=usd(779_850_00), cost_now=usd(805_824_00),
        ),
    ],
    clients=[
        backtests_pb2.BacktestClient(client="callwell", calls=150_000, moved=10_000, money=money(1_150_00, 1_168_90))
    ],
    moves=[
        backtests_pb2.BacktestMove(
            destination="United Kingdom Mobile", then="bluewire", now="kestrel", calls=10_000, answered=4_500,
            talk_ms=11_250 * 60_000, money=money(1_150_00, 1_168_90),
        )
    ],
    moves_total=1,
    rooms=[
        backtests_pb2.BacktestRoom(
            what="trunk", name="kestrel-out", vendor="kestrel", max_calls=120, max_cps=10,
            use=backtests_pb2.BacktestUse(from_ms=AT, calls=96, calls_now=131, cps=4, cps_now=6, over_now=212),
        )
    ],
    overflow=[
        backtests_pb2.BacktestOverflow(
            first="kestrel", now="bluewire", calls=204, answered=92, talk_ms=230 * 60_000, money=money(2_30, 2_12),
        ),
        backtests_pb2.BacktestOverflow(
            first="kestrel", calls=8, answered=4, talk_ms=9 * 60_000, money=money(9, 0),
        ),
    ],
)  # fmt: skip
CANARY = pb.Canary(
    id=7, policy="cheap", version=4, against=3, share_bp=1_000, begun_ms=AT, counted_ms=AT, until_ms=AT + 24 * HOUR_MS,
    guard_asr_bp=500, guard_margin_bp=1_000, least_calls=200, who="ada", note="more for quality",
)  # fmt: skip
OVER = pb.Canary(
    id=3, policy="gold", version=2, against=1, share_bp=500, begun_ms=AT - HOUR_MS, counted_ms=AT - HOUR_MS,
    ended_ms=AT, outcome="worse", ended_by="desk", ended_note="ASR surely 6.1 points lower", who="bob",
)  # fmt: skip


def between(value: float, low: float, high: float) -> pb.Between:
    return pb.Between(value=value, low=low, high=high)


def arm(version: int, calls: int, asr: float) -> pb.CanaryArm:
    return pb.CanaryArm(
        version=version, canary=version == 4, calls=calls, attempts=calls * 11 // 10, answered=int(calls * asr / 100),
        asr=between(asr, asr - 1.1, asr + 1.1), ner=between(96.4, 95.9, 96.8), acd=between(151.2, 148.1, 154.3),
        pdd=between(2.4, 2.3, 2.5), minutes=calls * 1.2, first_minutes=calls * 1.1, revenue=usd(calls * 300),
        cost=usd(calls * 240), margin=usd(calls * 60), margin_call=between(0.006, 0.0058, 0.0062),
        decided=calls * 12 // 10, refused=calls // 50, no_route=calls // 100,
    )  # fmt: skip


COMPARISON = pb.CanaryComparison(
    canary=CANARY, current=arm(3, 18_012, 45.4), tried=arm(4, 2_007, 48.1), at_ms=AT + HOUR_MS, until_ms=AT + HOUR_MS,
    took_ms=420,
    differences=[
        pb.ArmDifference(what="asr", difference=between(2.7, 0.4, 5.0), verdict="better"),
        pb.ArmDifference(what="margin", difference=between(0.0, -0.0003, 0.0003), verdict="even"),
        pb.ArmDifference(what="acd", verdict="few"),
    ],
)  # fmt: skip
STATICS = statics_pb2.StaticEntries(
    entries=[
        statics_pb2.StaticEntry(id="k60", place="first", vendor="kestrel", code="25471", priority=1, weight=60),
        statics_pb2.StaticEntry(id="s40", place="first", vendor="savanna", code="25471", priority=1, weight=40),
        statics_pb2.StaticEntry(id="no-blue", place="never", vendor="bluewire", client="pampas", priority=1, weight=1),
        statics_pb2.StaticEntry(
            id="cap",
            place="any",
            trunk="nordlink-out",
            destination="Kenya Mobile",
            priority=1,
            weight=1,
            at_most_bp=2_500,
        ),
    ],
    total=4,
)

ROUTING_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "PoliciesService/Check": lambda request: tried(request.text, request.field),
    "PoliciesService/Figures": lambda _: figures(),
    "CanariesService/List": lambda _: pb.Canaries(canaries=(CANARY, OVER), total=2),
    "CanariesService/Compare": lambda _: COMPARISON,
    "CanariesService/Promote": lambda request: op.Changed(what=f"policy {request.policy} v5 is in force"),
    "CanariesService/Drop": lambda request: op.Changed(what=f"policy {request.policy}: v4 is tried no more"),
    "BacktestsService/Run": lambda _: backtests_pb2.BacktestStep(job=9, done=31, total=31, result=RESULT),
    "StaticsService/List": lambda _: STATICS,
    "StaticsService/Set": lambda request: op.Changed(what=f"static entry {request.id}: {dict(request.values)}"),
    "StaticsService/Remove": lambda request: op.Changed(what=f"static entry {request.name} removed"),
}
