"""Allowed losses and sources of moved numbers in fixed figures."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import losses_pb2, portability_pb2
from protos import operators_pb2 as op

UNIT = 10**8
PROMO = losses_pb2.AllowedLossUse(
    loss=losses_pb2.AllowedLoss(
        id="promo-ec", client="callwell", destination="Ecuador Mobile", budget_units=50 * UNIT, period="day",
        zone="UTC", why="summer promotion", most_bp=500,
    ),
    lost_units=3_187 * UNIT // 100, aside_units=4 * UNIT, open_calls=7, state="holds", base_currency="USD",
    fields=dict.fromkeys(("destination", "code", "vendor", "from", "until"), "")
    | {"budget": "50", "period": "day", "most_bp": "500", "zone": "UTC", "why": "summer promotion"},
)  # fmt: skip
AWAY = losses_pb2.AllowedLossUse(
    loss=losses_pb2.AllowedLoss(id="test-ke", client="orbita", code="2547", vendor="savanna", budget_units=5 * UNIT,
                                period="month"),
    state="used up", base_currency="USD", fields=dict(PROMO.fields),
)  # fmt: skip
SOURCES = portability_pb2.PortedSources(sources=[
    portability_pb2.PortedSource(
        name="kfile", numbers=412_806, file_name="moved-2026-11.csv", imported_ms=1_793_527_200_000,
        fields={"kind": "file", "prefixes": "254", "server": "", "zone": "", "silent": "as-dialled"},
    ),
    portability_pb2.PortedSource(
        name="lnp", fields={"kind": "enum", "prefixes": "1", "server": "192.0.2.53:53", "zone": "e164.arpa",
                            "timeout_ms": "150", "keep_s": "3600", "silent": "refuse"},
    ),
])  # fmt: skip
MOVED = portability_pb2.PortedNumber(
    number="254722000007", source="kfile", answered=True, routing_number="254733000000", carrier="Airtel",
    destination="Kenya Mobile Safaricom", routing_destination="Kenya Mobile Airtel",
)  # fmt: skip

LOSS_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "LossesService/List": lambda _: losses_pb2.AllowedLossUses(losses=[PROMO, AWAY], total=2),
    "LossesService/Show": lambda _: PROMO,
    "LossesService/Set": lambda request: op.Changed(what=f"allowed loss {request.id}: {dict(request.values)}"),
    "LossesService/Remove": lambda request: op.Changed(what=f"allowed loss {request.name} removed"),
    "PortabilityService/List": lambda _: SOURCES,
    "PortabilityService/Find": lambda _: MOVED,
    "PortabilityService/Set": lambda request: op.Changed(what=f"source {request.id}: {dict(request.values)}"),
    "PortabilityService/Remove": lambda request: op.Changed(what=f"source {request.name} removed"),
}
