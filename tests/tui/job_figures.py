"""Jobs that a desk for tests tells of."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import operators_pb2 as op
from protos import rerating_pb2 as pb
from protos.switch_pb2 import Money
from tests.tui.figures import NOW_MS


def jobs(_: op.PageRequest) -> op.Jobs:
    return op.Jobs(jobs=[
        op.Job(id=16, kind="rerating", what="kestrel-buy version 3: 9,000 calls, -27.00 USD", state="proposed"),
        op.Job(id=15, kind="import", what="savanna 2026-11-02.xlsx, 100,000 rows", state="running", progress=0.62,
               started_ms=NOW_MS - 41_000),
        op.Job(id=14, kind="seal", what="book 0, 18,001 to 18,400", state="done", progress=1.0,
               started_ms=NOW_MS - 300_000, ended_ms=NOW_MS - 297_000),
        op.Job(id=13, kind="invoice", what="pampas, October", state="failed", progress=0.2,
               error="no address to send to", started_ms=NOW_MS - 905_000, ended_ms=NOW_MS - 900_000),
    ])  # fmt: skip


def usd(units: int) -> Money:
    return Money(units=units, currency="USD")


def rerating(asked: pb.RerateRef) -> pb.Rerating:
    return pb.Rerating(
        id=asked.id, state="proposed", plan="kestrel-buy", side="buy", from_version=2, to_version=3, calls=9_000,
        before=usd(55_350_000_000), after=usd(52_650_000_000), difference=usd(-2_700_000_000), unrated=3,
        words="kestrel-buy version 3: 9,000 calls, -27.00 USD",
        sums=[pb.RerateSum(partner="kestrel", destination="UK Mobile", calls=9_000, before=usd(55_350_000_000),
                           after=usd(52_650_000_000))],
    )  # fmt: skip


def calls(_: pb.RerateCallsQuery) -> pb.RerateCalls:
    of: dict[str, Any] = {"partner": "kestrel", "side": "vendor", "destination": "UK Mobile", "code": "447"}
    return pb.RerateCalls(total=9_000, calls=[
        pb.RerateCall(leg_id=b"1", number="447911000001", at_ms=NOW_MS - 11 * 86_400_000, billed_s=205,
                      charge=usd(8_405_000), new_code="447", new_billed_s=205, new_charge=usd(7_995_000), **of),
        pb.RerateCall(leg_id=b"2", number="447911000002", at_ms=NOW_MS - 10 * 86_400_000, billed_s=61,
                      charge=usd(2_501_000), fault="no-rate", **of),
    ])  # fmt: skip


JOB_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "JobsService/List": jobs,
    "ReratingService/Show": rerating,
    "ReratingService/Cdrs": calls,
    "ReratingService/Refresh": rerating,
    "ReratingService/Dismiss": lambda asked: op.Changed(what=f"rerating {asked.id} is dismissed"),
    "JobsService/Cancel": lambda named: op.Changed(what=f"job {named.name} is cancelled"),
}
