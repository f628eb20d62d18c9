"""The figures of Savanna's sheet, checked to the last digit: as they were shown, and from what is on disk."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from actors.home import Home
from actors.sheet_work import CHANGES, FINDINGS, REJECTS
from cluster.demo.savanna import PLAN, SheetFacts, cents
from cluster.demo.verify import Check, legs_between
from cluster.demo.world import KENYA, ORIGIN_MS, RATES_MAIL, SAVANNA, UNDER_WATER_CODE, at, world
from cluster.tasks.batch_world import open_catalog
from domain.ids import PlanId
from domain.money import decimal_text, units_of
from domain.sheet_frames.columns import RATES
from store.catalog.sheet_values import Sheet, Wanted
from store.settings_file import load_settings
from store.sheets.folder import SheetFolder

ROWS, REJECTED = "100,000", "12 (7 R09, 5 R26)"
KINDS = {"unchanged": 99_334, "decrease": 640, "increase": 248, "new": 130, "closed": 60}
FOUND = {"R09": 7, "R26": 5, "R28": 248, "R31": 9, "R32": 4, "R36": 1}
"""All that the 36 checks find."""
EXPLICIT, IMPLICIT, LOST = "35.20", "26.80", "16.00"
"""What the sheet costs a week on Kenya, USD: by its own rows, without one that says so, and sold below it."""
ANSWER_ROWS = 12 + 248
"""Rows of the list that Savanna gets: what is rejected, and what begins later than it asked."""
WEEK = "280.80"
"""What that traffic costs before it."""
_WEEK_MS = (at("2026-10-26"), at("2026-11-02"))
_AFTER_MS, _DATED_MS, _EARLIEST_MS = at("2026-11-10"), at("2026-11-04"), at("2026-11-09")


def sheet_checks(folder: Path, scale: int) -> list[Check]:
    """Count the sheet again from the data folder; the switchboard need not run."""
    home = Home(folder.absolute(), load_settings(folder))
    catalog = open_catalog(home)
    try:
        sheets = catalog.sheets.list(Wanted(plan=PLAN))
        rates = pl.DataFrame(catalog.plan_changes.rates_frame_columns(PlanId(PLAN)).columns, schema=RATES)
    finally:
        catalog.close()
    sheet = next((one for one in sheets if one.sender == RATES_MAIL[SAVANNA]), None)
    if sheet is None:
        return [Check("sheet of Savanna", "there", "none came")]
    return [*_of_files(home, sheet), *_of_plan(rates), *_of_week(home, rates, scale)]


def told_checks(told: SheetFacts | None, scale: int) -> list[Check]:
    """Check what was shown before anything was decided."""
    if told is None:
        return [Check("sheet: shown", "True", "False")]
    count, money = ({check: its[place] for check, its in told.checks.items()} for place in (0, 1))
    week = [cents(units) for units in told.week]
    after = units_of(WEEK) + units_of(EXPLICIT) + units_of(IMPLICIT)
    days = (_DATED_MS, _EARLIEST_MS, _EARLIEST_MS)
    return [
        Check("sheet: rows, rejected", f"{ROWS}, 12", f"{told.rows:,}, {told.rejects}"),
        Check("sheet: codes by kind", _named(KINDS), _named(told.kinds)),
        Check("sheet: findings", _named(FOUND), _named(count)),
        Check("sheet: Kenya's increase dated, earliest, moved to", _days(days), _days(told.kenya_ms)),
        Check("sheet: explicit a week", _scaled(EXPLICIT, scale), cents(-money.get("R28", 0))),
        Check("sheet: implicit a week", _scaled(IMPLICIT, scale), cents(-money.get("R31", 0))),
        Check("sheet: under water a week", _scaled(LOST, scale), cents(-money.get("R36", 0))),
        Check("sheet: a week before", _scaled(WEEK, scale), week[0]),
        Check("sheet: a week after", decimal_text(after * scale), week[1]),
        Check("sheet: applied, and Savanna told", f"applied, True, {ANSWER_ROWS}", _answered(told)),
    ]


def _of_files(home: Home, sheet: Sheet) -> Iterator[Check]:
    folder = SheetFolder(home.data)
    frames = {part: pl.read_parquet(folder.part(sheet.id, part)) for part in (CHANGES, FINDINGS, REJECTS)}
    yield Check("sheet on disk: state, rows", f"applied, {ROWS}", f"{sheet.state}, {sheet.rows:,}")
    rejects = frames[REJECTS]
    why = ", ".join(f"{count} {check}" for check, count in rejects.group_by("check").len().sort("check").iter_rows())
    rows = rejects.select("tab", "row").unique().height
    yield Check("sheet on disk: rejected", REJECTED, f"{rows} ({why})")
    kinds = dict(frames[CHANGES].group_by("kind").len().iter_rows())
    yield Check("sheet on disk: codes by kind", _named(KINDS), _named(kinds))
    findings = frames[FINDINGS]
    yield Check("sheet on disk: findings", _named(FOUND), _named(dict(findings.group_by("check").len().iter_rows())))
    left = findings.filter(pl.col("standing") == "open").height
    yield Check("sheet on disk: findings left open", "0", str(left))


def _of_plan(rates: pl.DataFrame) -> Iterator[Check]:
    """Compare the plan as it is now with itself after all that the sheet changes."""
    before, after = _in_force(rates, ORIGIN_MS), _in_force(rates, _AFTER_MS)
    both = before.join(after, on="code", suffix="_after")
    rises, falls = pl.col("next_price_after") > pl.col("next_price"), pl.col("next_price_after") < pl.col("next_price")
    up, down = both.filter(rises), both.filter(falls)
    found = {
        "unchanged": both.height - up.height - down.height,
        "decrease": down.height,
        "increase": up.height,
        "new": after.join(before, on="code", how="anti").height,
        "closed": before.join(after, on="code", how="anti").height,
    }
    yield Check("plan on disk: codes that change by 10 Nov", _named(KINDS), _named(found))
    days = sorted(up["from_ms_after"].unique())
    yield Check("plan on disk: increases begin", _days((_EARLIEST_MS,)), _days(tuple(days)))
    ends = sorted(before.join(after, on="code", how="anti")["until_ms"].drop_nulls().unique())
    yield Check("plan on disk: closed codes end", _days((_EARLIEST_MS,)), _days(tuple(ends)))


def _of_week(home: Home, rates: pl.DataFrame, scale: int) -> Iterator[Check]:
    """Rate the last seven days' minutes of Kenya by hand, by both states of the plan."""
    legs = legs_between(home, *_WEEK_MS).filter(pl.col("side") == "vendor", pl.col("partner") == SAVANNA)
    hidden = pl.col("b").str.starts_with(UNDER_WATER_CODE)
    seconds = [int(legs.filter(one)["duration_ms"].sum()) // 1000 for one in (~hidden, hidden)]
    minutes = f"{seconds[0] // 60:,}, {seconds[1] // 60:,}"
    yield Check("sheet on disk: minutes a week, and of 254741", f"{3_200 * scale:,}, {400 * scale:,}", minutes)
    (old,) = _prices(rates, ORIGIN_MS, KENYA)
    new, dear = _prices(rates, _AFTER_MS, KENYA, UNDER_WATER_CODE)
    sold = next(units_of(price.price) for plan in world().plans if plan.id == "orbita-sell" for price in plan.prices)
    sums = (
        ("explicit", EXPLICIT, seconds[0] * (new - old)),
        ("implicit", IMPLICIT, seconds[1] * (dear - old)),
        ("under water", LOST, seconds[1] * (dear - sold)),
    )
    for what, must, units in sums:
        yield Check(f"sheet on disk: {what} a week", _scaled(must, scale), decimal_text(units // 60))


def _answered(told: SheetFacts) -> str:
    return f"{told.state}, {bool(told.answer)}, {told.answer_rows}"


def _in_force(rates: pl.DataFrame, at_ms: int) -> pl.DataFrame:
    until = pl.col("until_ms").is_null() | (pl.col("until_ms") > at_ms)
    return rates.filter(pl.col("from_ms") <= at_ms, until)


def _prices(rates: pl.DataFrame, at_ms: int, *codes: str) -> list[int]:
    known = dict(_in_force(rates, at_ms).select("code", "next_price").iter_rows())
    return [known.get(code, 0) for code in codes]


def _named(counts: dict[str, int]) -> str:
    ordered = [*(name for name in KINDS if name in counts), *sorted(counts.keys() - KINDS.keys())]
    return ", ".join(f"{counts[name]:,} {name}" for name in ordered)


def _scaled(text: str, scale: int) -> str:
    return decimal_text(units_of(text) * scale)


def _days(moments: tuple[int, ...]) -> str:
    return ", ".join(f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}" for at_ms in moments)
