"""The prices of rows: one group of columns for each rate type and each origin group of callers."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from domain.rates import ANY_TIME
from domain.sheet_frames.cells import FAULTS, faults_of, read_each
from domain.sheet_frames.columns import empty
from domain.sheet_frames.decided import Decided
from domain.sheet_frames.row_terms import Columns, bare_amount
from domain.sheet_frames.tab_rows import PRICES, TabRows
from domain.sheets.findings import Check
from domain.sheets.headings import Meaning
from domain.sheets.numbers import read_price
from domain.sheets.preamble import currency_in
from domain.sheets.rate_types import rate_type_of
from domain.sheets.statuses import price_word
from domain.sheets.template import Column, Per
from domain.units import SCALE

_CURRENCY = re.compile(r"^\s*([A-Z]{3})\b|\b([A-Z]{3})\s*$")
_KINDS = {"units": pl.Int64, "word": pl.String, "currency": pl.String}


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """The columns that hold the prices of one rate type ("": the row's own) and origin ("": the row's own).

    `adds`: they are surcharges on the price of any caller.
    """

    rate_type: str
    origin: str
    columns: tuple[Column, ...]
    adds: bool = False

    def column(self, *meanings: Meaning) -> Column | None:
        """Return the first column of one of these meanings."""
        return next((column for column in self.columns if column.meaning in meanings), None)


def price_groups(tab: TabRows, decided: Decided) -> tuple[tuple[PriceGroup, ...], pl.DataFrame]:
    """Return the groups of a tab, and FAULTS (R24, in the header's row) of those whose rate type the plan lacks."""
    types = rate_types(decided)
    by_key: dict[tuple[str, str, bool], list[Column]] = {}
    faults = [empty(FAULTS)]
    for column in tab.columns:
        if column.meaning not in PRICES:
            continue
        kind = rate_type_of(column.rate_type, types) if column.rate_type else ""
        if kind is None:
            said = pl.Series([column.rate_type])
            row, reason = pl.Series([max(tab.header, 0) + 1], dtype=pl.UInt32), pl.Series([unknown_type(types)])
            faults.append(faults_of(row, said, reason, tab.heading_of(column), Check.UNKNOWN_RATE_TYPE.value))
            continue
        adds = column.meaning is Meaning.SURCHARGE or (decided.template.surcharge and bool(column.origin))
        by_key.setdefault((kind, column.origin, adds), []).append(column)
    groups = (PriceGroup(kind, origin, tuple(columns), adds) for (kind, origin, adds), columns in by_key.items())
    return tuple(groups), pl.concat(faults)


def rate_types(decided: Decided) -> frozenset[str]:
    """Return the names of the rate types that the plan has time profiles for."""
    return frozenset(window.rate_type for window in decided.contract.rules.windows) - {ANY_TIME}


def unknown_type(types: Collection[str]) -> str:
    """Say that no time profile has the name."""
    known = ", ".join(sorted(types)) or "none"
    how = "Add it with `switchboard plans set PLAN windows=…`, then `switchboard sheets retry`"
    return f"the plan has no time profile of that name (it has {known}). {how}"


def read_prices(tab: TabRows, groups: Sequence[PriceGroup], decided: Decided, out: Columns) -> None:
    """Add "firstN" and "nextN" (units, null: none), "wordN" and "money": the currency that a price names, "" none.

    Needs what read_marks and read_intervals add.
    """
    currencies = []
    for number, group in enumerate(groups):
        either = group.column(Meaning.PRICE, Meaning.SURCHARGE)
        wanted = (group.column(Meaning.FIRST_PRICE) or either, group.column(Meaning.NEXT_PRICE) or either)
        read = {column: _read(tab, column, decided, out) for column in dict.fromkeys(wanted) if column}
        both = [read[column or next(iter(read))] for column in wanted]
        parts = pl.DataFrame([part[name].alias(f"{name}{at}") for at, part in enumerate(both) for name in _KINDS])
        _assert_whole(tab, wanted, parts, out)
        chosen = parts.select(
            pl.coalesce("units0", "units1").alias(f"first{number}"),
            pl.coalesce("units1", "units0").alias(f"next{number}"),
            pl.when(pl.col("word0") != "").then("word0").otherwise("word1").alias(f"word{number}"),
            pl.when(pl.col("currency0") != "").then("currency0").otherwise("currency1").alias("money"),
        )
        out.of |= {name: chosen[name] for name in chosen.columns if name != "money"}
        currencies.append(chosen["money"])
    _assert_priced(tab, groups, out)
    _add_surcharges(tab, groups, out)
    out.of["money"] = _first_said(currencies, tab.cells.height)


def _assert_whole(tab: TabRows, wanted: Sequence[Column | None], parts: pl.DataFrame, out: Columns) -> None:
    """Tell of rows that have one of two prices where the sheet has a column for each."""
    if None in wanted or wanted[0] == wanted[1]:
        return
    for (one, other), column in zip(((0, 1), (1, 0)), wanted, strict=True):
        assert column is not None, "checked above"
        lacking = (parts[f"units{one}"].is_null()) & (parts[f"word{one}"] == "") & parts[f"units{other}"].is_not_null()
        told = pl.select(pl.when(lacking & ~out.of["closed"]).then(pl.lit(f"no {column.meaning}"))).to_series()
        texts = tab.cells[str(column.place)]
        out.faults.append(faults_of(tab.cells["row"], texts, told, tab.heading_of(column), Check.BAD_PRICE.value))


def _read(tab: TabRows, column: Column, decided: Decided, out: Columns) -> pl.DataFrame:
    texts = tab.cells[str(column.place)]
    keys = texts.alias("text").to_frame()
    times, below = _factor(column, decided)
    per = decided.template.per
    if per is Per.INCREMENT:
        own = "first_s" if column.meaning is Meaning.FIRST_PRICE else "next_s"
        keys = keys.with_columns(out.of[own].fill_null(0).alias("over"))

    def price(text: str, over: int = 1) -> tuple[int | None, str, str]:
        word, currency = _beside(text)
        if not text or word:
            return None, word, ""
        if not over:  # its increments are refused: what the price comes to is not known
            return None, "", currency
        return read_price(bare_amount(text, column), decided.mark, times, over * below), "", currency

    found = read_each(keys, _KINDS, price)
    wrong = pl.select(pl.when(~out.of["closed"]).then(found["fault"])).to_series()
    faults = faults_of(tab.cells["row"], texts, wrong, tab.heading_of(column), Check.BAD_PRICE.value)
    out.faults.append(faults)
    unread = found["fault"].is_not_null()
    return found.select(
        "units",
        # a cell that cannot be read is told once: it does not lack its price besides
        pl.when(unread).then(pl.lit("unread")).otherwise("word").alias("word"),
        pl.col("currency").fill_null(""),
    )


def _factor(column: Column, decided: Decided) -> tuple[int, int]:
    """Return by what a price of the column is multiplied, and divided, to be one of the plan's unit."""
    per, scale = decided.template.per, SCALE[decided.contract.rules.unit]
    times, below = {Per.MINUTE: (1, 1), Per.HOUR: (1, 60)}.get(per, (scale, 1))
    return times, below * (100 if column.cents else 1)


def _beside(text: str) -> tuple[str, str]:
    """Return the word that stands in place of a price, and the currency beside one; "" for none."""
    return ("", "") if text[:1].isdigit() and text[-1:].isdigit() else (price_word(text), _currency(text))


def _currency(text: str) -> str:
    """Return the currency that stands beside a price; "" for none."""
    found = _CURRENCY.search(text)
    return (found[1] or found[2]) if found else currency_in(text)


def base_of(group: PriceGroup, groups: Sequence[PriceGroup]) -> int | None:
    """Return which group of the same rows holds the price of any caller that a group of surcharges is added to."""
    usual = {one.rate_type: number for number, one in enumerate(groups) if not one.origin and not one.adds}
    return usual.get(group.rate_type, usual.get("")) if group.adds else None


def _add_surcharges(tab: TabRows, groups: Sequence[PriceGroup], out: Columns) -> None:
    """Add the price of any caller to surcharges that stand beside it; where that ends or is blocked, so do they."""
    for number, group in enumerate(groups):
        base = base_of(group, groups)
        if base is None:
            continue
        lacking = out.of[f"first{number}"].is_not_null() & out.of[f"first{base}"].is_null()
        lacking &= (out.of[f"word{base}"] == "") & ~out.of["closed"]
        told = pl.select(pl.when(lacking).then(pl.lit("a surcharge without a price of any caller"))).to_series()
        texts = tab.cells[str(group.columns[0].place)]
        heading = tab.heading_of(group.columns[0])
        out.faults.append(faults_of(tab.cells["row"], texts, told, heading, Check.BAD_PRICE.value))
        for name in ("first", "next"):
            out.of[f"{name}{number}"] = out.of[f"{name}{number}"] + out.of[f"{name}{base}"]
        barred = out.of[f"word{base}"].is_in(["closed", "blocked"]) & (texts != "")
        words = pl.when(barred).then(out.of[f"word{base}"]).otherwise(out.of[f"word{number}"])
        out.of[f"word{number}"] = pl.select(words).to_series()


def _assert_priced(tab: TabRows, groups: Sequence[PriceGroup], out: Columns) -> None:
    """Tell of rows without any price that neither end nor are blocked."""
    if not groups:
        return
    nothing = pl.Series([True]).new_from_index(0, tab.cells.height)
    for number in range(len(groups)):
        nothing &= out.of[f"first{number}"].is_null() & (out.of[f"word{number}"] == "")
    nothing &= ~out.of["closed"] & ~out.of["blocked"] & out.of["first_s"].is_not_null()
    told = pl.select(pl.when(nothing).then(pl.lit("no price"))).to_series()
    texts = tab.cells[str(groups[0].columns[0].place)]
    heading = tab.heading_of(groups[0].columns[0])
    out.faults.append(faults_of(tab.cells["row"], texts, told, heading, Check.BAD_PRICE.value))


def _first_said(currencies: Sequence[pl.Series], height: int) -> pl.Series:
    if not currencies:  # the plan has none of the rate types of its columns
        return pl.Series("money", [""], pl.String).new_from_index(0, height)
    blank_as_null = [pl.select(pl.when(one != "").then(one)).to_series() for one in currencies]
    return pl.select(pl.coalesce(*blank_as_null, pl.lit("")).alias("money")).to_series()
