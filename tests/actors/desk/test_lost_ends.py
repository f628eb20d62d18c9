"""The desk closes legs whose end never comes, when their switch's recipe says so or by hand, and tells of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.desk import lost_ends
from actors.desk.core import Desk
from actors.desk.lost_ends import Closing, Sweeps, by_hand, keep_closing
from actors.refs import LocalBook, LocalBooks
from actors.tasks import LegQuery
from cluster.tasks.leg_search import find_legs
from cluster.tasks.leg_sums import proof, traffic
from cluster.tasks.quality_counts import quality_refill
from cluster.tasks.replay import charge_all_lost
from domain.attribution import DirectoryIndex
from domain.calls import Leg, LegState, Side
from domain.commands import RecordLeg
from domain.errors import NotFoundError
from domain.ids import LegId, SwitchId, TrunkId
from domain.lost_ends import told
from domain.money import units_of
from domain.recipe import LostEnd, Recipe
from tests.actors.builders import assert_true
from tests.cluster.tasks.places import NOW, Place, a_place, world_of_catalog
from tests.domain.builders import leg, ms
from tests.domain.call_builders import report

HOUR_MS = 3_600_000
GW = SwitchId("gw")
MINUTE = units_of("0.03")


@pytest.fixture
def place(desk: Desk, tmp_path: Path) -> Iterator[Place]:
    desk.world = world_of_catalog(desk.catalog)
    with a_place(tmp_path) as its:
        book = LocalBook(lambda commands: its.shard.turn(commands)[0])
        desk.books = LocalBooks(desk.home.placement, [book])  # type: ignore[assignment]  # its twin
        yield its
        assert_true(its.shard)


def begun(name: str, at_ms: int, *, alive_ms: int = 0, seconds: int = 0, switch: str = "gw") -> RecordLeg:
    """A leg of orbita that was answered at a moment, and was last heard of when it had run for some seconds."""
    its = leg(
        leg_id=LegId(name.encode().ljust(16, b".")), state=LegState.OPEN, switch=SwitchId(switch), setup_ms=at_ms,
        trunk=TrunkId("orbita-in"), connect_ms=at_ms, alert_ms=None, disconnect_ms=None, duration_ms=1000 * seconds,
        charge=0, base_charge=0, billed_s=0,
    )  # fmt: skip
    return report(its, alive_ms or at_ms + 1000 * seconds)


def recipe(desk: Desk, name: str = "gw", **fields: object) -> None:
    """Change the recipe of a switch."""
    assert desk.world is not None
    directory = desk.world.index.directory
    known = directory.switches[SwitchId(name)]
    made = replace(known, recipe=replace(known.recipe, **fields))  # type: ignore[arg-type]  # any field
    index = DirectoryIndex(replace(directory, switches={**directory.switches, made.id: made}))
    desk.world = replace(desk.world, index=index)


def states(place: Place) -> dict[str, tuple[str, int, int]]:
    rows = place.query("SELECT leg_id, state, duration_ms, charge FROM leg")
    return {bytes(row[0]).decode().rstrip("."): (row[1], row[2], row[3]) for row in rows}


async def kept(desk: Desk, up_since_ms: int = 0, sweeps: Sweeps | None = None) -> dict[str, str]:
    found: dict[str, str] = {}
    known: Sweeps = {} if sweeps is None else sweeps
    await keep_closing(desk, lambda key, text, _: found.__setitem__(key, text), up_since_ms, known)
    return {key: text for key, text in found.items() if text}


async def test_only_what_is_silent_for_long_at_a_switch_that_says_so_is_closed(desk: Desk, place: Place) -> None:
    old = NOW - 3 * HOUR_MS
    place.shard.turn(
        [
            begun("silent", old, seconds=60),
            begun("alive", old, alive_ms=NOW - HOUR_MS + 1, seconds=7000),
            begun("elsewhere", old, switch="sx"),
        ]
    )
    assert await kept(desk) == {}
    recipe(desk, lost_end=LostEnd.CLOSE, sends_interims=True)
    assert await kept(desk) == {
        "lost ends": "1 legs without an end were closed by us, 0.03 USD: see `switchboard cdrs list --partial`"
    }
    assert states(place) == {
        "silent": ("partial", 60_000, MINUTE),
        "alive": ("open", 7_000_000, 0),
        "elsewhere": ("open", 0, 0),
    }
    assert place.balances() == {("orbita", "client", "USD"): MINUTE}


async def test_nobody_is_silent_while_we_did_not_listen(desk: Desk, place: Place) -> None:
    place.shard.turn([begun("silent", NOW - 3 * HOUR_MS)])
    recipe(desk, lost_end=LostEnd.CLOSE, sends_interims=True)
    await kept(desk, up_since_ms=NOW - HOUR_MS + 1)
    assert states(place)["silent"][0] == "open"
    await kept(desk, up_since_ms=NOW - HOUR_MS - 1)
    assert states(place)["silent"][0] == "partial"


@pytest.mark.parametrize(
    ("fields", "closed"),
    [
        ({"sends_interims": True}, True),
        ({}, False),  # its longest calls last four hours
        ({"lost_end_s": 7_000}, True),
        ({"lost_end_s": 7_300, "sends_interims": True}, False),
    ],
)
async def test_a_switch_without_interims_is_given_the_longest_call(
    desk: Desk, place: Place, fields: dict[str, Any], closed: bool
) -> None:
    place.shard.turn([begun("c", NOW - 2 * HOUR_MS)])
    recipe(desk, lost_end=LostEnd.CLOSE, **fields)
    await kept(desk)
    assert (states(place)["c"][0] == "partial") is closed


async def test_by_hand_legs_are_closed_of_switches_that_would_wait(desk: Desk, place: Place) -> None:
    place.shard.turn([begun("c1", NOW - 9 * HOUR_MS, seconds=60), begun("c2", NOW - 9 * HOUR_MS, switch="sx")])
    tried = await by_hand(desk, "gw", dry_run=True)
    assert (tried.found, tried.closed, tried.units) == (1, 1, MINUTE)
    assert {state for state, *_ in states(place).values()} == {"open"}
    done = await by_hand(desk, "gw")
    assert (done.found, done.closed, done.units, done.faults) == (1, 1, MINUTE, ())
    assert {name: state for name, (state, *_) in states(place).items()} == {"c1": "partial", "c2": "open"}
    assert await by_hand(desk, "gw") == Closing()
    assert (await by_hand(desk, "")).closed == 1
    with pytest.raises(NotFoundError):
        await by_hand(desk, "nosuch")


async def test_one_that_cannot_be_rated_stays_open_and_is_an_alarm(desk: Desk, place: Place) -> None:
    strange = begun("c", NOW - 9 * HOUR_MS)
    place.shard.turn([replace(strange, leg=replace(strange.leg, b="99999999"))])
    recipe(desk, lost_end=LostEnd.CLOSE)
    told_of = await kept(desk)
    assert list(told_of) == ["lost ends unrated"]
    assert "no-rate" in told_of["lost ends unrated"]
    assert states(place)["c"][0] == "open"


async def test_those_that_cannot_be_rated_hold_up_no_others(
    desk: Desk, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_ends, "MOST", 2)
    strange = [begun(f"s{n}", NOW - (20 - n) * HOUR_MS) for n in range(5)]
    place.shard.turn([replace(one, leg=replace(one.leg, b="99999999")) for one in strange])
    place.shard.turn([begun(f"c{n}", NOW - 9 * HOUR_MS + n, seconds=60) for n in range(3)])
    recipe(desk, lost_end=LostEnd.CLOSE)
    sweeps: Sweeps = {}
    for _ in range(3):
        told_of = await kept(desk, sweeps=sweeps)
    assert [name for name, (state, *_) in sorted(states(place).items()) if state == "partial"] == ["c0", "c1", "c2"]
    assert "5 legs without an end cannot be closed" in told_of["lost ends unrated"]


async def test_a_round_reads_no_more_than_its_pages_and_the_next_one_goes_on(
    desk: Desk, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_ends, "MOST", 2)
    monkeypatch.setattr(lost_ends, "PAGES", 2)
    monkeypatch.setattr(lost_ends, "KEPT", 3)
    read: list[int] = []
    honest = lost_ends._silent

    def counting(*its: Any) -> Any:
        found = honest(*its)
        read.append(len(found))
        return found

    monkeypatch.setattr(lost_ends, "_silent", counting)
    strange = [begun(f"s{n}", NOW - (40 - n) * HOUR_MS) for n in range(9)]
    place.shard.turn([replace(one, leg=replace(one.leg, b="99999999")) for one in strange])
    place.shard.turn([begun("last", NOW - 9 * HOUR_MS, seconds=60)])
    recipe(desk, lost_end=LostEnd.CLOSE)
    sweeps: Sweeps = {}
    counted = []
    for _ in range(6):
        read.clear()
        counted.append((await kept(desk, sweeps=sweeps))["lost ends unrated"].partition(" ")[0])
        assert sum(read) <= 4
    assert states(place)["last"][0] == "partial"
    assert counted == ["4", "8", "9", "9", "9", "9"], "those of the last time through count until they are counted anew"
    done = await by_hand(desk, "gw")
    assert (done.found, done.unrated, len(done.faults)) == (9, 9, 3)
    recipe(desk, lost_end=LostEnd.WAIT)
    assert "lost ends unrated" not in await kept(desk, sweeps=sweeps)


async def test_what_was_closed_is_in_the_audit_trail_once_a_round(desk: Desk, place: Place) -> None:
    place.shard.turn([begun(f"c{n}", NOW - 9 * HOUR_MS, seconds=60) for n in range(2)])
    recipe(desk, lost_end=LostEnd.CLOSE)
    await kept(desk)
    await kept(desk)
    (entry,) = desk.catalog.audit.list("lost ends")
    assert (entry.action, entry.key, entry.after) == ("close", "gw", {"legs": 2, "cost": "0.06 USD"})


async def test_what_is_older_than_the_rates_at_hand_is_charged_by_the_whole_catalog(
    desk: Desk, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def charge_lost(legs: list[tuple[Leg, int]], now_ms: int) -> list[Leg | str]:
        asked.append(len(legs))
        return charge_all_lost(desk.home, legs, now_ms)

    monkeypatch.setattr(desk.tasks, "charge_lost", charge_lost, raising=False)
    place.shard.turn([begun("old", ms(2026, 10, 10), seconds=60), begun("new", NOW - 9 * HOUR_MS, seconds=60)])
    await by_hand(desk, "gw")
    assert asked == [1], "the other one by the world at hand"
    assert states(place) == {"old": ("partial", 60_000, units_of("0.0294")), "new": ("partial", 60_000, MINUTE)}


async def test_every_reader_counts_what_we_closed_before_and_after_it_is_sealed(desk: Desk, place: Place) -> None:
    place.shard.turn([begun("c1", NOW - 9 * HOUR_MS, seconds=60), begun("c2", NOW - 9 * HOUR_MS, seconds=30)])
    await by_hand(desk, "gw")
    read = [_read(desk, place)]
    assert place.seal() == 0  # it waits
    while place.shard.stop_waiting(NOW):
        pass
    read.append(_read(desk, place))
    assert place.seal() == 1
    read.append(_read(desk, place))
    charged = MINUTE + MINUTE // 2
    assert read == [(charged, charged, 2, [("partial", NOW)] * 2)] * 3
    assert place.query("SELECT count(*) FROM leg") == [(0,)]


def _read(desk: Desk, place: Place) -> tuple[int, int, int, list[tuple[str, int | None]]]:
    """Traffic, proof, quality's answered calls, and the list of partial legs with when they were closed."""
    rows = traffic(place.home, 0, 2**62)
    client = sum(row.charge for row in rows if row.side is Side.CLIENT)
    proved = sum(charge for charge, _ in proof(place.home).charged.values())
    answered = sum(calls for _, _, bins in quality_refill(place.home, NOW).durations for _, calls in bins)
    found, total = find_legs(place.home, LegQuery(partial_only=True))
    assert total == len(found)
    assert find_legs(place.home, LegQuery(open_only=True)) == ([], 0)
    return client, proved, answered, [(one.leg.state.value, one.alive_ms) for one in found]


def test_a_leg_says_that_it_was_closed_by_us_and_when_its_real_end_came() -> None:
    ours = told(LegState.PARTIAL, 0, 60_000, "X")
    assert ours == "closed by us on X, at its last sign of life; its real end has not come"
    assert "nothing but its start was heard, so it is charged for 0 s" in told(LegState.PARTIAL, 0, 0, "")
    assert told(LegState.CLOSED, 1, 60_000, "X") == "closed by us at first; its real end came on X, and counts"
    assert told(LegState.CLOSED, 0, 60_000, "") == told(LegState.OPEN, 1, 60_000, "X") == ""


def test_a_recipe_waits_unless_it_says_otherwise() -> None:
    assert Recipe("any").lost_end is LostEnd.WAIT
