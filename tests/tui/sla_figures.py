"""Promises in fixed figures: one broken, one kept, one of few calls."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import sla_pb2 as pb
from protos.quality_pb2 import QualitySums
from tests.tui.figures import NOW_MS

HOUR_MS = 3_600_000
BUCKET_MS = NOW_MS // HOUR_MS * HOUR_MS
WHY = "asr 24.0 % (18.5 to 30.5) of 200 calls is beyond asr >= 40"
ACME = pb.SlaWhose(client="acme", product="gold", destination=7, destination_name="Kenya Mobile Safaricom")
ORBITA = pb.SlaWhose(client="orbita", destination=7, destination_name="Kenya Mobile Safaricom")
CALLWELL = pb.SlaWhose(client="callwell", destination=9, destination_name="United Kingdom Mobile")


def figure(value: float, around: float) -> pb.SlaFigure:
    return pb.SlaFigure(name="asr", value=value, low=value - around, high=value + around)


def states(request: pb.SlaNowQuery) -> pb.SlaStates:
    its: dict[str, Any] = {"policy": "default v1 + gold v2", "bucket_ms": BUCKET_MS, "bucket_s": 3_600}
    found = [
        pb.SlaNow(
            whose=ACME, promise="asr >= 40", attempts=412, figures=[figure(25.0, 4.1)], verdict="not kept",
            broken_since_ms=BUCKET_MS + 600_000, why=WHY, **its,
        ),
        pb.SlaNow(
            whose=CALLWELL, promise="asr >= 40 and pdd_p50 <= 8", attempts=1_204, figures=[figure(47.2, 2.8)],
            verdict="kept", **its,
        ),
        pb.SlaNow(
            whose=ORBITA, promise="asr >= 40", attempts=9, figures=[figure(44.4, 28.0)], verdict="too few calls", **its
        ),
    ]  # fmt: skip
    return pb.SlaStates(states=found, total=3, now_ms=NOW_MS)


def bucket(whose: pb.SlaWhose, hours: int, attempts: int, answered: int, verdict: str) -> pb.SlaBucket:
    share = answered / attempts if attempts else 0.0
    sums = QualitySums(
        attempts=attempts, answered=answered, effective=round(attempts * 0.9), talk_ms=answered * 150_000,
        asr_low=max(0.0, 100 * share - 6), asr_high=100 * share + 6,
    )  # fmt: skip
    start = BUCKET_MS - hours * HOUR_MS
    unmet = pb.SlaUnmet(routed=31, refused=4) if verdict == "not kept" else pb.SlaUnmet()
    return pb.SlaBucket(
        whose=whose, from_ms=start, until_ms=start + HOUR_MS, promise="asr >= 40", policy="gold v2", verdict=verdict,
        least_calls=20, sums=sums, unmet=unmet,
    )  # fmt: skip


def report(request: pb.SlaQuery) -> pb.SlaPiece:
    worst = bucket(ACME, 3, 380, 95, "not kept")
    if request.summaries:
        told = [
            pb.SlaSummary(
                whose=ACME, kept=20, broken=2, few=1, empty=1, kept_ms=20 * HOUR_MS, broken_ms=2 * HOUR_MS,
                attempts=8_214, answered=3_614, unmet=pb.SlaUnmet(routed=62, refused=8), worst=worst,
            ),
            pb.SlaSummary(
                whose=CALLWELL, kept=24, kept_ms=24 * HOUR_MS, attempts=28_700, answered=13_604,
                worst=bucket(CALLWELL, 9, 1_100, 462, "kept"),
            ),
            pb.SlaSummary(whose=ORBITA, few=6, empty=18, attempts=41, answered=19),
        ]  # fmt: skip
        return pb.SlaPiece(summaries=told)
    buckets = [
        bucket(ACME, 4, 402, 181, "kept"), worst, bucket(ACME, 2, 0, 0, "no calls"),
        bucket(ACME, 1, 12, 6, "too few calls"), bucket(ACME, 0, 412, 103, "not kept"),
    ]  # fmt: skip
    return pb.SlaPiece(buckets=buckets)


def breaches(request: pb.SlaBreachQuery) -> pb.SlaBreaches:
    its: dict[str, Any] = {"whose": ACME, "bucket_s": 3_600, "promise": "asr >= 40", "policy": "gold v2", "why": WHY}
    return pb.SlaBreaches(
        breaches=[
            pb.SlaBreach(number=2, bucket_ms=BUCKET_MS, since_ms=BUCKET_MS + 600_000, **its),
            pb.SlaBreach(
                number=1, bucket_ms=BUCKET_MS - 3 * HOUR_MS, since_ms=BUCKET_MS - 2 * HOUR_MS, until_ms=BUCKET_MS,
                over="kept again: asr 45.0 % (40.2 to 49.9) of 402 calls", **its,
            ),
        ],
        total=2,
    )  # fmt: skip


SLA_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "SlaService/Now": states,
    "SlaService/Report": report,
    "SlaService/Breaches": breaches,
}
