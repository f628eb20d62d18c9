"""The lines of one tab: its rows read column by column, then by code, rate type and origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from domain.rates import ANY_TIME
from domain.sheet_frames.cells import FAULTS, faults_of, read_each
from domain.sheet_frames.columns import LINES, TERMS, empty
from domain.sheet_frames.decided import Decided
from domain.sheet_frames.row_codes import read_names, read_row_codes
from domain.sheet_frames.row_moments import read_moments
from domain.sheet_frames.row_prices import PriceGroup, base_of, price_groups, rate_types, read_prices, unknown_type
from domain.sheet_frames.row_terms import Columns, read_fees, read_intervals, read_marks
from domain.sheet_frames.tab_rows import TabRows
from domain.sheets.findings import Check
from domain.sheets.headings import Meaning
from domain.sheets.origin_names import origin_name
from domain.sheets.preamble import currency_in, currency_of
from domain.sheets.rate_types import rate_type_of
from domain.sheets.template import Use

_KEYED = (Meaning.CODE, Meaning.CODE_FROM, Meaning.COUNTRY_CODE, Meaning.DESTINATION, Meaning.COUNTRY)
PARTS = LINES | {"place": pl.UInt32, "adds": pl.Boolean}
"""LINES before they are checked against each other: `place` orders the lines of one row; one that `adds` is a surcharge
on the price of any caller, which is another line."""
ROW_CODES: dict[str, pl.DataType | type[pl.DataType]] = {"row": pl.UInt32, "codes": pl.List(pl.String)}
"""Of rows, what codes they name."""


@dataclass(frozen=True, slots=True)
class TabLines:
    """What a tab says: PARTS of its good rows, FAULTS, the codes of all rows that can be read, and in words what was
    done. `headed`: FAULTS of its header, which keep no row out. `left_out`: row and codes of rows that were dropped."""

    lines: pl.DataFrame
    faults: pl.DataFrame
    codes: pl.DataFrame
    rows: int
    undated: int = 0
    unknown_marks: tuple[str, ...] = ()
    left_out: pl.DataFrame = field(default_factory=lambda: empty(ROW_CODES))


def lines_of(tab: TabRows, decided: Decided, by_name: Mapping[str, list[str]] | None) -> TabLines:
    """Read a tab of prices. A row with anything wrong in it stays out whole."""
    out = Columns()
    unknown = read_marks(tab, out)
    read_names(tab, out)
    if tab.use is Use.ORIGINS and not tab.has(*_KEYED):
        out.constant("codes", [""], pl.List(pl.String), tab.cells.height)  # for each code of the other tabs
    else:
        read_row_codes(tab, decided, by_name, out)
    read_intervals(tab, decided, out)
    read_fees(tab, decided, out)
    undated = read_moments(tab, decided, out)
    groups, headed = price_groups(tab, decided)
    read_prices(tab, groups, decided, out)
    _read_kinds(tab, decided, out)
    _read_currency(tab, decided, out)
    faults = pl.concat([empty(FAULTS), *out.faults])
    rows = pl.DataFrame({"row": tab.cells["row"], **out.of})
    known = rows.select("row", "codes").filter(pl.col("row").is_in(faults["row"].implode()))
    if not faults.is_empty():
        rows = rows.filter(~pl.col("row").is_in(faults["row"].implode()))
    lines = _lines(tab, rows, groups, decided)
    told = pl.concat([headed, faults])
    return TabLines(lines, told, known, tab.cells.height, undated, tuple(unknown), _left_out(tab, decided, by_name))


def _left_out(tab: TabRows, decided: Decided, by_name: Mapping[str, list[str]] | None) -> pl.DataFrame:
    """Return ROW_CODES of dropped rows, so far as their codes can be read."""
    if tab.left_out.is_empty() or not tab.has(*_KEYED):
        return empty(ROW_CODES)
    dropped, out = replace(tab, cells=tab.left_out), Columns()
    read_names(dropped, out)
    read_row_codes(dropped, decided, by_name, out)
    return pl.DataFrame({"row": dropped.cells["row"], "codes": out.of["codes"]}, schema=ROW_CODES).drop_nulls()


def _read_kinds(tab: TabRows, decided: Decided, out: Columns) -> None:
    """Add "kind" and "group": the rate type and the origin that a row names for all its prices."""
    types = rate_types(decided)
    named = tab.texts(Meaning.ORIGIN).alias("text").to_frame()
    out.of["group"] = read_each(named, {"group": pl.String}, lambda text: (origin_name(text),))["group"]
    if not tab.has(Meaning.RATE_TYPE):
        out.constant("kind", ANY_TIME, pl.String, tab.cells.height)
        return
    texts = tab.texts(Meaning.RATE_TYPE)
    found = read_each(texts.alias("text").to_frame(), {"kind": pl.String}, lambda text: (rate_type_of(text, types),))
    told = pl.select(pl.when(found["kind"].is_null()).then(pl.lit(unknown_type(types)))).to_series()
    heading = tab.heading(Meaning.RATE_TYPE)
    out.faults.append(faults_of(tab.cells["row"], texts, told, heading, Check.UNKNOWN_RATE_TYPE.value))
    out.of["kind"] = found["kind"]


def _read_currency(tab: TabRows, decided: Decided, out: Columns) -> None:
    """Make "money" the currency of each row: its own column's, else its price's, the heading's, the preamble's."""
    prices = (column for column in tab.columns if column.meaning in (Meaning.PRICE, Meaning.FIRST_PRICE))
    headed = next((code for column in prices if (code := currency_in(tab.heading_of(column)))), "")
    own = decided.preambles[tab.name].currency if tab.name in decided.preambles else ""
    whole = headed or own or decided.whole.currency
    said = tab.texts(Meaning.CURRENCY)
    if tab.has(Meaning.CURRENCY):
        named = said.alias("text").to_frame()
        said = read_each(named, {"said": pl.String}, lambda text: (currency_of(text),))["said"]
    priced = out.of["money"]
    out.of["money"] = pl.select(
        pl.when(said != "").then(said).when(priced != "").then(priced).otherwise(pl.lit(whole)).alias("money")
    ).to_series()


def _lines(tab: TabRows, rows: pl.DataFrame, groups: Sequence[PriceGroup], decided: Decided) -> pl.DataFrame:
    unpriced = [pl.col(f"first{number}").is_null() & (pl.col(f"word{number}") == "") for number in range(len(groups))]
    none = pl.all_horizontal(*unpriced) if unpriced else pl.lit(value=True)
    parts = [_lines_of(tab, rows, groups, number, none, decided) for number in range(len(groups))]
    if not parts:
        return empty(PARTS)
    lines = parts[0] if len(parts) == 1 else pl.concat(parts).sort("row", "place", maintain_order=True)
    if (lines["code"].list.len() == 1).all():
        return lines.with_columns(pl.col("code").list.first())  # as explode, which copies all columns
    return lines.explode("code")


def _lines_of(
    tab: TabRows, rows: pl.DataFrame, groups: Sequence[PriceGroup], number: int, none: pl.Expr, decided: Decided
) -> pl.DataFrame:
    """Return PARTS of one group of prices, the codes not yet exploded."""
    group = groups[number]
    added = base_of(group, groups) is not None
    first, following, word = pl.col(f"first{number}"), pl.col(f"next{number}"), pl.col(f"word{number}")
    closed = pl.col("closed") | (word == "closed")
    barred = (pl.col("blocked") & (first.is_not_null() | none)) | (word == "blocked")
    rows = rows.with_columns(closed.alias("closed"), (barred & ~closed).alias("blocked"))
    rows = rows.filter(pl.col("closed") | pl.col("blocked") | first.is_not_null())
    open_ = ~pl.col("closed")
    terms = {
        "first_price": pl.when(open_).then(first.fill_null(0)),
        "next_price": pl.when(open_).then(following.fill_null(0)),
    } | {name: pl.when(open_).then(pl.col(name)) for name in TERMS if name not in ("first_price", "next_price")}
    origin = pl.lit(group.origin) if group.origin else pl.col("group")
    placed = {
        "tab": pl.lit(tab.name),
        "code": pl.col("codes"),
        "rate_type": pl.lit(group.rate_type) if group.rate_type else pl.col("kind"),
        "origin": origin,
        "currency": pl.col("money"),
        "place": pl.lit(number),
        "adds": pl.lit(not added and (group.adds or decided.template.surcharge)) & (origin != ""),
    } | terms
    chosen = {name: placed.get(name, pl.col(name)) for name in PARTS}
    codes = {"code": pl.List(pl.String)}
    return rows.select(expr.cast(codes.get(name, PARTS[name])).alias(name) for name, expr in chosen.items())
