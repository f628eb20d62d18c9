"""Builders of commitments, swaps and calls that count for them: a test shows what matters."""

from typing import Any

from domain.calls import Side
from domain.ids import DestinationId, LegId, PartnerId
from domain.money import Currency
from domain.quality import LegSeen
from domain.quantities.volumes import Commitment, Swap
from tests.domain.builders import DAY_MS, NOON

KESTREL, KENYA, UK = PartnerId("kestrel"), DestinationId(7), DestinationId(1)
BEGIN = NOON - NOON % DAY_MS
USD = Currency("USD")


def commitment(**fields: Any) -> Commitment:
    """300 minutes in 30 days."""
    values: dict[str, Any] = {"id": "nov", "partner": KESTREL, "from_ms": BEGIN, "until_ms": BEGIN + 30 * DAY_MS}
    if "units" not in fields:
        values["minutes"] = 300
    return Commitment(**values | fields)


def swap(**fields: Any) -> Swap:
    """Within a hundred minutes both ways."""
    values: dict[str, Any] = {"id": "both", "partner": KESTREL, "from_ms": BEGIN, "until_ms": BEGIN + 30 * DAY_MS}
    return Swap(**values | {"low": -100, "high": 100} | fields)


def ended(**fields: Any) -> LegSeen:
    """An answered call to Kenya by kestrel, of a minute."""
    values: dict[str, Any] = {
        "destination": KENYA, "side": Side.VENDOR, "partner": KESTREL, "setup_ms": BEGIN, "answered": True,
        "duration_ms": 60_000, "pdd_ms": 900, "cause": 16, "alerted": True, "leg_id": LegId(b"l"), "b": "254711000001",
        "began_ms": BEGIN, "billed_s": 60, "charge": 2_000_000, "currency": USD,
    }  # fmt: skip
    return LegSeen(**values | fields)


def country_of(destination: DestinationId) -> str:
    return {KENYA: "KE", UK: "GB"}.get(destination, "")
