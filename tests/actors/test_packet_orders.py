"""What packets may do to money: whatever order, delay or number they come in, books end as if all had come in order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.decision_log import DecisionLog
from actors.node import Node
from domain.booking import fingerprint
from domain.calls import CallReport, Door, Leg, Parked, ReportKind, Side
from domain.causes import FOR_A_PERSON, ParkCause
from domain.charging import charge_lost, charge_report
from domain.commands import Expire, RecordLeg
from domain.directory import Switch
from domain.ids import LegId
from domain.money import units_of
from domain.parking import recharge
from domain.world import World
from store import book_rows, book_schema
from tests.actors.builders import assert_true
from tests.actors.exchange import CALLWELL, LIMITS, Exchange, told
from tests.actors.test_bare_stops import kamailio_world
from tests.domain.builders import NOON
from tests.domain.kamailio_records import FAILED, KAM, START, bye, record, reports
from tests.domain.worlds import client, uk_world
from tests.store.books import staged

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CALL = "call-1@10.0.0.1"
CREDITED = client(credit_limit=units_of("100"))
Said = list[CallReport]
SAVANNA = "sip:447911123456@kestrel.example;sbm=kestrel-out.0"


def radius(door: Door = Door.RADIUS) -> Said:
    """A gateway that reports both legs, with interims, and an attempt at another vendor before."""
    failed = told(ReportKind.ATTEMPT, Side.VENDOR, CALL, session_id=b"first", remote="kestrel.example", connect_ms=None,
                  disconnect_ms=NOON - 1000, cause=34)  # fmt: skip
    said = [failed]
    for side in Side:
        said += [told(ReportKind.START, side, CALL)]
        said += [told(ReportKind.INTERIM, side, CALL, duration_ms=1000 * at, received_ms=NOON + 1000 * at)
                 for at in (20, 40)]  # fmt: skip
    said += [told(ReportKind.STOP, side, CALL) for side in Side]
    return [replace(one, door=door) for one in said]


def stops_alone() -> Said:
    return [one for one in radius() if one.kind in (ReportKind.STOP, ReportKind.ATTEMPT)]


def grpc() -> Said:
    return radius(Door.GRPC)


def kamailio() -> Said:
    """Records without durations: an end is charged from its start."""
    failed = record(FAILED, -2, code=503, uri=SAVANNA, tags=("from-1", "none"))
    packets = (failed, record(START, 0), record(3, 20), record(3, 40), bye(60))
    at_s = (-2, 0, 20, 40, 60)
    return [one for at, packet in zip(at_s, packets, strict=True) for one in reports(packet, NOON + 1000 * at)]


def file() -> Said:
    """Starts by RADIUS, ends by the switch's file."""
    return [replace(one, door=Door.FILE) if one.kind is ReportKind.STOP else one for one in radius()]


SEQUENCES: dict[str, Callable[[], Said]] = {
    "radius": radius, "stops alone": stops_alone, "grpc": grpc, "kamailio": kamailio, "file": file,
}  # fmt: skip
COMPLETE = [name for name in SEQUENCES if name != "kamailio"]


@dataclass(frozen=True, slots=True)
class Books:
    """What there is in the end: balances, what is held, legs, and why records are parked."""

    posted: tuple[tuple[str, str, int], ...]
    held: int
    legs: tuple[tuple[str, str, int, int], ...]
    parked: tuple[str, ...]


class Packets:
    """Two nodes over one book, and what comes to them."""

    def __init__(self, name: str, folder: Path) -> None:
        self.switch: Switch = KAM if name == "kamailio" else CALLWELL
        self.world: World = kamailio_world() if name == "kamailio" else uk_world(partners=[CREDITED])
        self.its = Exchange(folder).opens(seen=self.world)
        self.other = Node(self.its.node.books, LIMITS, DecisionLog(folder, "node-1"), lambda: self.now_ms)
        self.other.enter(self.world)
        self.its.node.now_ms = lambda: self.now_ms
        self.now_ms, self.folder, self.blocks = NOON + 60_000, folder, 0
        self.shard = self.its.shards[0]

    async def hear(self, report: CallReport, node: int = 0) -> None:
        """Let one report come, by a node or as a file of one row."""
        report = replace(report, received_ms=max(report.received_ms, self.now_ms))
        if report.door is not Door.FILE:
            await (self.its.node, self.other)[node % 2].record(report)
            return
        leg = charge_report(report, self.world)
        assert isinstance(leg, Leg)
        self.blocks += 1
        self.shard.take_block(staged(self.folder / f"stage-{self.blocks}", [leg]), self.now_ms)

    def mend(self) -> None:
        """Try the parked records again, as the desk does."""
        columns = ", ".join(book_schema.PARKED_COLUMNS)
        for row in self.shard.book.driver.query(f"SELECT {columns} FROM parked"):
            parked = book_rows.parked_of(row)
            if parked.cause in FOR_A_PERSON:
                continue
            again = recharge(parked, self.world, self.legs().get(parked.leg_id))
            if not isinstance(again, Parked):
                self.shard.turn([replace(again, checked=True)])

    def legs(self) -> dict[LegId, Leg]:
        found = self.shard.book.driver.query(f"SELECT {', '.join(book_schema.LEG_COLUMNS)} FROM leg")
        return {leg.leg_id: leg for leg in map(book_rows.leg_of, found)}

    def lose(self) -> int:
        """Close what is open, as the desk does with what has been silent for long."""
        asked = "SELECT leg_id, alive_ms FROM leg WHERE state = 'open'"
        alive: dict[bytes, int] = dict(self.shard.book.driver.query(asked))
        for leg_id, at_ms in alive.items():
            ours = charge_lost(self.legs()[LegId(bytes(leg_id))], at_ms, self.world)
            assert isinstance(ours, Leg)
            self.shard.turn([RecordLeg(ours, fingerprint(ours), b"", self.now_ms, alive_ms=at_ms)])
        return len(alive)

    def books(self) -> Books:
        assert_true(self.shard)
        partners = self.shard.partners.values()
        posted = [(its.id, side, units) for its in partners for (side, _), units in its.posted.items() if units]
        legs = [(leg.side, leg.state, leg.duration_ms, leg.charge) for leg in self.legs().values()]
        parked = [row[0] for row in self.shard.book.driver.query("SELECT cause FROM parked")]
        held = sum(its.held.total() for its in partners)
        return Books(tuple(sorted(posted)), held, tuple(sorted(legs)), tuple(sorted(parked)))


async def ended(name: str, said: Sequence[tuple[CallReport, int]], late_ms: int = 0) -> Books:
    """Ask for a call, let its reports come by these nodes, so much later, and mend what waits."""
    with TemporaryDirectory() as folder:
        its = Packets(name, Path(folder))
        await its.its.ask(CALL, its.switch)
        its.now_ms += late_ms
        if late_ms:
            its.shard.turn([Expire(its.now_ms)])
        for report, node in said:
            await its.hear(report, node)
        its.mend()
        books = its.books()
        its.shard.book.close()
        return books


def by_one(said: Said) -> list[tuple[CallReport, int]]:
    return [(one, 0) for one in said]


def by_two(said: Said) -> list[tuple[CallReport, int]]:
    return [(one, at) for at, one in enumerate(said)]


@pytest.mark.parametrize("name", SEQUENCES)
async def test_the_right_order_charges_both_sides_and_holds_nothing(name: str) -> None:
    right = await ended(name, by_one(SEQUENCES[name]()))
    assert [(partner, side) for partner, side, _ in right.posted] == [("bluewire", "vendor"), ("orbita", "client")]
    assert [state for _, state, *_ in right.legs] == ["closed"] * 3
    assert (right.held, right.parked) == (0, ())


ORDERS: dict[str, Callable[[Said], list[tuple[CallReport, int]]]] = {
    "twice": lambda said: by_one([*said, *said]),
    "each twice": lambda said: by_one([one for each in said for one in (each, each)]),
    "in reverse": lambda said: by_one(said[::-1]),
    "by two nodes": by_two,
    "twice by two nodes, the second time in reverse": lambda said: by_two([*said, *said[::-1]]),
    "interims after the end": lambda said: by_one([*said, *(one for one in said if one.kind is ReportKind.INTERIM)]),
    "starts after the end": lambda said: by_one(sorted(said, key=lambda one: one.kind is ReportKind.START)),
    "ends first": lambda said: by_one(sorted(said, key=lambda one: one.kind is not ReportKind.STOP)),
}


@pytest.mark.parametrize("late_ms", [0, HOUR_MS, 4 * DAY_MS])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", SEQUENCES)
async def test_books_are_those_of_the_right_order(name: str, order: str, late_ms: int) -> None:
    said = SEQUENCES[name]()
    assert await ended(name, ORDERS[order](said), late_ms) == await ended(name, by_one(said))


@settings(max_examples=30, deadline=None)
@given(
    name=st.sampled_from(list(SEQUENCES)),
    picks=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 1)), max_size=20),
    late_ms=st.sampled_from([0, HOUR_MS, 4 * DAY_MS]),
)
def test_books_are_those_of_the_right_order_in_any_order(name: str, picks: list[tuple[int, int]], late_ms: int) -> None:
    said = SEQUENCES[name]()
    shuffled = [(said[at % len(said)], node) for at, node in picks] + by_two(said[::-1])
    right, found = (
        asyncio.run(ended(name, told_so, late)) for told_so, late in ((by_one(said), 0), (shuffled, late_ms))
    )
    assert found == right


@pytest.mark.parametrize("name", [name for name in SEQUENCES if name != "stops alone"])
async def test_a_start_without_an_end_is_closed_by_us_and_its_end_makes_the_books_right(
    name: str, tmp_path: Path
) -> None:
    said = SEQUENCES[name]()
    its = Packets(name, tmp_path)
    await its.its.ask(CALL, its.switch)
    for report in said:
        if report.kind is not ReportKind.STOP:
            await its.hear(replace(report, received_ms=min(report.received_ms, NOON + 40_000)))
    open_now = its.books()
    assert open_now.held > 0
    assert open_now.posted == ()
    its.now_ms += 3 * HOUR_MS
    assert its.lose() == 2
    lost = its.books()
    assert (lost.held, {state for _, state, *_ in lost.legs}) == (0, {"closed", "partial"})
    assert all(units > 0 for *_, units in lost.posted)
    for report in said:
        await its.hear(report)
    assert its.books() == await ended(name, by_one(said))
    its.shard.book.close()


@pytest.mark.parametrize("name", SEQUENCES)
async def test_an_end_without_a_start_is_charged_if_it_says_enough_and_waits_if_not(name: str) -> None:
    said = SEQUENCES[name]()
    found = await ended(name, by_one([one for one in said if one.kind in (ReportKind.STOP, ReportKind.ATTEMPT)]))
    if name in COMPLETE:
        assert found == await ended(name, by_one(said))
    else:
        assert (found.posted, set(found.parked)) == ((), {ParkCause.NO_START})


@pytest.mark.parametrize("late_ms", [0, 4 * DAY_MS])
@pytest.mark.parametrize("name", COMPLETE)
async def test_the_same_call_with_other_contents_is_kept_for_a_person_and_the_first_stands(
    name: str, late_ms: int
) -> None:
    said = SEQUENCES[name]()
    other = [
        replace(one, duration_ms=3_000_000, connect_ms=NOON - 2_940_000, setup_ms=NOON - 2_945_000)
        for one in said
        if one.kind is ReportKind.STOP
    ]
    right = await ended(name, by_one(said))
    found = await ended(name, by_one([*said, *other, *said, *other]), late_ms)
    assert (found.posted, found.held, found.legs) == (right.posted, 0, right.legs)
    assert set(found.parked) == {ParkCause.DIFFERS}
