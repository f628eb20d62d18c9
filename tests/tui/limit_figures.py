"""Limits in fixed figures: one nearly used up, one by destination, one in money."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import operators_pb2 as pb

USES = (
    pb.LimitUse(limit=pb.Limit(id="callwell-calls", client="callwell", max_calls=120, period="month", zone="UTC"),
                open_calls=113, hard=True, refused=4),
    pb.LimitUse(limit=pb.Limit(id="kestrel-uk", vendor="kestrel", destination="United Kingdom Mobile", max_calls=30,
                               max_cps=5, period="month", zone="UTC"), open_calls=12, cps=2.0),
    pb.LimitUse(limit=pb.Limit(id="minnow-day", client="minnow", max_minutes=10_000, max_units=50_000_000_000,
                               currency="USD", period="day", zone="Europe/London"),
                open_calls=2, seconds=451_200, used_units=12_345_000_000, hard=True),
)  # fmt: skip

LIMIT_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "LimitsService/List": lambda _: pb.LimitUses(limits=USES, total=len(USES)),
    "LimitsService/Show": lambda request: next(use for use in USES if use.limit.id == request.name),
    "LimitsService/Set": lambda request: pb.Changed(what=f"limit {request.id}: max_calls 120 → 130"),
    "LimitsService/Remove": lambda request: pb.Changed(what=f"limit {request.name} removed"),
}
