"""What is counted of allowed losses, as rows of a book: calls that may lose money as JSON, and sums by period."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from domain.calls import Side
from domain.ids import CallKey, LegId, TrunkId
from domain.loss_book import LossCall, LossLeg, Period
from domain.losses import LossUseId
from store.book_schema import insert
from store.drivers import Driver

_CALL, _SUM = ["call_key", "says"], ["use_id", "period_ms", "units"]


@dataclass(frozen=True, slots=True)
class Losses:
    """All that a book knows of losses."""

    calls: tuple[LossCall, ...] = ()
    sums: tuple[tuple[Period, int], ...] = ()


NOTHING = Losses()


def load(driver: Driver) -> Losses:
    """Return all that is known."""
    calls = driver.query(f"SELECT {', '.join(_CALL)} FROM loss_call")
    sums = driver.query(f"SELECT {', '.join(_SUM)} FROM loss_use")
    return Losses(
        tuple(_call_of(CallKey(bytes(key)), orjson.loads(says)) for key, says in calls),
        tuple(((LossUseId(use_id), period_ms), int(units)) for use_id, period_ms, units in sums),
    )


def write(driver: Driver, calls: Mapping[CallKey, LossCall | None], sums: Mapping[Period, int]) -> None:
    """Put what has changed, within the caller's transaction; None: the call is forgotten."""
    if calls:
        gone = [(key,) for key, call in calls.items() if call is None]
        if gone:
            driver.run_many("DELETE FROM loss_call WHERE call_key = ?", gone)
        put = [(key, _says(call)) for key, call in calls.items() if call is not None]
        if put:
            tail = "ON CONFLICT (call_key) DO UPDATE SET says = excluded.says"
            driver.run_many(insert("loss_call", _CALL, tail), put)
    if sums:
        tail = "ON CONFLICT (use_id, period_ms) DO UPDATE SET units = excluded.units"
        driver.run_many(insert("loss_use", _SUM, tail), [(*period, units) for period, units in sums.items()])


def _says(call: LossCall) -> str:
    plain = {
        "at_ms": call.at_ms,
        "until_ms": call.until_ms,
        "waits": call.waits,
        "ways": {trunk: list(period) for trunk, period in call.ways.items()},
        "expected": [[*period, units] for period, units in call.expected.items()],
        "legs": {
            leg_id.hex(): [leg.side.value, leg.trunk, leg.base_charge, leg.answered, leg.ended]
            for leg_id, leg in call.legs.items()
        },
    }
    return orjson.dumps(plain).decode()


def _call_of(key: CallKey, plain: dict[str, Any]) -> LossCall:
    return LossCall(
        call_key=key,
        at_ms=plain["at_ms"],
        until_ms=plain["until_ms"],
        ways={TrunkId(trunk): (LossUseId(use_id), period) for trunk, (use_id, period) in plain["ways"].items()},
        expected={(LossUseId(use_id), period): units for use_id, period, units in plain["expected"]},
        legs={
            LegId(bytes.fromhex(leg_id)): LossLeg(Side(side), TrunkId(trunk), charge, answered, ended)
            for leg_id, (side, trunk, charge, answered, ended) in plain["legs"].items()
        },
        waits=plain.get("waits", False),
    )
