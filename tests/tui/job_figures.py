"""Jobs that a desk for tests tells of."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import operators_pb2 as op
from tests.tui.figures import NOW_MS


def jobs(_: op.PageRequest) -> op.Jobs:
    return op.Jobs(jobs=[
        op.Job(id=15, kind="import", what="savanna 2026-11-02.xlsx, 100,000 rows", state="running", progress=0.62,
               started_ms=NOW_MS - 41_000),
        op.Job(id=14, kind="seal", what="book 0, 18,001 to 18,400", state="done", progress=1.0,
               started_ms=NOW_MS - 300_000, ended_ms=NOW_MS - 297_000),
        op.Job(id=13, kind="invoice", what="pampas, October", state="failed", progress=0.2,
               error="no address to send to", started_ms=NOW_MS - 905_000, ended_ms=NOW_MS - 900_000),
    ])  # fmt: skip


JOB_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "JobsService/List": jobs,
    "JobsService/Cancel": lambda named: op.Changed(what=f"job {named.name} is cancelled"),
}
