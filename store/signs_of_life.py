"""When legs without a real end were last heard of: written as their reports come, with what these do to holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.calls import Leg
from domain.ids import LegId
from store.drivers import Driver


@dataclass(frozen=True, slots=True)
class Alive:
    """When an open leg was last heard of (UTC ms), and `ran`, how it had gone by then, where that is news.

    Of a leg that we closed, `at_ms` is when we did; of one whose real end came after that, when it came.
    """

    at_ms: int
    ran: Leg | None = None


def write_alive(driver: Driver, alive: Mapping[LegId, Alive]) -> None:
    """Write signs of life into rows that stay as they are otherwise."""
    ran = [
        (its.at_ms, its.ran.duration_ms, its.ran.volume, its.ran.connect_ms, leg_id)
        for leg_id, its in alive.items()
        if its.ran is not None
    ]
    if ran:
        changed = "alive_ms = ?, duration_ms = ?, volume = ?, connect_ms = coalesce(connect_ms, ?)"
        driver.run_many(f"UPDATE leg SET {changed} WHERE leg_id = ?", ran)
    here = [(its.at_ms, leg_id) for leg_id, its in alive.items() if its.ran is None]
    if here:
        driver.run_many("UPDATE leg SET alive_ms = ? WHERE leg_id = ?", here)
