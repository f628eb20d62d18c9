"""Commitments and swaps in fixed figures: one behind, one filled, one of money, one yet to be counted, two swaps."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import operators_pb2 as base
from protos import quantities_pb2 as pb

COMMITMENTS = (
    pb.Commitment(
        id="kenya-2026", vendor="kestrel", country="KE", minutes=500_000, fields={"until": "2026-11-30"},
        verdict="behind", sent=9_000_000, remaining=21_000_000, due=15_000_000, pace=600_000, needed=1_400_000,
        behind_pct=40.0, missing=12_000_000, at_risk_units=200_000_000_000, currency="USD",
    ),
    pb.Commitment(
        id="money", vendor="savanna", money_units=2_000_000_000_000, fields={"until": "2026-12-31"},
        verdict="on course", sent=1_000_000_000_000, remaining=1_000_000_000_000, due=900_000_000_000,
        pace=66_666_666_666, needed=33_333_333_333, behind_pct=0.0, missing=0, at_risk_units=0, currency="USD",
    ),
    pb.Commitment(
        id="saf", vendor="kestrel", code="25471", minutes=90_000, fields={"until": "2026-12-31"}, verdict="filled",
        sent=5_400_060, remaining=0, due=2_700_000, pace=360_000, needed=0, behind_pct=0.0, missing=0,
    ),
    pb.Commitment(
        id="new", vendor="bluewire", destination="United Kingdom Mobile", minutes=1_000,
        fields={"until": "2027-01-31"}, verdict="counting",
    ),
)  # fmt: skip
SWAPS = (
    pb.Swap(
        id="orbita-swap", partner="orbita", low=-5_000, high=5_000, fields={"until": "2026-11-30"},
        verdict="in the band", came=600_000, went=750_000, balance=-150_000, room=150_000, position_pct=-50.0,
    ),
    pb.Swap(
        id="uk-money", partner="minnow", destination="United Kingdom Mobile", low=-20_000_000_000,
        high=30_000_000_000, in_money=True, fields={"until": "2026-12-31"}, verdict="below the band",
        came=0, went=21_000_000_000, balance=-21_000_000_000, room=-1_000_000_000, position_pct=-104.0,
    ),
)  # fmt: skip


QUANTITY_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "CommitmentsService/List": lambda asked: pb.Commitments(
        commitments=COMMITMENTS[asked.offset : asked.offset + asked.limit], total=len(COMMITMENTS)
    ),
    "SwapsService/List": lambda asked: pb.Swaps(
        swaps=SWAPS[asked.offset : asked.offset + asked.limit], total=len(SWAPS)
    ),
    "CommitmentsService/Show": lambda asked: next(one for one in COMMITMENTS if one.id == asked.name),
    "SwapsService/Show": lambda asked: next(one for one in SWAPS if one.id == asked.name),
    "CommitmentsService/Set": lambda asked: base.Changed(what=f"commitment {asked.id}: minutes 500 (was 400)"),
    "SwapsService/Set": lambda asked: base.Changed(what=f"swap {asked.id}: low -9 (was -5)"),
    "CommitmentsService/Remove": lambda asked: base.Changed(what=f"commitment {asked.name} removed"),
    "SwapsService/Remove": lambda asked: base.Changed(what=f"swap {asked.name} removed"),
}
