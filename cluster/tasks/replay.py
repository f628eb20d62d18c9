"""Parked records tried again: charged by the catalog as it is now, looked up in the segments of their days."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from actors.home import Home
from cluster.tasks.batch_world import world_of
from cluster.tasks.ported_asking import with_words
from cluster.tasks.segments import sealed_marks
from domain.calls import CallReport, Leg, Parked
from domain.causes import ParkCause
from domain.charging import charge_lost
from domain.commands import Park, RecordLeg
from domain.errors import InputError
from domain.ids import LegId
from domain.parking import Retried, compare, recharge
from domain.report_json import report_from_json, report_to_json
from domain.world import World
from store.book_reader import BookReader
from store.book_rows import DAY_MS, leg_of
from store.book_schema import LEG_COLUMNS


def replay(home: Home, parked: list[Parked], now_ms: int) -> list[Retried]:
    """Return for each record, in their order, what its home book is to do with it. Nothing is changed here.

    `now_ms` is business time. What is returned holds for as long as books forget no ids: a leg that is sealed after
    the look-up is known to its book.
    """
    world = world_of(home, now_ms).world
    parked = _asked(parked, world)
    outcomes = [recharge(record, world) for record in parked]
    wanting = [one.leg_id for one in outcomes if isinstance(one, Parked) and one.cause is ParkCause.NO_START]
    mended = {one.leg.leg_id: one.leg for one in outcomes if isinstance(one, RecordLeg)}
    started = mended | _started(home, wanting)
    outcomes = [
        outcome
        if isinstance(outcome, RecordLeg)
        else recharge(record, world, started.get(record.leg_id), alone=record.leg_id not in started)
        for record, outcome in zip(parked, outcomes, strict=True)
    ]
    sealed = _sealed(home, [outcome for outcome in outcomes if isinstance(outcome, RecordLeg)])
    return [
        compare(outcome, sealed.get(outcome.leg.leg_id))
        if isinstance(outcome, RecordLeg)
        else Park(outcome, unpark=record.park_id)
        for record, outcome in zip(parked, outcomes, strict=True)
    ]


def charge_all_lost(home: Home, legs: Sequence[tuple[Leg, int]], now_ms: int) -> list[Leg | str]:
    """Close legs at their last signs of life (see charging.charge_lost), by rates of any age."""
    world = world_of(home, now_ms).world
    return [charge_lost(leg, alive_ms, world) for leg, alive_ms in legs]


def _asked(parked: list[Parked], world: World) -> list[Parked]:
    """Return records with what servers say now of numbers that none was asked about, or was silent about."""
    if not world.index.ported.elsewhere:
        return parked
    reports: dict[bytes, CallReport] = {}
    for record in parked:
        with suppress(InputError):  # written by a later version: it stays parked
            reports[record.park_id] = report_from_json(record.raw)
    told = dict(zip(reports, with_words(list(reports.values()), world), strict=True))
    return [
        replace(record, raw=report_to_json(told[record.park_id]))
        if told.get(record.park_id) != reports.get(record.park_id)
        else record
        for record in parked
    ]


def _started(home: Home, ids: Sequence[LegId]) -> dict[LegId, Leg]:
    """Return the legs with these ids as the books have them."""
    if not ids:
        return {}
    store = home.settings.store
    tail = f"WHERE leg_id IN ({', '.join('?' * len(ids))})"
    legs = [
        leg_of(row)
        for _, book in BookReader(store.full_url(), home.books, store.books).every()
        for row in book.leg_rows(LEG_COLUMNS, tail, ids)
    ]
    return {leg.leg_id: leg for leg in legs}


def _sealed(home: Home, commands: list[RecordLeg]) -> dict[bytes, int]:
    """Return the fingerprints of those legs that are sealed, by id."""
    days = {command.leg.day_ms // DAY_MS for command in commands}
    # a leg is dated by its connect, and before that was known, by its setup: perhaps on the day before
    near = {day + step for day in days for step in (-1, 0, 1)}
    ids = [command.leg.leg_id for command in commands]
    return dict(sealed_marks(home, near, among=ids).iter_rows()) if ids else {}
