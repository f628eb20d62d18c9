"""CDR files of the gRPC client's softswitch, which it delivers besides: what is in them is part of the truth."""

import csv
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from cluster.demo.records import LiveLeg
from domain.calls import Side
from tests.torture.doors import CALLER
from tests.torture.trade import GRPC, NUMBERS, QUILL, VENDOR_HOSTS
from tests.torture.truth import TrueLeg, Truth

_COLUMNS = (
    "switch,call_id,side,attempt,session_id,trunk,remote,remote_port,mark,a,b,setup,alert,connect,disconnect,"
    "duration_ms,cause,release_side"
).split(",")


def write_cdrs(path: Path, truth: Truth, calls: int, seed: int) -> list[TrueLeg]:
    """Write a file of that many answered calls of the last hour, two legs each; return the legs."""
    dice, now_ms, true = Random(seed), time.time_ns() // 1_000_000, list[TrueLeg]()
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)
        for number in range(calls):
            talk_s, vendor = dice.randrange(1, 600), dice.choice(sorted(VENDOR_HOSTS))
            end_ms = now_ms - dice.randrange(3_600_000)
            for side, remote in ((Side.CLIENT, ""), (Side.VENDOR, f"{VENDOR_HOSTS[vendor]}:5060")):
                leg = LiveLeg(
                    side=side, call_id=f"file-{seed}-{number}", session_id=f"{number}/{side}", attempt=1, a=CALLER,
                    b=dice.choice(NUMBERS), setup_ms=end_ms - 1000 * talk_s - 3000, remote=remote,
                    connect_ms=end_ms - 1000 * talk_s, disconnect_ms=end_ms, cause=16,
                )  # fmt: skip
                rows.writerow(_row(leg))
                true.append(truth.leg(GRPC.id, vendor if remote else QUILL.partner, leg))
    return true


def _row(leg: LiveLeg) -> list[object]:
    host, _, port = leg.remote.partition(":")
    assert leg.connect_ms is not None and leg.disconnect_ms is not None, "files have answered calls"
    times = (_text(leg.setup_ms), "", _text(leg.connect_ms), _text(leg.disconnect_ms))
    first = (GRPC.id, leg.call_id, leg.side.value, leg.attempt, leg.session_id, "", host, port, "", leg.a, leg.b)
    return [*first, *times, 1000 * leg.talked_s, leg.cause, "caller"]


def _text(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
