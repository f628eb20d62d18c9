"""Segments: anyone can read them, a crash at any point loses nothing and doubles nothing."""

from collections import Counter
from hashlib import sha256

import polars as pl

from actors.tasks import LegQuery
from cluster.tasks.leg_search import find_legs
from cluster.tasks.leg_sums import proof
from cluster.tasks.segments import SEGMENT_LEGS, book_reader, draft_segments, scan
from domain.booking import fingerprint
from domain.calls import Leg, LegState, Side
from domain.commands import RecordLeg
from domain.rates import Service, Unit
from store.book import Writes
from store.book_rows import DAY_MS
from store.book_schema import LEG_COLUMNS
from tests.actors.builders import assert_true, restarted
from tests.cluster.tasks.places import NOW, Place, a_place
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA, USD, a_leg, start


def record(place: Place, *legs: Leg) -> list[str]:
    replies = place.shard.turn([RecordLeg(leg, fingerprint(leg), b"{}", NOON) for leg in legs])[0]
    return [getattr(reply, "outcome", "") for reply in replies]


def two_days(*names: str) -> list[Leg]:
    """For each name a client's and a vendor's leg, the first of them on the day before the others."""
    return [
        a_leg(name, side, connect_ms=NOON - (0 if at else DAY_MS))
        for at, name in enumerate(names)
        for side in (Side.CLIENT, Side.VENDOR)
    ]


def transferred(place: Place) -> Counter[tuple[str, str, str]]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for debit, credit, currency, amount in place.query("SELECT debit, credit, currency, amount FROM transfer"):
        sums[debit, credit, currency] += amount
    return sums


def test_sealing_moves_charges_into_transfers_and_changes_no_balance(stored: Place) -> None:
    legs = two_days("c1", "c2", "c3")
    record(stored, *legs)
    balances, sums = stored.balances(), proof(stored.home).charged
    assert stored.seal() == 2
    assert stored.legs() == []
    assert transferred(stored) == {
        ("receivable:orbita", "revenue", "USD"): sums[ORBITA, Side.CLIENT, USD][0],
        ("cost", "payable:kestrel", "USD"): sum(leg.charge for leg in legs if leg.side is Side.VENDOR),
    }
    assert (stored.balances(), proof(stored.home).charged) == (balances, sums)
    assert_true(stored.shard)


def test_a_book_that_was_sealed_opens_again_as_it_was(stored: Place) -> None:
    record(stored, *two_days("c1", "c2"))
    stored.seal()
    posted = dict(stored.shard.partners[ORBITA].posted)
    url = stored.home.settings.store.url
    again = restarted(stored.shard, url, stored.home.books)
    assert again.partners[ORBITA].posted == posted
    again.book.close()
    stored.shard.book = type(again.book).open(url, stored.home.books, 0)


def test_the_same_legs_give_the_same_files(stored: Place) -> None:
    record(stored, *two_days("c1", "c2"))
    first, second = draft_segments(stored.home, 0), draft_segments(stored.home, 0)
    assert first == second
    for draft in first:
        assert sha256((stored.home.segments / draft.file).read_bytes()).hexdigest() == draft.sha256


def test_a_draft_that_was_never_sealed_is_done_again_with_the_legs_recorded_meanwhile(stored: Place) -> None:
    record(stored, *two_days("c1"))
    abandoned = draft_segments(stored.home, 0)
    record(stored, *two_days("c2", "c3"))
    balances = stored.balances()
    stored.seal()
    named = {file for (file,) in stored.query("SELECT file FROM segment")}
    assert not named & {draft.file for draft in abandoned}
    assert sum(count for (count,) in stored.query("SELECT legs FROM segment")) == 6
    assert stored.balances() == balances
    assert_true(stored.shard)


def test_legs_that_end_between_draft_and_seal_stay_for_the_next_round(stored: Place) -> None:
    record(stored, *two_days("c1"))
    drafts = draft_segments(stored.home, 0)
    late = a_leg("c2")
    record(stored, late)
    stored.shard.seal(drafts, NOW)
    assert [leg_id for (leg_id, *_) in stored.legs()] == [late.leg_id]
    assert_true(stored.shard)


def test_sealing_twice_posts_once(stored: Place) -> None:
    record(stored, *two_days("c1"))
    drafts = draft_segments(stored.home, 0)
    assert stored.shard.seal(drafts, NOW) == 2
    assert stored.shard.seal(drafts, NOW + 1) == 0
    assert_true(stored.shard)


def test_a_late_report_of_a_sealed_leg_is_a_duplicate(stored: Place) -> None:
    leg = a_leg("c1")
    record(stored, leg)
    stored.seal()
    assert record(stored, leg) == ["duplicate"]
    assert stored.legs() == []


def test_open_legs_are_not_sealed(stored: Place) -> None:
    stored.shard.turn([start("c1")])
    assert draft_segments(stored.home, 0) == []
    assert [LegState(state) for (state,) in stored.query("SELECT state FROM leg")] == [LegState.OPEN]


def test_anyone_can_read_segments(stored: Place) -> None:
    legs = two_days("c1", "c2")
    record(stored, *legs)
    stored.seal()
    read = pl.scan_parquet(stored.home.segments).collect()
    assert read.columns == [*LEG_COLUMNS, "alive_ms", "seq"]
    assert read.schema["setup_ms"] == read.schema["connect_ms"] == pl.Datetime("ms", "UTC")
    kinds = [str(read.schema[name]) for name in ("day", "leg_id", "charge", "partner")]
    assert kinds == ["Date", "Binary", "Int64", "String"]
    assert set(read["leg_id"]) == {leg.leg_id for leg in legs}
    assert read["charge"].sum() == sum(leg.charge for leg in legs)
    days = sorted(path.name for path in stored.home.segments.iterdir())
    assert days == sorted({f"day={day}" for day in read["day"].cast(pl.String)})


def test_a_round_is_bounded_and_so_is_a_segment() -> None:
    legs = [a_leg(f"c{at}") for at in range(SEGMENT_LEGS + 10)]
    with a_place(seal_legs=SEGMENT_LEGS + 5) as place:
        place.shard.book.commit(Writes(legs={leg.leg_id: (leg, fingerprint(leg)) for leg in legs}))
        assert [draft.legs for draft in draft_segments(place.home, 0)] == [SEGMENT_LEGS, 5]


def test_segments_of_an_older_version_are_read_as_what_they_were(stored: Place) -> None:
    record(stored, *two_days("c1", "c2"))
    stored.seal()
    legs = [a_leg("c3", service=Service.DATA, unit=Unit.MEGABYTE, volume=5, billed_volume=1, billed_s=0)]
    older = sorted(stored.home.segments.rglob("*.parquet"))
    for path in older[:1]:
        pl.read_parquet(path).drop("service", "unit", "volume", "billed_volume").write_parquet(path)
    record(stored, *legs)
    stored.seal()
    sealed = [each for _, book in book_reader(stored.home).every() for each in book.segments()]
    read = scan(stored.home, sealed).select("service", "unit", "volume", "billed_volume").collect()
    assert sorted(read.rows()) == [("data", "megabyte", 5, 1), *[("voice", "second", 0, 0)] * 4]
    found, total = find_legs(stored.home, LegQuery())
    assert total == 5 and {each.leg.service for each in found} == {Service.VOICE, Service.DATA}
