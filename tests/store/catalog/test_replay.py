"""Lines put over timelines, as sheets are put over frames."""

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.points import OPEN_MS
from domain.sheet_frames.columns import RATES
from domain.sheet_frames.outcome import PUTS, put
from store.catalog.bitemporal import FOREVER
from store.catalog.intents import EVERY, Intents, Line
from store.catalog.replay import Piece, laid, replayed, says_the_same
from tests.store.catalog.comparing import says

lines = st.builds(
    lambda price, since, length: says("44", price, since, since + length if length else None),
    st.sampled_from([None, 1, 2, 3]),
    st.integers(0, 6),
    st.integers(0, 4),
)
sheets = st.lists(st.lists(lines, max_size=3, unique_by=lambda line: line[12]), max_size=3)


@given(sheets)
@settings(max_examples=30, deadline=None)
def test_taking_back_lays_lines_as_the_comparison_does(changes: list[list[Line]]) -> None:
    timeline: list[Piece] = []
    frame = pl.DataFrame(schema=RATES)
    for number, change in enumerate(changes):
        timeline = laid(timeline, change)
        frame = put(frame, puts_of(change)).after.with_columns(
            id=pl.int_range(pl.len()) + 100 * number  # those that are kept must have ids: None is yet to be written
        )
        assert says_the_same(timeline, map(piece_of, frame.select(pl.exclude("id")).rows()))


def test_a_line_for_every_rate_of_a_code_ends_them_all() -> None:
    asked = Intents([says("49", 1), says("49", 2, origin="eea"), says("44", 7)])
    ended = Intents([("49", EVERY, "", *[None] * 9, 4, None, False)])
    found = replayed({}, [("49", "any", ""), ("49", "any", "eea"), ("44", "any", "")], [asked, ended])
    assert {key: [piece.until for piece in pieces] for key, pieces in found.items()} == {
        ("49", "any", ""): [4], ("49", "any", "eea"): [4], ("44", "any", ""): [FOREVER],
    }  # fmt: skip


def puts_of(change: list[Line]) -> pl.DataFrame:
    names = [name for name in RATES if name != "id"]
    frame = pl.DataFrame(change, schema={name: RATES[name] for name in names}, orient="row")
    closed = pl.col("first_price").is_null()
    until = pl.when("closed").then(OPEN_MS).otherwise(pl.col("until_ms").fill_null(OPEN_MS)).alias("until_ms")
    return frame.with_columns(closed=closed).with_columns(until).select(*PUTS)


def piece_of(row: tuple[Any, ...]) -> Piece:
    *terms, since, until, blocked = row[3:]
    return Piece(since, FOREVER if until is None else until, tuple(terms), blocked)
