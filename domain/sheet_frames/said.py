"""What a sheet says of a plan, line by line: also of codes that it closes by not naming them."""

import polars as pl

from domain.days import local_day, midnight_ms
from domain.points import OPEN_MS
from domain.rates import ANY_TIME
from domain.sheet_frames.case import Contract, Reading
from domain.sheet_frames.columns import KEY, PLACE, TERMS
from domain.sheet_frames.function import longest, tree
from domain.sheets.terms import Semantics

SAID = (
    {"line": pl.UInt32}
    | KEY
    | PLACE
    | {"name": pl.String, "country": pl.String, "status": pl.String}
    | {"said_ms": pl.Int64, "from_ms": pl.Int64, "until_ms": pl.Int64}  # until_ms OPEN_MS: open
    | TERMS
    | {"blocked": pl.Boolean, "closed": pl.Boolean, "stays": pl.Boolean}
)
"""Lines to compare: `from_ms` is `said_ms` until it is moved; `stays`: the row was rejected, its code is as it was."""
_KEYS = list(KEY)


def said(reading: Reading, rates: pl.DataFrame, contract: Contract, reference: pl.DataFrame) -> pl.DataFrame:
    """Return SAID: the sheet's lines, its rejected rows whose codes can be read, and what a full sheet lacks."""
    lines = _once(reading.lines).select(
        *_KEYS, *PLACE, "name", "status", *TERMS, "blocked", "closed",
        pl.col("from_ms").alias("said_ms"), pl.col("until_ms").fill_null(OPEN_MS), stays=False,
    )  # fmt: skip
    lines = _closed_whole(lines, rates)
    named = lines.with_columns(country=countries(lines["code"], reference))
    date_ms = sheet_date_ms(reading.lines["from_ms"], contract)
    ahead = rates.filter(pl.col("until_ms").is_null() | (pl.col("until_ms") > date_ms))
    ahead = ahead.join(lines, on=_KEYS, how="anti").select(_KEYS).unique(maintain_order=True)
    stays = ahead.join(_rejected(reading.rejects), on="code", maintain_order="left")
    absent = ahead.join(stays, on="code", how="anti", maintain_order="left")
    absent = absent.with_columns(country=countries(absent["code"], reference))
    match contract.terms.semantics:
        case Semantics.CHANGES:
            absent = absent.clear()
        case Semantics.FULL_BY_COUNTRY:
            absent = absent.filter(pl.col("country") != "", pl.col("country").is_in(named["country"].implode()))
        case Semantics.FULL:
            pass
    stays = stays.with_columns(country=countries(stays["code"], reference), stays=True, closed=False)
    absent = absent.with_columns(closed=True)
    more = pl.concat([stays, absent], how="diagonal").with_columns(said_ms=date_ms, until_ms=pl.lit(OPEN_MS))
    every = pl.concat([named, more], how="diagonal").with_columns(
        *(pl.col(name).fill_null(empty) for name, empty in _EMPTY.items()), from_ms="said_ms"
    )
    return every.with_row_index("line").select(pl.col(name).cast(kind) for name, kind in SAID.items())


_EMPTY = {"tab": "", "row": 0, "name": "", "status": "", "blocked": False, "stays": False}


def sheet_date_ms(dates: pl.Series, contract: Contract) -> int:
    """Return from when a full sheet is full: the contract's word, else the first day that a line begins, else receipt.

    Days before the receipt count not: sheets repeat since when a rate has held.
    """
    if contract.effective_ms is not None:
        return contract.effective_ms
    today_ms = midnight_ms(local_day(contract.received_ms, contract.zone), contract.zone)
    first = dates.filter(dates >= today_ms).min()
    return first if isinstance(first, int) else contract.received_ms


def countries(codes: pl.Series, reference: pl.DataFrame) -> pl.Series:
    """Return the country of the longest code of the reference book that begins each code, "" without one."""
    known = reference.unique("code", keep="first")
    nodes = tree(known["code"]).select("code", "length", "start", "end", "parent")
    country = nodes.join(known, on="code", how="left", maintain_order="left")["country"]
    once = codes.unique()
    found = once.to_frame("code").with_columns(country=country.gather(longest(nodes, once)).fill_null(""))
    return codes.to_frame("code").join(found, on="code", how="left", maintain_order="left")["country"]


def _once(lines: pl.DataFrame) -> pl.DataFrame:
    """The first of lines that say something of one code, rate type and origin from one moment on."""
    several = lines.select(pl.struct(*_KEYS, "from_ms").is_duplicated()).to_series()
    if not several.any():
        return lines
    again = lines.filter(several).unique([*_KEYS, "from_ms"], keep="first", maintain_order=True)
    return pl.concat([lines.filter(~several), again])


def _closed_whole(lines: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Let a code that is closed for any time and caller end for each of its rate types and origins.

    But for those of which the sheet says something itself.
    """
    whole = lines.filter(pl.col("closed"), pl.col("rate_type") == ANY_TIME, pl.col("origin") == "")
    others = rates.filter((pl.col("rate_type") != ANY_TIME) | (pl.col("origin") != ""))
    if not whole.height or not others.height:
        return lines
    others = others.select(_KEYS).unique(maintain_order=True).join(lines, on=_KEYS, how="anti", maintain_order="left")
    ends = whole.drop("rate_type", "origin").join(others, on="code", maintain_order="left").select(lines.columns)
    known = rates.select(_KEYS).unique()
    nowhere = whole.join(ends, on="code", how="semi").join(known, on=_KEYS, how="anti")
    return pl.concat([lines.join(nowhere, on=_KEYS, how="anti", maintain_order="left"), ends])


def _rejected(rejects: pl.DataFrame) -> pl.DataFrame:
    """The codes of rejected rows, each with the first row that was to say something of it: `code`, `tab`, `row`."""
    named = rejects.select(pl.col("code").str.split(" "), "tab", "row").explode("code")
    return named.filter(pl.col("code") != "").unique("code", keep="first", maintain_order=True)
