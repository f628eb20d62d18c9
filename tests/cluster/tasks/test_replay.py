"""Parked records, mended and tried again, are what they would have been had all been right from the beginning."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from actors.tasks import LegQuery
from cluster.tasks.leg_search import find_legs
from cluster.tasks.replay import replay
from domain.attribution import DirectoryIndex
from domain.booking import fingerprint
from domain.calls import CallReport, Door, Leg, LegState, Parked, ReportKind, Side
from domain.causes import FOR_A_PERSON, ParkCause
from domain.charging import charge_report, report_to_json
from domain.commands import Command, Park, Recorded, RecordLeg, Unpark
from domain.ids import SwitchId, TrunkId
from domain.world import World
from store.book_reader import BookReader
from tests.actors.builders import assert_true
from tests.cluster.tasks.places import DAY_MS, NOW, Place, a_catalog, a_place, world_of_catalog
from tests.domain.builders import dice

UNPRICED: dict[str, Any] = {"plan": "", "plan_version": 0, "code": "", "rate_type": "", "price": 0, "fx": 0}
MENDABLE = [cause for cause in ParkCause if cause not in FOR_A_PERSON]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, World]]:
    """A data folder with a catalog, and the world of its live path."""
    folder = tmp_path_factory.mktemp("installed")
    catalog = a_catalog(f"sqlite:///{folder / 'catalog.db'}")
    yield folder, world_of_catalog(catalog)
    catalog.close()


@pytest.fixture
def place(installed: tuple[Path, World]) -> Iterator[Place]:
    with a_place() as opened:
        with_catalog(opened, installed[0])
        yield opened


def with_catalog(place: Place, folder: Path) -> None:
    (place.home.data / "catalog.db").symlink_to(folder / "catalog.db")


def a_report(call: str = "c1", side: Side = Side.CLIENT, days: int = 0, came: int = 0, **fields: object) -> CallReport:
    """The end of a call of 60 s, so many days ago; `came`: at which moment of today."""
    connect = NOW - days * DAY_MS - 100_000
    values = {
        "door": Door.RADIUS, "switch": SwitchId("gw"), "kind": ReportKind.STOP, "side": side, "call_id": call.encode(),
        "nas": b"gw", "session_id": side.encode(), "received_ms": NOW + came, "caller": "12025550100",
        "called": "447911123456", "remote": "" if side is Side.CLIENT else "192.0.2.1",
        "remote_port": 0 if side is Side.CLIENT else 5060, "setup_ms": connect - 5_000, "connect_ms": connect,
        "disconnect_ms": connect + 60_000, "duration_ms": 60_000, "cause": 16,
    }  # fmt: skip
    return CallReport(**(values | fields))  # type: ignore[arg-type]  # fields of any type


def record(place: Place, report: CallReport, world: World) -> str:
    """What a node does with a report, and what its book answers."""
    charged = charge_report(report, world)
    command: Command
    if isinstance(charged, Parked):
        command = Park(charged)
    else:
        command = RecordLeg(charged, fingerprint(charged), report_to_json(report), report.received_ms)
    ((answer,), _) = place.shard.turn([command])
    assert isinstance(answer, Recorded)
    return answer.outcome


def parked(place: Place, causes: Sequence[ParkCause] = MENDABLE) -> list[Parked]:
    with BookReader("", place.home.books, 1).book(0) as book:
        return book.parked_after((-1, b""), 1000, causes)


def retry(place: Place, most: int = 1000) -> list[str]:
    """Try all again, and run the first answers; what each of them was."""
    todo = replay(place.home, parked(place), NOW)[:most]
    place.shard.turn(todo)
    return [str(each.parked.cause) if isinstance(each, Park) else type(each).__name__ for each in todo]


def seal_and_forget(place: Place) -> None:
    place.seal()
    while place.shard.forget(NOW // DAY_MS + 1):
        pass


def everything(place: Place) -> tuple[object, ...]:
    """All legs, sealed or not; balances; which ends differ from those that stand.

    What a leg that still runs says of its money is what was known when it began.
    """
    differing = {(record.leg_id, record.park_id) for record in parked(place, [ParkCause.DIFFERS])}
    legs = [found.leg for found in find_legs(place.home, LegQuery(limit=1000))[0]]
    legs = [replace(leg, **UNPRICED) if leg.state is LegState.OPEN else leg for leg in legs]
    return legs, place.balances(), differing


def broken(world: World, dice: Random) -> World:
    """The same world, in which somebody forgot some of the trunks, rates and switches."""
    directory = world.index.directory
    trunks = {trunk: its for trunk, its in directory.trunks.items() if dice.random() < 0.6}
    switches = {} if dice.random() < 0.2 else directory.switches
    plans = {plan: world.plans[plan] for plan in world.plans if dice.random() < 0.6}
    return replace(world, index=DirectoryIndex(replace(directory, trunks=trunks, switches=switches)), plans=plans)


def any_reports(dice: Random) -> list[CallReport]:
    """Starts, interims and ends of a few calls, again and again, some of which say otherwise than before."""
    kinds = [ReportKind.START, ReportKind.INTERIM, ReportKind.STOP, ReportKind.STOP, ReportKind.ATTEMPT]
    reports = []
    for came in range(dice.randrange(1, 25)):
        number, kind = dice.randrange(6), dice.choice(kinds)
        running = kind in (ReportKind.START, ReportKind.INTERIM)
        fields: dict[str, object] = {
            "kind": kind,
            "called": ["447911123456", "254722000111", "33612345678"][number % 3],
        }
        if running:
            fields |= {"disconnect_ms": None, "duration_ms": 0 if kind is ReportKind.START else 30_000, "cause": 0}
        elif dice.random() < 0.3:
            fields["duration_ms"] = dice.choice([59_000, 61_000])
        reports.append(a_report(f"c{number}", dice.choice([*Side]), days=number, came=came, **fields))
    return reports


@settings(max_examples=25)
@given(dice)
def test_parking_mending_and_trying_again_gives_what_the_right_world_would_have_given(
    installed: tuple[Path, World], dice: Random
) -> None:
    folder, right = installed
    reports, wrong = any_reports(dice), broken(right, dice)
    with a_place() as place, a_place(seen_days=60) as reference:
        for opened in (place, reference):
            with_catalog(opened, folder)
        for report in reports:
            record(reference, report, right)
            record(place, report, wrong)
            if dice.random() < 0.1:
                seal_and_forget(place)
        retry(place, most=dice.randrange(3))  # and then the process was killed
        if dice.random() < 0.5:
            seal_and_forget(place)
        retry(place)
        assert {each.cause for each in parked(place)} <= {ParkCause.NO_RATE, ParkCause.BAD_TIME}
        assert everything(place) == everything(reference)
        before = place.balances()
        retry(place)
        assert place.balances() == before
        assert_true(place.shard)


def test_what_is_mended_is_charged_and_what_is_not_says_why_now(place: Place, installed: tuple[Path, World]) -> None:
    right = installed[1]
    trunks = {its: trunk for its, trunk in right.index.directory.trunks.items() if its != TrunkId("orbita-in")}
    wrong = replace(right, index=DirectoryIndex(replace(right.index.directory, trunks=trunks)))
    lost = [a_report("c1"), a_report("c2", called="33612345678")]
    assert [record(place, report, wrong) for report in lost] == ["parked", "parked"]
    assert {each.cause for each in parked(place)} == {ParkCause.NO_TRUNK}
    assert sorted(retry(place)) == ["RecordLeg", "no-rate"]
    (left,) = parked(place)
    assert left.cause is ParkCause.NO_RATE and "no rate for 33612345678" in left.detail
    assert retry(place) == ["no-rate"]
    assert parked(place) == [left]


def test_a_late_report_of_a_sealed_leg_is_let_go_or_kept_as_differing(
    place: Place, installed: tuple[Path, World]
) -> None:
    right = installed[1]
    for call in ("c1", "c2", "c3"):
        record(place, a_report(call, days=1), right)
    seal_and_forget(place)
    before = place.balances()
    again = [a_report("c1", days=1), a_report("c2", days=1, duration_ms=30_000), a_report("c4", days=1)]
    begun = a_report("c3", days=1, kind=ReportKind.START, disconnect_ms=None, duration_ms=None, came=1)
    assert [record(place, report, right) for report in (*again, begun)] == ["parked"] * 4
    assert place.balances() == before
    assert sorted(retry(place)) == ["RecordLeg", "Unpark", "Unpark", str(ParkCause.DIFFERS)]
    assert [each.cause for each in parked(place, [*ParkCause])] == [ParkCause.DIFFERS]
    assert len(place.legs()) == 1


def test_a_start_without_its_connect_finds_its_end_under_the_day_after(
    place: Place, installed: tuple[Path, World]
) -> None:
    midnight = NOW - 2 * DAY_MS
    record(place, a_report(setup_ms=midnight - 1000, connect_ms=midnight + 1, disconnect_ms=midnight + 60_001),
           installed[1])  # fmt: skip
    seal_and_forget(place)
    begun = a_report(kind=ReportKind.START, setup_ms=midnight - 1000, connect_ms=None, disconnect_ms=None,
                     duration_ms=None)  # fmt: skip
    assert record(place, begun, installed[1]) == "parked"
    assert retry(place) == [Unpark.__name__]


def test_what_a_person_must_look_at_and_what_is_no_report_stays(place: Place, installed: tuple[Path, World]) -> None:
    report = a_report()
    leg = charge_report(report, installed[1])
    assert isinstance(leg, Leg)
    kept = Parked(b"1", leg.call_key, leg.leg_id, ParkCause.DIFFERS, "", report_to_json(report), NOW)
    junk = replace(kept, park_id=b"2", cause=ParkCause.NO_RATE, raw=b"{}")
    assert replay(place.home, [kept, junk], NOW) == [Park(kept, unpark=b"1"), Park(junk, unpark=b"2")]
    assert replay(place.home, [], NOW) == []


def test_a_bare_end_whose_start_was_mended_is_charged_from_it(place: Place, installed: tuple[Path, World]) -> None:
    world = installed[1]
    said: dict[str, Any] = {"switch": SwitchId("km"), "setup_ms": None}
    stop = a_report(side=Side.VENDOR, connect_ms=None, duration_ms=None, **said)
    start = a_report(side=Side.VENDOR, kind=ReportKind.START, disconnect_ms=None, duration_ms=None, **said)
    assert record(place, stop, world) == "parked"
    assert retry(place) == [ParkCause.NO_START]
    assert record(place, start, world) == "opened"
    assert retry(place) == ["RecordLeg"]
    assert parked(place) == []
    (leg,) = [found.leg for found in find_legs(place.home, LegQuery(limit=10))[0]]
    assert (leg.state, leg.duration_ms, bool(leg.charge)) == (LegState.CLOSED, 60_000, True)
    assert record(place, stop, world) == "parked"
    assert retry(place) == ["RecordLeg"]
    assert parked(place) == []
    assert place.balances()["kestrel", "vendor", "USD"] == leg.charge


@pytest.mark.parametrize("stop_first", [False, True])
def test_a_start_and_its_bare_end_that_are_mended_at_once_are_one_call(
    place: Place, installed: tuple[Path, World], stop_first: bool
) -> None:
    right = installed[1]
    wrong = replace(right, index=DirectoryIndex(replace(right.index.directory, trunks={})))
    said: dict[str, Any] = {"switch": SwitchId("km"), "setup_ms": None, "side": Side.VENDOR, "duration_ms": None}
    stop = a_report(connect_ms=None, came=0 if stop_first else 9, **said)
    start = a_report(kind=ReportKind.START, disconnect_ms=None, came=5, **said)
    for report in (stop, start):
        assert record(place, report, wrong) == "parked"
    assert retry(place) == ["RecordLeg", "RecordLeg"]
    assert parked(place) == []
    (leg,) = [found.leg for found in find_legs(place.home, LegQuery(limit=10))[0]]
    assert (leg.state, leg.duration_ms) == (LegState.CLOSED, 60_000)
    assert place.balances()["kestrel", "vendor", "USD"] == leg.charge > 0
