"""Plans as frames, at random and by moments, and what is told of them."""

from collections.abc import Iterable
from typing import Any

import polars as pl
from hypothesis import strategies as st

from domain.notice_frames.marks import Telling
from domain.rates import ANY_TIME, Unit
from domain.sheet_frames.columns import RATES, TERMS
from domain.sheets.terms import Notice, NoticeDays, RateTerms
from tests.domain.builders import DAY_MS, ms

AT = ms(2026, 11, 2, 9, 41)
TODAY = ms(2026, 11, 2)
CODES = (
    "1", "1201", "1202", "1203", "1204", "1684", "254", "254722", "254723", "39", "3906", "4", "44", "447", "4478",
    "4479", "7", "77", "88", "00012", "000123",
)  # fmt: skip
"""Some of two countries, in runs, of part of a country code, with a 0 behind it, and of services."""
Key = tuple[str, str, str]
Said = tuple[Any, ...] | None


def telling(**fields: Any) -> Telling:
    terms = RateTerms(counted=fields.pop("counted", NoticeDays.CALENDAR))
    values: dict[str, Any] = {"unit": Unit.SECOND, "notice": Notice(), "terms": terms, "zone": "UTC", "at_ms": AT}
    return Telling(**(values | fields))


def day(number: int) -> int:
    return TODAY + number * DAY_MS


def book(*codes: str) -> pl.DataFrame:
    """Name and country of codes."""
    rows = [(code, f"Place {code[:2]}", "KE" if code[0] == "2" else "") for code in codes]
    return pl.DataFrame(rows, schema={"code": pl.String, "name": pl.String, "country": pl.String}, orient="row")


_moments = st.one_of(
    st.integers(-40, 200).map(day),
    st.integers(-40 * 1440, 200 * 1440).map(lambda minutes: TODAY + minutes * 60_000),
    st.sampled_from([AT, AT + 1000, TODAY, ms(2026, 10, 25, 0, 30), ms(2026, 10, 25, 1, 30)]),
)
_units = st.one_of(st.sampled_from([0, 1_000_000, 1_234_000, 123_400_000, 200_000_000]), st.integers(0, 10**10))
_seconds = st.sampled_from([1, 1, 6, 30, 60, 3600])
_allowed = st.sampled_from([0, 0, 0, 5, 60])
_fees = st.one_of(st.just(0), st.just(0), st.integers(0, 10**9))
_terms = st.one_of(
    st.tuples(_units, _seconds, _seconds).map(lambda had: (had[0], had[0], had[1], had[2], 0, 0, 0, 0, 0)),
    st.tuples(_units, _units, _seconds, _seconds, _fees, _fees, _fees, _allowed, _allowed),
)
_piece = st.tuples(_terms, st.sampled_from([False, False, False, True]))
_spans = st.lists(st.tuples(_moments, st.one_of(st.none(), _piece, _piece)), min_size=1, max_size=4)
_kinds = st.sampled_from([(ANY_TIME, "")] * 5 + [("peak", ""), (ANY_TIME, "eu"), ("peak", "rest")])
_keys = st.tuples(st.sampled_from(CODES), _kinds).map(lambda both: (both[0], *both[1]))


def _rows(had: dict[Key, list[tuple[int, Any]]]) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for key, spans in had.items():
        ordered = sorted(dict(spans).items())
        for (since, piece), (end, _) in zip(ordered, [*ordered[1:], (None, None)], strict=True):
            if piece is not None:
                terms, blocked = piece
                rows.append((len(rows) + 1, *key, *terms, since, end, blocked))
    return pl.DataFrame(rows, schema=RATES, orient="row")


plans = st.dictionaries(_keys, _spans, min_size=1, max_size=8).map(_rows)
"""RATES without overlaps; gaps, ends and what is yet to begin among them."""


@st.composite
def plans_and_told(draw: st.DrawFn, *, known: bool = False) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """A plan, and what a client knows of it: nothing (not if `known`), part of it, or something else for some codes."""
    plan = draw(plans)
    if draw(st.booleans()):
        return plan, draw(plans if known else st.one_of(st.none(), plans))
    others = draw(plans)
    mine = plan.join(others, on=["code", "rate_type", "origin"], how="anti")
    kept = mine.filter(pl.col("until_ms").is_null() | (pl.col("until_ms") > AT))
    return plan, pl.concat([kept, others])


_steps = st.lists(
    st.tuples(st.integers(-5, 12).map(day), st.sampled_from([None, (1, False), (2, False), (3, False), (2, True)])),
    min_size=1,
    max_size=5,
)
PRICED = (*TERMS, "blocked")


@st.composite
def prices_over_time(draw: st.DrawFn) -> pl.DataFrame:
    """RATES of one code that costs 1, 2 or 3 cents, is blocked or has no rate, in steps some days before and after."""
    second = (1, 1, 0, 0, 0, 0, 0)
    found = [
        (at_ms, price and ((price[0] * 1_000_000, price[0] * 1_000_000, *second), price[1]))
        for at_ms, price in draw(_steps)
    ]
    return _rows({("1", ANY_TIME, ""): found})


def at_moments(rates: pl.DataFrame, moments: Iterable[int]) -> dict[tuple[Key, int], tuple[Any, ...]]:
    """What each key costs at moments, where it has a rate, by brute force."""
    found = {}
    for row in rates.iter_rows(named=True):
        for at_ms in moments:
            if row["from_ms"] <= at_ms and (row["until_ms"] is None or at_ms < row["until_ms"]):
                key = row["code"], row["rate_type"], row["origin"]
                assert (key, at_ms) not in found, "two rates at once"
                found[key, at_ms] = (*(row[name] for name in TERMS), row["blocked"])
    return found


def moments_of(*frames: pl.DataFrame, since_ms: int = AT) -> list[int]:
    """All moments from one on at which anything begins or ends."""
    edges = {since_ms}
    for frame in frames:
        edges |= {at for name in ("from_ms", "until_ms") for at in frame[name].drop_nulls() if at > since_ms}
    return sorted(edges)


def costs(was: tuple[int, ...], now: tuple[int, ...]) -> list[tuple[int, int]]:
    """What calls of 30, 60 and 180 s cost under both, in sixtieths of a unit."""
    return [(_cost(was, seconds), _cost(now, seconds)) for seconds in (30, 60, 180)]


def _cost(terms: tuple[int, ...], seconds: int) -> int:
    """In sixtieths of a unit."""
    first, following, first_s, next_s, connect, attempt, minimum, grace, free = terms[:9]
    paid = seconds - free
    if paid <= 0 or seconds <= grace:
        return 60 * attempt
    used = first * first_s
    if paid > first_s:
        used += following * (-(-(paid - first_s) // next_s) * next_s)
    return max(60 * (connect + attempt) + used, 60 * minimum)
