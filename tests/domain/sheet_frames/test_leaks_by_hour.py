"""Where one side tells hours apart and the other does not, each hour is held against what the other has then."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from domain.money import decimal_text, units_of
from domain.profiles import windows_of
from domain.rates import PlanRules
from domain.sheet_frames import columns
from domain.sheet_frames.case import Case, Comparison, Reading
from domain.sheet_frames.checks import check
from domain.sheet_frames.depth import leaks
from domain.sheet_frames.hours import WEEK_MS, hours_together
from domain.sheets.template import Template
from tests.domain.builders import DAY_MS, ms, rules
from tests.domain.sheet_frames.fixtures import RECEIVED_MS, calls_to, contract, rate_rows

HOUR_MS = 3_600_000
DAYS = (*windows_of("peak", range(7), 8 * 60, 20 * 60), *windows_of("offpeak", range(7), 20 * 60, 8 * 60))
CLOCK = rules(windows=DAYS)
NIGHT_MS, NOON_MS = (RECEIVED_MS - DAY_MS + hours * HOUR_MS for hours in (-7, 3))


def by_hour(peak: str, offpeak: str, code: str = "2547") -> pl.DataFrame:
    return pl.concat([rate_rows((code, peak), rate_type="peak"), rate_rows((code, offpeak), rate_type="offpeak")])


def case(
    buys: pl.DataFrame, sells: pl.DataFrame, calls: pl.DataFrame | None = None, *, sold: PlanRules, **of_buys: Any
) -> Case:
    nothing = columns.empty(columns.CHANGES), columns.empty(columns.IMPLICIT)
    reading = Reading(columns.empty(columns.LINES), columns.empty(columns.REJECTS), 0)
    comparison = Comparison(*nothing, buys["id"], buys, buys)
    its = Case(contract(**of_buys), Template(), reading, buys, comparison, sells={"gold": sells}, rules={"gold": sold})
    return its if calls is None else replace(its, calls=calls)


def told(row: dict[str, Any], *names: str) -> list[Any]:
    return [decimal_text(row[one]) if type(row[one]) is int else row[one] for one in names]


def calls() -> pl.DataFrame:
    """Ten minutes by night and thirty by day."""
    return pl.concat([calls_to("254700000000", 10, at_ms=NIGHT_MS), calls_to("254700000000", 10, 3, at_ms=NOON_MS)])


def test_a_price_by_night_below_a_cost_at_any_time_leaks_by_the_calls_of_the_night() -> None:
    (leak,) = leaks(case(rate_rows(("2547", "0.20")), by_hour("0.21", "0.15"), calls(), sold=CLOCK)).rows(named=True)
    assert told(leak, "kind", "rate_type", "sell_price") == ["loss", "offpeak", "0.15"]
    assert told(leak, "leak", "minute") == ["0.50", "0.05"]
    assert leak["talk_ms"] == 10 * 60_000, "the calls of the day lose nothing, and make up for nothing"
    assert [(one["rate_type"], decimal_text(one["proposed"])) for one in leak["rates"]] == [("offpeak", "0.20")]
    (hours,) = leak["hours"]
    assert told(hours, "sold_for", "bought_for", "buy_price", "leak") == ["offpeak", "any", "0.20", "0.50"]
    assert hours["week_ms"] == 7 * 12 * HOUR_MS


def test_a_price_of_any_time_below_a_cost_by_day_leaks_by_the_calls_of_the_day() -> None:
    its = case(by_hour("0.25", "0.10"), rate_rows(("2547", "0.20")), calls(), sold=rules(), windows=DAYS)
    (leak,) = leaks(its).rows(named=True)
    assert told(leak, "rate_type", "sell_price", "buy_price", "leak") == ["any", "0.20", "0.25", "1.50"]
    assert [told(one, "sold_for", "bought_for", "leak") for one in leak["hours"]] == [["any", "peak", "1.50"]]


def test_without_calls_a_minute_leaks_by_how_much_of_the_week_each_hour_is() -> None:
    evening = (
        *windows_of("day", range(7), 8 * 60, 18 * 60), *windows_of("evening", range(7), 18 * 60, 22 * 60),
        *windows_of("night", range(7), 22 * 60, 8 * 60),
    )  # fmt: skip
    sold = [("day", "0.30"), ("evening", "0.19"), ("night", "0.15")]
    rows = pl.concat([rate_rows(("2547", price), rate_type=kind) for kind, price in sold])
    (leak,) = leaks(case(rate_rows(("2547", "0.20")), rows, sold=rules(windows=evening))).rows(named=True)
    assert (leak["leak"], leak["talk_ms"]) == (0, 0)
    assert told(leak, "minute") == ["0.03857142"], "4 h of 0.01 and 10 h of 0.05"
    assert [told(one, "sold_for", "sell_price") for one in leak["hours"]] == [["evening", "0.19"], ["night", "0.15"]]


def test_hours_of_one_name_may_be_others_there() -> None:
    early = rules(
        windows=(*windows_of("peak", range(7), 6 * 60, 18 * 60), *windows_of("offpeak", range(7), 18 * 60, 6 * 60))
    )
    its = case(by_hour("0.25", "0.10"), by_hour("0.30", "0.15"), sold=early, windows=DAYS)
    (leak,) = leaks(its).rows(named=True)
    (hours,) = leak["hours"]
    assert told(hours, "sold_for", "bought_for", "sell_price", "buy_price") == ["offpeak", "peak", "0.15", "0.25"]
    assert hours["week_ms"] == 7 * 2 * HOUR_MS, "from 18 to 20"


def test_a_sheet_that_makes_the_night_a_loss_is_found_by_its_calls() -> None:
    its = case(rate_rows(("2547", "0.20")), by_hour("0.21", "0.15"), calls(), sold=CLOCK)
    change = {"id": 0, "code": "2547", "kind": "increase", "from_ms": RECEIVED_MS, "rate_type": "any", "origin": ""}
    plain = {name: "" for name, kind in columns.CHANGES.items() if kind == pl.String}
    rows = pl.DataFrame([plain | {"row": 1, "blocked": False, "worse_terms": False} | change])
    rows = rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in columns.CHANGES.items()
    )
    before = rate_rows(("2547", "0.10"))
    its = replace(its, rates=before, comparison=replace(its.comparison, changes=rows))
    found = check(its).filter(pl.col("check") == "R36")
    assert found["money"].to_list() == [units_of("-0.2")], "7.80 for what costs 8.00"


def test_hours_count_by_the_week_and_a_holiday_as_one_of_a_year() -> None:
    of_holidays = windows_of("offpeak", (), 0, 24 * 60, on_holidays=True)
    feast = rules(windows=(*DAYS, *of_holidays), holidays=frozenset({date(2026, 12, 25)}))
    until_ms = ms(2026, 11, 2)
    found = hours_together(feast, rules(), until_ms)
    assert sum(found.values()) == WEEK_MS + DAY_MS // 52
    assert found["offpeak", "any"] - found["peak", "any"] == DAY_MS // 52
