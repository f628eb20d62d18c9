"""October's files are read back as anyone would read them, and counted and rated by hand."""

from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from cluster.demo.expected import Traffic, figures
from cluster.demo.october import COLUMNS, october, october_files
from cluster.demo.strands import CYCLE_S, OCTOBER, SEPTEMBER, Strand
from cluster.demo.world import BLUEWIRE, KENYA, KESTREL, NORDLINK, SAVANNA, UK, VENDOR_HOSTS, Price, switch_of, world
from domain.calls import Side
from domain.ids import PartnerId
from domain.money import UNITS_PER_ONE, units_of

CYCLE = sorted(CYCLE_S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def files(folder: Path) -> tuple[Path, ...]:
    return october_files(folder)


@pytest.fixture(scope="module")
def rows(files: tuple[Path, ...]) -> pl.DataFrame:
    moments = ("setup", "alert", "connect", "disconnect")
    text = dict.fromkeys((*moments, "a", "b", "mark", "trunk", "remote", "call_id", "session_id"), pl.String)
    read = pl.concat([pl.read_csv(file, schema_overrides=text) for file in files])
    return read.with_columns(
        pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_zone="UTC") for name in moments
    )


def october_of(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("setup") >= datetime(2026, 10, 1, tzinfo=UTC))


def vendor(rows: pl.DataFrame, name: PartnerId, code: str) -> pl.DataFrame:
    return rows.filter(remote=VENDOR_HOSTS[name]).filter(pl.col("b").str.starts_with(code))


def answered_between(rows: pl.DataFrame, first: datetime, until: datetime) -> list[int]:
    """Durations of the answered legs that connected in [first, until), in whole seconds."""
    inside = rows.filter(pl.col("connect").is_between(first, until, closed="left"))
    return [ms // 1000 for ms in inside["duration_ms"].to_list()]


def billed(seconds: int, first: int, following: int) -> int:
    return first + max(0, -(-(seconds - first) // following)) * following


def steps(price: Price) -> tuple[int, int]:
    first, _, following = price.increments.partition("/")
    return int(first), int(following)


def assert_whole_cycles(durations: list[int], answers: int) -> None:
    assert Counter(durations) == dict.fromkeys(CYCLE, answers // 10)


def group(rows: pl.DataFrame, line: Traffic) -> pl.DataFrame:
    if line.side is Side.VENDOR:
        return vendor(rows, line.partner, line.destination)
    mine = rows.filter(switch=switch_of(line.partner).id, side="client")
    return mine.filter(pl.col("b").str.starts_with(line.destination))


def assert_figures(rows: pl.DataFrame, line: Traffic) -> None:
    mine = group(rows, line)
    prices = next(p for p in world().plans if p.partner == line.partner and p.side is line.side).prices
    price = next(p for p in prices if p.code == line.destination)
    first, following = steps(price)
    talked = [ms // 1000 for ms in mine.filter(pl.col("connect").is_not_null())["duration_ms"].to_list()]
    paid = sum(billed(seconds, first, following) for seconds in talked)
    assert (mine.height, len(talked)) == (line.attempts, line.answered)
    assert (sum(talked), paid) == (line.seconds, line.billed_s)
    assert Fraction(units_of(price.price) * paid, 60) == line.charge.units
    assert_whole_cycles(talked, line.answered)


def test_ten_answers_are_25_0_minutes_at_1_1_and_25_8_at_30_6_and_31_0_at_60_60() -> None:
    minutes = [Fraction(sum(billed(s, *steps) for s in CYCLE_S), 60) for steps in ((1, 1), (30, 6), (60, 60))]
    assert minutes == [25, Fraction("25.8"), 31]


def test_every_calls_price_is_whole_in_micros() -> None:
    micro = UNITS_PER_ONE // 1_000_000
    for price in (price for plan in world().plans for price in plan.prices):
        first, following = steps(price)
        charges = [Fraction(units_of(price.price) * billed(s, first, following), 60 * micro) for s in CYCLE_S]
        assert all(charge.denominator == 1 for charge in charges)


def test_the_month_has_its_promised_totals(rows: pl.DataFrame) -> None:
    want, month = figures(), october_of(rows)
    clients, vendors = month.filter(side="client"), month.filter(side="vendor")
    assert (rows.height, clients.height, vendors.height) == (want.rows, want.attempts, want.vendor_legs)
    for side in (clients, vendors):
        talked = side.filter(pl.col("connect").is_not_null())
        assert (talked.height, talked["duration_ms"].sum()) == (want.answered, 1000 * want.seconds)


@pytest.mark.parametrize("line", figures().traffic, ids=lambda line: f"{line.partner}-{line.destination}")
def test_each_partners_traffic_comes_to_its_figures(rows: pl.DataFrame, line: Traffic) -> None:
    assert_figures(october_of(rows), line)


@pytest.mark.parametrize("line", figures().september, ids=lambda line: line.partner)
def test_the_evening_before_october_has_400_answered_calls(rows: pl.DataFrame, line: Traffic) -> None:
    evening = rows.filter(pl.col("disconnect") < datetime(2026, 10, 1, tzinfo=UTC))
    assert evening.filter(pl.col("setup") < datetime(2026, 9, 30, 21, tzinfo=UTC)).is_empty()
    assert_figures(evening, line)


def test_answers_lie_in_their_periods_in_whole_cycles(rows: pl.DataFrame) -> None:
    oct1, oct22, oct26, end = (datetime(2026, *day, tzinfo=UTC) for day in ((10, 1), (10, 22), (10, 26), (11, 1)))
    evening = datetime(2026, 10, 31, 21, tzinfo=UTC)
    kestrel, bluewire = vendor(rows, KESTREL, UK), vendor(rows, BLUEWIRE, UK)
    savanna = vendor(rows, SAVANNA, KENYA)
    assert_whole_cycles(answered_between(kestrel, oct1, oct22), 18_000)
    assert_whole_cycles(answered_between(kestrel, oct22, end), 9_000)
    assert_whole_cycles(answered_between(bluewire, oct1, oct22), 35_750)
    assert_whole_cycles(answered_between(bluewire, oct22, evening), 9_000)
    assert_whole_cycles(answered_between(bluewire, evening, end), 250)
    assert_whole_cycles(answered_between(savanna, oct1, oct26), 4_960)
    assert_whole_cycles(answered_between(savanna, oct26, end), 1_440)
    under_water = rows.filter(pl.col("b").str.starts_with("254741"))
    assert_whole_cycles(answered_between(under_water.filter(side="vendor"), oct26, end), 160)
    assert set(under_water.filter(side="vendor")["remote"]) == {VENDOR_HOSTS[SAVANNA]}


def test_every_call_lies_between_six_and_twenty_hours_but_for_two_evenings(rows: pl.DataFrame) -> None:
    late = rows.filter((pl.col("setup").dt.hour() < 6) | (pl.col("disconnect").dt.hour() >= 20))
    assert set(late["setup"].dt.date().dt.to_string("%m-%d")) == {"09-30", "10-31"}
    assert late.filter((pl.col("setup").dt.hour() < 21) | (pl.col("disconnect") < pl.col("setup"))).is_empty()
    assert late.filter(side="vendor").height == 400 + 500


def test_a_call_is_answered_if_and_only_if_its_last_vendor_answers(rows: pl.DataFrame) -> None:
    vendors = rows.filter(side="vendor").sort("attempt").group_by("call_id").last()
    both = rows.filter(side="client").join(vendors, on="call_id", suffix="_vendor")
    assert both.height == rows.filter(side="client").height
    for column in ("connect", "disconnect", "duration_ms", "cause", "alert"):
        assert both.filter(pl.col(column).ne_missing(pl.col(f"{column}_vendor"))).is_empty()


@pytest.mark.parametrize(
    ("code", "first", "second", "calls"), [(KENYA, NORDLINK, SAVANNA, 6_000), (UK, BLUEWIRE, KESTREL, 10_000)]
)
def test_calls_with_two_vendors_failed_at_the_first(
    rows: pl.DataFrame, code: str, first: PartnerId, second: PartnerId, calls: int
) -> None:
    legs = rows.filter(side="vendor").filter(pl.col("b").str.starts_with(code))
    seconds = legs.filter(attempt=2)
    pairs = seconds.join(legs.filter(attempt=1), on="call_id", suffix="_1")
    assert pairs.height == calls
    assert set(pairs["remote"]) == {VENDOR_HOSTS[second]}
    assert set(pairs["remote_1"]) == {VENDOR_HOSTS[first]}
    assert pairs["connect_1"].null_count() == calls
    assert pairs.filter(pl.col("disconnect_1") >= pl.col("setup")).is_empty()


def test_rows_hold_together(rows: pl.DataFrame) -> None:
    talked = rows.filter(pl.col("connect").is_not_null())
    assert talked.filter(
        (pl.col("disconnect") - pl.col("connect")).dt.total_milliseconds() != pl.col("duration_ms")
    ).is_empty()
    assert set(talked["cause"]) == {16}
    silent = rows.filter(pl.col("connect").is_null())
    assert set(silent["duration_ms"]) == {0} and 16 not in set(silent["cause"])
    assert rows.filter(pl.col("setup") > pl.col("disconnect")).is_empty()
    assert rows.filter((pl.col("alert") <= pl.col("setup")) | (pl.col("alert") >= pl.col("connect"))).is_empty()
    assert rows.select("switch", "call_id", "session_id").is_duplicated().sum() == 0
    assert set(rows["release_side"]) == {"caller", "callee", "switch"}
    assert rows.filter(pl.col("b").str.len_chars() != 12).is_empty()


def test_there_is_one_file_per_switch_and_day(files: tuple[Path, ...]) -> None:
    assert len(files) == 3 * 31 + 1
    assert files[0].name == "callwell-2026-09-30.csv"
    assert files[0].read_text().partition("\n")[0] == ",".join(COLUMNS)


def test_files_are_made_once_and_follow_from_the_seed(folder: Path, files: tuple[Path, ...]) -> None:
    files[1].write_text("kept")
    assert october_files(folder)[1].read_text() == "kept"
    first = [next(october(seed))[1] for seed in (7, 7, 8)]
    assert first[0].equals(first[1]) and not first[0].equals(first[2])


@pytest.mark.parametrize(
    "strand", [*OCTOBER, *SEPTEMBER], ids=lambda strand: "-".join((strand.client, *strand.vendors))
)
def test_a_scale_of_ten_gives_ten_times_the_calls_in_whole_cycles_a_day(strand: Strand) -> None:
    for scale in (1, 10):
        shares = strand.per_day(scale).values()
        assert sum(n for n, _ in shares) == scale * strand.attempts
        assert sum(a for _, a in shares) == scale * strand.answered
        assert all(a % 10 == 0 and a <= n for n, a in shares)
