"""What a change means in money equals the calls rated one by one."""

from dataclasses import replace
from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intervals import PlanIntervals
from domain.profiles import windows_of
from domain.rates import ANY_TIME, Charge, PlanRules, RateRow, SecondsRounding, Terms
from domain.rating import rate
from domain.sheet_frames import columns
from domain.sheet_frames.case import Case, Comparison, Reading
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.traffic import DAY_MS, Traffic, through
from domain.sheet_frames.longest import begun_by, longest
from domain.sheets.template import Template
from tests.domain.builders import rules
from tests.domain.sheet_frames.fixtures import RECEIVED_MS, calls_to, contract, plan_rates

_DAY_WINDOWS = windows_of("day", range(7), 8 * 60, 20 * 60)
_CODES = st.text("12", min_size=1, max_size=4)
_MOMENTS = st.sampled_from([RECEIVED_MS - 5 * DAY_MS, RECEIVED_MS, RECEIVED_MS + 3 * DAY_MS])


@st.composite
def plans(draw: st.DrawFn) -> pl.DataFrame:
    """RATES of which no two of a code and rate type are in force at once."""
    rows: list[dict[str, object]] = []
    for code in draw(st.lists(_CODES, min_size=1, max_size=6, unique=True)):
        for rate_type in draw(st.sampled_from([(ANY_TIME,), ("day",), (ANY_TIME, "day")])):
            price = draw(st.integers(0, 10**7))
            rows.append(
                {
                    "id": len(rows),
                    "code": code,
                    "rate_type": rate_type,
                    "origin": "",
                    "from_ms": draw(_MOMENTS),
                    "until_ms": None,
                }
                | {"first_price": draw(st.integers(0, 10**7)), "next_price": price, "blocked": draw(st.booleans())}
                | {"first_s": draw(st.sampled_from([1, 30, 60])), "next_s": draw(st.sampled_from([1, 6, 60]))}
                | {"connect_fee": draw(st.sampled_from([0, 777])), "attempt_fee": 0}
                | {
                    "minimum_charge": draw(st.sampled_from([0, 10**6])),
                    "grace_s": draw(st.sampled_from([0, 2])),
                    "free_s": 0,
                }
            )
    return pl.DataFrame(rows, schema=columns.RATES)


@st.composite
def traffic(draw: st.DrawFn) -> pl.DataFrame:
    one = st.tuples(st.text("123", min_size=3, max_size=6), st.integers(0, 3 * 24), st.integers(1, 200_000))
    rows = [
        {
            "number": number,
            "at_ms": RECEIVED_MS - hours * 3_600_000,
            "talk_ms": talk_ms,
            "vendor": "v",
            "client": "",
            "charge": 0,
        }
        for number, hours, talk_ms in draw(st.lists(one, min_size=1, max_size=12))
    ]
    return pl.DataFrame(rows, schema=columns.CALLS)


def case_between(before: pl.DataFrame, after: pl.DataFrame, calls: pl.DataFrame, of_plan: PlanRules) -> Case:
    nothing = Comparison(columns.empty(columns.CHANGES), columns.empty(columns.IMPLICIT), before["id"], after, after)
    reading = Reading(columns.empty(columns.LINES), columns.empty(columns.REJECTS), 0)
    judged = replace(contract(), rules=of_plan)
    return Case(judged, Template(), reading, before, nothing, calls=calls)


def charged(rates: pl.DataFrame, of_plan: PlanRules, number: str, call_ms: int, talk_ms: int, at_ms: int) -> int | None:
    """The call at its own time of day, by the rates that are in force at another moment."""
    rows = [
        RateRow(
            row["code"], Terms(**{name: row[name] for name in columns.TERMS}), 0, None, row["rate_type"], row["blocked"]
        )
        for row in rates.iter_rows(named=True)
        if row["from_ms"] <= at_ms
    ]
    charge = rate(PlanIntervals(of_plan, rows), number, call_ms, call_ms, talk_ms)
    return charge.units if isinstance(charge, Charge) else None


@settings(max_examples=30, deadline=None)
@given(plans(), plans(), traffic(), _MOMENTS, st.sampled_from(SecondsRounding), st.booleans())
def test_calls_cost_before_and_after_what_the_scalar_rating_says(
    before: pl.DataFrame, after: pl.DataFrame, calls: pl.DataFrame, at_ms: int, rounding: SecondsRounding, timed: bool
) -> None:
    of_plan = rules(seconds=rounding, windows=_DAY_WINDOWS if timed else ())
    case = case_between(before, after, calls, of_plan)
    wanted = pl.DataFrame(
        {"id": [0, 1], "begin": ["1", "2"], "at_ms": [at_ms, at_ms]}, schema_overrides={"id": pl.UInt32}
    )
    met = through(Traffic(case).legs, wanted, case, pl.lit(value=True))
    asked = calls.filter(~pl.col("number").str.starts_with("3")).select("number", "at_ms", "talk_ms").rows()
    for side, rates in (("old", before), ("new", after)):
        prices = [charged(rates, of_plan, number, call_ms, talk_ms, at_ms) for number, call_ms, talk_ms in asked]
        assert sum(met[f"{side}_cost"].drop_nulls().to_list()) == sum(price for price in prices if price is not None)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("123", max_size=6)), st.lists(_CODES))
def test_the_longest_code_is_found_as_by_looking_at_each(numbers: list[str], codes: list[str]) -> None:
    found = longest(pl.Series(numbers, dtype=pl.String), pl.Series(codes, dtype=pl.String)).to_list()
    assert found == [
        max((code for code in codes if number.startswith(code)), key=len, default=None) for number in numbers
    ]
    pairs = begun_by(pl.Series(numbers, dtype=pl.String), pl.Series(codes, dtype=pl.String)).rows()
    assert sorted(pairs) == sorted({(number, code) for number in numbers for code in codes if number.startswith(code)})


@settings(max_examples=30, deadline=None)
@given(st.integers(-(10**12), 10**12), st.integers(1, 30))
def test_a_week_is_scaled_exactly(units: int, days: int) -> None:
    case = case_between(plan_rates(), plan_rates(), calls_to("254", 1), rules())
    case = replace(case, contract=replace(case.contract, terms=replace(case.contract.terms, traffic_days=days)))
    weekly = pl.DataFrame({"units": [units]}).select(Traffic(case).weekly(pl.col("units"))).item()
    exact = Fraction(units) * 7 / days
    assert abs(weekly - exact) <= Fraction(1, 2)
    assert weekly == int(abs(exact) + Fraction(1, 2)) * (1 if units >= 0 else -1)


def test_calls_of_the_other_side_and_of_older_days_count_for_nothing() -> None:
    sold = calls_to("254112345678", 10, vendor="", client="orbita")
    old = calls_to("254112345678", 10, days_ago=8)
    case = case_between(plan_rates(), plan_rates(), pl.concat([sold, old, calls_to("254112345678", 3)]), rules())
    assert Look(case).traffic.week["talk_ms"].sum() == 180_000
