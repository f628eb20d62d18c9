"""Parked records tried again: charged by the catalog as it is now, looked up in the segments of their days."""

from actors.home import Home
from cluster.tasks.batch_world import world_of
from cluster.tasks.segments import sealed_marks
from domain.calls import Parked
from domain.commands import Park, RecordLeg
from domain.parking import Retried, compare, recharge
from store.book_rows import DAY_MS


def replay(home: Home, parked: list[Parked], now_ms: int) -> list[Retried]:
    """Return for each record, in their order, what its home book is to do with it. Nothing is changed here.

    `now_ms` is business time. What is returned holds for as long as books forget no ids: a leg that is sealed after
    the look-up is known to its book.
    """
    world = world_of(home, now_ms).world
    outcomes = [recharge(record, world) for record in parked]
    sealed = _sealed(home, [outcome for outcome in outcomes if isinstance(outcome, RecordLeg)])
    return [
        compare(outcome, sealed.get(outcome.leg.leg_id))
        if isinstance(outcome, RecordLeg)
        else Park(outcome, unpark=record.park_id)
        for record, outcome in zip(parked, outcomes, strict=True)
    ]


def _sealed(home: Home, commands: list[RecordLeg]) -> dict[bytes, int]:
    """Return the fingerprints of those legs that are sealed, by id."""
    days = {command.leg.day_ms // DAY_MS for command in commands}
    # a leg is dated by its connect, and before that was known, by its setup: perhaps on the day before
    near = {day + step for day in days for step in (-1, 0, 1)}
    ids = [command.leg.leg_id for command in commands]
    return dict(sealed_marks(home, near, among=ids).iter_rows()) if ids else {}
