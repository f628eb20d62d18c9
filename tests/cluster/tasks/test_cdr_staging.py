"""CDR files through the bulk lane become what their rows, reported one by one, would have become."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from actors.tasks import StagedFile
from cluster.tasks.cdr_file import BATCH_ROWS, MEASURES, MOMENTS
from cluster.tasks.cdr_staging import stage_cdrs
from domain.booking import fingerprint
from domain.calls import CallReport, Door, Leg, Parked, Release, ReportKind, Side
from domain.charging import charge_end, charge_report, report_to_json
from domain.commands import Command, Park, RecordLeg
from domain.errors import InputError
from domain.ids import PlanId, SwitchId, normal_conf_id
from domain.rates import Service
from domain.reading import reports_from_accounting
from domain.wire.radius_attributes import attribute
from domain.world import World
from store.book_bulk import BlockTaken, forget_seen
from tests.cluster.tasks.places import (
    DAY_MS,
    NOW,
    Place,
    Row,
    a_catalog,
    a_place,
    any_row,
    moment,
    world_of_catalog,
    write_rows,
)
from tests.domain.builders import dice, ms
from tests.domain.builders import row as rate_row
from tests.domain.kamailio_records import OPENSER, START, packet, record


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, World]]:
    """A data folder with a catalog, and the world of its live path."""
    folder = tmp_path_factory.mktemp("installed")
    catalog = a_catalog(f"sqlite:///{folder / 'catalog.db'}")
    yield folder, world_of_catalog(catalog)
    catalog.close()


def report_of(row: Row) -> CallReport:
    """What the switch would have said live."""
    moments = {f"{name}_ms": _ms(row[name]) for name in MOMENTS}
    conf_id = row["switch"] in ("gw", "none")
    values: dict[str, Any] = {
        "door": Door.FILE, "switch": SwitchId(row["switch"]), "kind": ReportKind.STOP, "side": Side(row["side"]),
        "call_id": normal_conf_id(row["call_id"]) if conf_id else row["call_id"].encode(),
        "nas": row["switch"].encode(), "session_id": row["session_id"].encode(), "received_ms": NOW,
        "caller": row["a"], "called": row["b"], "remote": row["remote"], "remote_port": int(row["remote_port"] or 0),
        "trunk_hint": row["trunk"], "mark": row["mark"], "attempt": int(row["attempt"] or 1),
        "branch": row["branch"], "cause": int(row["cause"]),
        "duration_ms": int(row["duration_ms"]) if row["duration_ms"] else None,
        "release": Release(row["release_side"] or "unknown"),
        "service": Service(row["service"]) if row["service"] else None,
        **{name: int(row[name]) if row[name] else None for name in MEASURES},
    }  # fmt: skip
    return CallReport(**(values | moments))


def _ms(text: str) -> int | None:
    return round(datetime.fromisoformat(text).timestamp() * 1000) if text else None


def command_of(report: CallReport, world: World) -> Command:
    outcome = charge_report(report, world)
    if isinstance(outcome, Parked):
        return Park(outcome)
    return RecordLeg(outcome, fingerprint(outcome), report_to_json(report), NOW, checked=True)


def staged(place: Place, rows: list[Row], name: str = "calls.csv") -> StagedFile:
    return stage_cdrs(place.home, write_rows(place.home.data / name, rows), NOW)


def taken(place: Place, file: StagedFile) -> list[BlockTaken]:
    return [place.shard.take_block(Path(stage), NOW) for _, stage in file.stages]


def with_repeats(rows: list[Row], dice: Random) -> list[Row]:
    """Some rows come again, and some of them say something else."""
    again = [dict(dice.choice(rows)) for _ in range(len(rows) // 8)]
    return rows + [row | ({"cause": "41"} if dice.random() < 0.4 else {}) for row in again]


@settings(max_examples=12)
@given(dice)
def test_a_file_gives_what_its_rows_reported_one_by_one_give(installed: tuple[Path, World], dice: Random) -> None:
    folder, world = installed
    rows = with_repeats([any_row(dice, at) for at in range(120)], dice)
    with a_place() as live, a_place() as bulk:
        (bulk.home.data / "catalog.db").symlink_to(folder / "catalog.db")
        live.shard.turn([command_of(report_of(row), world) for row in rows])
        file = staged(bulk, rows)
        taken(bulk, file)
        assert bulk.legs() == live.legs()
        assert bulk.parked() == live.parked()
        assert bulk.balances() == live.balances()
        assert file.rejects == () and file.rows == len(rows)


def test_sessions_and_messages_of_a_file_are_charged_by_what_they_used(place: Place) -> None:
    rows = [
        good_row(at) | {"trunk": trunk, "b": "", "remote": "", **used}
        for at, (trunk, used) in enumerate(
            [
                ("wifi", {"octets_in": "7761", "octets_out": "5382", "service": "data"}),
                ("wifi", {"octets_in": str(2**32), "octets_out": "5"}),
                ("sms", {"events": "2", "duration_ms": "0", "connect": ""}),
                ("hour", {"octets_out": "1000"}),
                ("wifi", {"service": "message"}),
                ("wifi", {}),
            ]
        )
    ]
    taken(place, staged(place, rows))
    found = place.query("SELECT trunk, service, unit, volume, billed_s, billed_volume, b, destination FROM leg")
    assert sorted(found) == [
        ("orbita-hour", "data", "second", 1000, 60, 0, "00000", 0),
        ("orbita-sms", "message", "event", 2, 0, 2, "00000", 0),
        ("orbita-wifi", "data", "megabyte", 13_143, 0, 13, "00000", 0),
        ("orbita-wifi", "data", "megabyte", 4_294_967_301, 0, 4_194_307, "00000", 0),
    ]
    assert sorted(place.query("SELECT cause FROM parked")) == [("bad-volume",), ("unknown-trunk",)]


@settings(max_examples=10)
@given(dice)
def test_every_row_is_a_leg_or_parked_or_a_duplicate_or_a_reject(installed: tuple[Path, World], dice: Random) -> None:
    rows = with_repeats([any_row(dice, at) for at in range(60)], dice)
    for row in dice.sample(rows, 6):
        row |= dice.choice([{"setup": "soon"}, {"cause": "x"}, {"side": "both"}, {"switch": " "}, {"attempt": "0"}])
    with a_place() as place:
        (place.home.data / "catalog.db").symlink_to(installed[0] / "catalog.db")
        file = staged(place, rows)
        assert file.rows == len(rows) == len(file.rejects) + file.sealed_duplicates + in_stages(file)
        assert len(file.rejects) >= 5


def in_stages(file: StagedFile) -> int:
    count = "SELECT (SELECT count(*) FROM leg) + (SELECT count(*) FROM parked)"
    return sum(sqlite3.connect(stage).execute(count).fetchone()[0] for _, stage in file.stages)


@pytest.fixture
def place(installed: tuple[Path, World]) -> Iterator[Place]:
    with a_place() as opened:
        (opened.home.data / "catalog.db").symlink_to(installed[0] / "catalog.db")
        yield opened


def good_row(at: int = 1, **fields: str) -> Row:
    """An answered client leg of Orbita's, of 60 s, on 2 October."""
    row = any_row(Random(1), at) | {
        "switch": "gw", "side": "client", "a": "12025550100", "b": "447911123456", "trunk": "", "remote": "",
        "remote_port": "", "mark": "", "attempt": "1", "setup": "2026-10-02T09:00:00.000Z",
        "alert": "", "connect": "2026-10-02T09:00:05.000Z", "disconnect": "2026-10-02T09:01:05.000Z",
        "duration_ms": "60000", "cause": "16", "release_side": "caller", "branch": "",
    }  # fmt: skip
    return row | fields


def test_a_leg_is_rated_by_the_rate_of_its_day_however_long_ago(place: Place) -> None:
    late = {"setup": "2026-10-21T09:00:00Z", "connect": "2026-10-21T09:00:05Z", "disconnect": "2026-10-21T09:01:05Z"}
    taken(place, staged(place, [good_row(1), good_row(2, **late)]))
    assert sorted(place.query("SELECT price, charge FROM leg")) == [(2_940_000, 2_940_000), (3_000_000, 3_000_000)]


def test_a_file_that_is_loaded_twice_gives_nothing_new_even_when_its_legs_are_sealed_and_forgotten(
    place: Place,
) -> None:
    rows = [good_row(at) for at in range(5)]
    taken(place, staged(place, rows))
    again = taken(place, staged(place, rows))
    assert [(block.accepted, block.duplicate) for block in again] == [(0, 5)]
    place.seal()
    before = place.balances()
    forget_seen(place.shard.book, NOW // DAY_MS - place.home.settings.store.seen_days)
    file = staged(place, rows)
    assert (file.sealed_duplicates, file.stages, place.legs(), place.balances()) == (5, (), [], before)


def test_a_file_counts_once_though_the_clock_was_set_back_over_days_that_were_forgotten(place: Place) -> None:
    recent = {"setup": "2026-10-31T09:00:00Z", "connect": "2026-10-31T09:00:05Z", "disconnect": "2026-10-31T09:01:05Z"}
    rows = [good_row(at, **recent) for at in range(3)]
    taken(place, staged(place, rows))
    place.seal()
    assert forget_seen(place.shard.book, NOW // DAY_MS + 2) == 3
    file = staged(place, rows)
    assert (file.sealed_duplicates, file.stages) == (3, ())


def test_a_leg_of_absurd_length_is_parked_and_the_rest_of_its_file_charged(place: Place) -> None:
    said = {"setup": "2001-01-01T09:00:00Z", "connect": "2001-01-01T09:00:05Z", "duration_ms": str(2**49)}
    blocks = taken(place, staged(place, [good_row(1), good_row(2, **said), good_row(3, duration_ms=str(2**62))]))
    assert [(block.accepted, block.parked) for block in blocks] == [(1, 2)]
    assert place.query("SELECT DISTINCT cause FROM parked") == [("bad-time",)]


def test_a_sealed_leg_that_a_file_tells_otherwise_is_parked(place: Place) -> None:
    taken(place, staged(place, [good_row(1)]))
    place.seal()
    forget_seen(place.shard.book, NOW // DAY_MS)
    file = staged(place, [good_row(1, duration_ms="30000")])
    assert [(block.accepted, block.parked) for block in taken(place, file)] == [(0, 1)]
    assert place.query("SELECT cause FROM parked") == [("differs-from-first-report",)]


def test_legs_go_to_the_books_of_their_calls(installed: tuple[Path, World]) -> None:
    with a_place(books=4) as place:
        (place.home.data / "catalog.db").symlink_to(installed[0] / "catalog.db")
        file = staged(place, [good_row(at) for at in range(40)])
    assert [book for book, _ in file.stages] == [0, 1, 2, 3]


def test_a_gzipped_file_is_read_like_a_plain_one(place: Place) -> None:
    file = staged(place, [good_row(1), good_row(2)], "calls.csv.gz")
    assert (file.rows, in_stages(file)) == (2, 2)


def test_a_damaged_file_leaves_nothing_behind(place: Place) -> None:
    first = good_row()
    rows = [first | {"session_id": f"s{at}"} for at in range(BATCH_ROWS + 5_000)]
    path = write_rows(place.home.data / "calls.csv.gz", rows)
    path.write_bytes(path.read_bytes()[:-2_000])
    with pytest.raises(InputError, match="damaged"):
        stage_cdrs(place.home, path, NOW)
    assert list((place.home.data / "staging").iterdir()) == []


def test_a_change_of_the_catalog_is_seen_by_the_next_file(tmp_path: Path) -> None:
    catalog = a_catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    with a_place(tmp_path) as place:
        taken(place, staged(place, [good_row(1)]))
        catalog.plans.add_rates(PlanId("sell"), [rate_row("4479", "0.5")], who="ada", at_ms=NOW)
        taken(place, staged(place, [good_row(2)]))
        assert place.query("SELECT code, plan_version FROM leg ORDER BY seq") == [("44", 2), ("4479", 3)]
    catalog.close()


def test_a_fingerprint_and_an_id_are_those_of_a_live_record(place: Place, installed: tuple[Path, World]) -> None:
    row = good_row(1, call_id="F3E0A1B2 11D811B9 8001 1")
    taken(place, staged(place, [row]))
    leg = command_of(report_of(row), installed[1])
    assert isinstance(leg, RecordLeg)
    assert place.query("SELECT leg_id, fingerprint, day FROM leg") == [
        (leg.leg.leg_id, leg.fingerprint, ms(2026, 10, 2) // DAY_MS)
    ]


def test_a_call_of_kamailio_by_radius_and_by_file_is_charged_once(place: Place, installed: tuple[Path, World]) -> None:
    at_ms = ms(2026, 10, 31, 12)
    switch = installed[1].index.directory.switches[SwitchId("km")]
    stamp = attribute("Event-Timestamp", at_ms // 1000, dictionary=OPENSER)
    live = packet([*record(START, 0, uri="sip:447911123456@192.0.2.1:5060", stamped=False), stamp])
    reports = reports_from_accounting(live, switch, at_ms)
    assert isinstance(reports, tuple)
    [vendor] = [report for report in reports if report.side is Side.VENDOR]
    place.shard.turn([command_of(vendor, installed[1])])
    ended = replace(vendor, kind=ReportKind.STOP, connect_ms=None, disconnect_ms=at_ms + 60_000)
    started = charge_report(vendor, installed[1])
    assert isinstance(started, Leg)
    leg = charge_end(replace(ended, cause=16), started, installed[1])
    assert isinstance(leg, Leg)
    place.shard.turn([RecordLeg(leg, fingerprint(leg), b"{}", NOW)])
    before = place.balances()
    assert before["kestrel", "vendor", "USD"] > 0
    row = good_row(
        switch="km", side="vendor", call_id="call-1@10.0.0.1", session_id="call-1@10.0.0.1", branch="from-1/to-1",
        remote="192.0.2.1", remote_port="5060", setup=moment(at_ms), connect=moment(at_ms),
        disconnect=moment(at_ms + 60_000),
    )  # fmt: skip
    assert [(block.accepted, block.duplicate) for block in taken(place, staged(place, [row]))] == [(0, 1)]
    refused = staged(place, [row | {"branch": ""}])
    assert [reason.partition(":")[0] for _, reason, _ in refused.rejects] == ["no branch"]
    assert place.balances() == before
