"""Builders of reports with defaults: the end of an answered client leg of 60 s."""

from typing import Any

from domain.calls import CallReport, Door, Release, ReportKind, Side
from tests.domain.builders import NOON
from tests.domain.worlds import SWITCH


def report(**fields: Any) -> CallReport:
    values: dict[str, Any] = {
        "door": Door.RADIUS, "switch": SWITCH, "kind": ReportKind.STOP, "side": Side.CLIENT, "call_id": b"call-1",
        "nas": b"127.0.0.1", "session_id": b"s1", "received_ms": NOON + 61_000, "caller": "12025550100",
        "called": "447911123456", "remote": "10.0.0.1", "setup_ms": NOON - 5_000, "alert_ms": NOON - 3_000,
        "connect_ms": NOON, "disconnect_ms": NOON + 60_000, "duration_ms": 60_000, "cause": 16,
        "release": Release.CALLER,
    }  # fmt: skip
    return CallReport(**(values | fields))


def vendor_report(**fields: Any) -> CallReport:
    """The vendor's leg of the same call, to Kestrel, with our mark."""
    own = {"side": Side.VENDOR, "session_id": b"s2", "remote": "", "mark": "kestrel-out.1"}
    return report(**(own | fields))
