"""Quality as it was known at a moment of the past, against what live counting would have said then."""

from dataclasses import dataclass, fields
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.tasks.backtest_cells import cells_left, leave_cells
from cluster.tasks.backtest_quality import counted
from cluster.tasks.backtest_then import known_by
from cluster.tasks.quality_bits import HEARD
from domain.backtest_quality import QUARTER_MS, board_at
from domain.calls import Side
from domain.formulas.program import Asked
from domain.ids import DestinationId, LegId, PartnerId
from domain.quality import LegBegun, LegSeen
from domain.quality_counts import QualityCounts, keys_of
from domain.quality_figures import UNKNOWN, Figures
from domain.quality_windows import SPANS, Window
from tests.domain.builders import dice, ms

DAY_MS = 86_400_000
NOON = ms(2026, 10, 20, 12)
WINDOWS = tuple(SPANS[name] for name in ("5m", "15m", "1h", "24h", "7d"))
VENDORS = tuple(map(PartnerId, ("kestrel", "bluewire")))
PLACES = tuple(map(DestinationId, (1, 2, 3)))


@dataclass(frozen=True, slots=True)
class Leg:
    seen: LegSeen
    connect_ms: int | None
    alert_ms: int | None

    def row(self) -> dict[str, object]:
        """Return the columns that are counted."""
        one = self.seen
        said = {name: getattr(one, name) for name in ("destination", "partner", "setup_ms", "duration_ms", "cause")}
        times = {"alert_ms": self.alert_ms, "connect_ms": self.connect_ms, "disconnect_ms": one.end_ms}
        return {"side": one.side.value, "base_charge": 0, **said, **times}

    def tell(self, counts: QualityCounts, now_ms: int) -> None:
        """Say of a leg what would have been heard until then."""
        one = self.seen
        if -(-one.end_ms // 1000) * 1000 <= now_ms:
            counts.end(one, now_ms)
        elif one.setup_ms < now_ms:
            up = self.connect_ms is not None and self.connect_ms <= now_ms
            counts.begin(LegBegun(one.leg_id, one.destination, one.side, one.partner, one.setup_ms, answered=up))


def country_of(place: DestinationId) -> str:
    return {1: "GB", 2: "GB"}.get(place, "")


def a_leg(random: Random, number: int) -> Leg:
    setup = NOON - random.randrange(2 * DAY_MS if random.random() < 0.5 else 4_000_000) // 1000 * 1000
    alert = setup + random.randrange(20) * 1000 if random.random() < 0.8 else None
    up = alert is not None and random.random() < 0.6
    connect = (alert or setup) + random.randrange(5) * 1000 if up else None
    talk = random.choice([2_000, 60_000, random.randrange(7_200) * 1000]) if up else 0
    end = (connect or setup) + talk + (0 if up else random.randrange(30) * 1000)
    cause = 16 if up else random.choice([17, 19, 34, 1])
    side = random.choice([Side.VENDOR, Side.VENDOR, Side.CLIENT])
    partner = random.choice(VENDORS) if side is Side.VENDOR else PartnerId("acme")
    pdd = None if alert is None else alert - setup
    seen = LegSeen(
        random.choice(PLACES), side, partner, setup, up, talk, pdd, cause, alert is not None,
        end_ms=end, leg_id=LegId(b"%d" % number),
    )  # fmt: skip
    return Leg(seen, connect, alert)


@settings(max_examples=40, deadline=None)
@given(dice, st.integers(1, 300), st.integers(0, 8))
def test_figures_are_those_that_nodes_would_have_had(random: Random, count: int, quarters_ago: int) -> None:
    legs = [a_leg(random, number) for number in range(count)]
    now_ms = NOON - NOON % QUARTER_MS - quarters_ago * QUARTER_MS
    frame = pl.DataFrame([leg.row() for leg in legs], schema=HEARD)
    first, last = NOON // QUARTER_MS - 8, NOON // QUARTER_MS + 1
    then, live = known_by(counted(frame, delays=True), country_of, WINDOWS, first, last), QualityCounts(country_of)
    for leg in sorted(legs, key=lambda leg: leg.seen.end_ms):
        leg.tell(live, now_ms)
    for key in {
        key
        for leg in legs
        for key in keys_of(leg.seen.side, leg.seen.partner, leg.seen.destination, country_of(leg.seen.destination))
    }:
        for window in WINDOWS:
            found, known = then.figures(key, window, now_ms), live.figures(key, window, now_ms)
            for figure in fields(Figures):
                assert getattr(found, figure.name) == getattr(known, figure.name), (key, str(window), figure.name)


@settings(max_examples=20, deadline=None)
@given(dice, st.integers(1, 300), st.integers(0, 100))
def test_hours_that_are_long_over_say_what_their_calls_do(random: Random, count: int, quarters_ago: int) -> None:
    legs = [a_leg(random, number) for number in range(count)]
    cells = counted(pl.DataFrame([leg.row() for leg in legs], schema=HEARD), delays=True)
    now = NOON // QUARTER_MS - quarters_ago
    with TemporaryDirectory() as folder:
        for part, some in enumerate((cells[::2], cells[1::2])):
            leave_cells(Path(folder), part, some)
        read = cells_left(Path(folder), NOON - 8 * DAY_MS, now * QUARTER_MS, NOON, singly=False)
    assert read is not None and read.select("other", "user", "answered").sum().row(0) == (
        cells.select("other", "user", "answered").sum().row(0)
    )
    whole, by_hour = (known_by(some, country_of, WINDOWS, now, now + 1) for some in (cells, read))
    for key in {key for leg in legs for key in keys_of(leg.seen.side, leg.seen.partner, leg.seen.destination, "GB")}:
        for at_ms in (now * QUARTER_MS, (now + 1) * QUARTER_MS):
            assert whole.known(key, at_ms) == by_hour.known(key, at_ms)
            for window in WINDOWS:
                assert whole.tally(key, window, at_ms).sums == by_hour.tally(key, window, at_ms).sums
                assert whole.open_calls(key, window, at_ms) == by_hour.open_calls(key, window, at_ms)


@settings(max_examples=20, deadline=None)
@given(dice)
def test_the_last_calls_are_those_of_whole_cells(random: Random) -> None:
    legs = [a_leg(random, number) for number in range(200)]
    frame = pl.DataFrame([leg.row() for leg in legs], schema=HEARD)
    now, key, window = NOON // QUARTER_MS, (Side.VENDOR, VENDORS[0], ""), Window(calls=20)
    then = known_by(counted(frame, delays=False), country_of, [window], now, now)
    ended = [leg.seen for leg in legs if leg.seen.partner == VENDORS[0] and leg.seen.end_ms <= NOON]
    found = then.tally(key, window, NOON)
    assert min(20, len(ended)) <= found.attempts <= len(ended)
    cells = sorted((one.setup_ms // 300_000 for one in ended), reverse=True)
    wanted = [cell for cell in cells if cell >= cells[min(20, len(cells)) - 1]]
    assert found.attempts == len(wanted)


def test_who_had_no_call_yet_is_unknown() -> None:
    leg = a_leg(Random(1), 1)
    frame = pl.DataFrame([leg.row()], schema=HEARD)
    one, first = leg.seen, leg.seen.setup_ms // QUARTER_MS
    then = known_by(counted(frame, delays=True), country_of, WINDOWS, first, NOON // QUARTER_MS + 1)
    asked, client = Asked("asr" if one.side is Side.VENDOR else "client_asr", SPANS["1h"]), PartnerId("acme")
    before, after = (
        board_at(then, {}, at_ms).figures(one.destination).value(asked, one.partner, client, SPANS["1h"])
        for at_ms in (one.setup_ms - one.setup_ms % QUARTER_MS, NOON + QUARTER_MS)
    )
    assert before == UNKNOWN.asr
    assert after == pytest.approx(
        then.figures(keys_of(one.side, one.partner, one.destination, "")[0], SPANS["1h"], NOON + QUARTER_MS).asr
    )
