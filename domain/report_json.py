"""A report as JSON and back: how a parked record is kept, to be charged again when what it lacked is there."""

import json
from dataclasses import fields
from enum import Enum
from operator import attrgetter
from typing import Any

import orjson

from domain.calls import CallReport, Door, Release, ReportKind, Side
from domain.errors import InputError
from domain.rates import Service

_NAMES = tuple(sorted(field.name for field in fields(CallReport)))
_VALUES = attrgetter(*_NAMES)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_BYTES = ("call_id", "nas", "session_id")
_ENUMS: dict[str, type[Enum]] = {"door": Door, "kind": ReportKind, "side": Side, "release": Release}


def report_to_json(report: CallReport) -> bytes:
    """Write a report as one JSON object with sorted keys, in ASCII; bytes as hex.

    Every report of a leg is written, though few are ever parked: hence the fast writer. What it writes otherwise than
    the one that all parked ids were made from (no ASCII, DEL, huge numbers) is left to that one.
    """
    values = dict(zip(_NAMES, _VALUES(report), strict=True))
    for name in _BYTES:
        values[name] = values[name].hex()
    try:
        text = orjson.dumps(values)
    except TypeError:
        text = b"\x7f"
    return text if text.isascii() and b"\x7f" not in text else _ENCODER.encode(values).encode()


def report_from_json(raw: bytes) -> CallReport:
    """Read `report_to_json` back. Raises InputError on anything else."""
    try:
        values: dict[str, Any] = json.loads(raw)
        for name in _BYTES:
            values[name] = bytes.fromhex(values[name])
        for name, kind in _ENUMS.items():
            values[name] = kind(values[name])
        if values.get("service") is not None:
            values["service"] = Service(values["service"])
        return CallReport(**values)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"not a report ({error})", mend="Only what was parked as JSON can be replayed.") from None
