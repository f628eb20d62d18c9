"""What a sheet says of a plan, line by line: also of codes that it closes by not naming them."""

import polars as pl

from domain.days import local_day, midnight_ms
from domain.points import OPEN_MS
from domain.rates import ANY_TIME
from domain.sheet_frames.case import Contract, Reading
from domain.sheet_frames.columns import KEY, PLACE, REST, TERMS
from domain.sheet_frames.function import longest, tree
from domain.sheet_frames.keys import of_several
from domain.sheets.terms import Semantics

SAID = (
    {"line": pl.UInt32, "key": pl.Int64}
    | KEY
    | PLACE
    | {"name": pl.String, "country": pl.String, "status": pl.String}
    | {"said_ms": pl.Int64, "from_ms": pl.Int64, "until_ms": pl.Int64}  # until_ms OPEN_MS: open
    | TERMS
    | {"blocked": pl.Boolean, "closed": pl.Boolean, "stays": pl.Boolean}
)
"""Lines to compare: `from_ms` is `said_ms` until it is moved; `stays`: the row stays out, its code is as it was."""


def said(reading: Reading, rates: pl.DataFrame, contract: Contract, reference: pl.DataFrame) -> pl.DataFrame:
    """Return SAID: the sheet's lines, rows that stay out and whose codes can be read, and what a full sheet lacks.

    The lines of the reading and the rates are `keyed` together.
    """
    lines = _once(reading.lines).select(
        "key", *KEY, *PLACE, "name", "status", *TERMS, "blocked", "closed", said_ms="from_ms",
        until_ms=pl.when("closed").then(OPEN_MS).otherwise(pl.col("until_ms").fill_null(OPEN_MS)),
    )  # fmt: skip
    lines = _closed_whole(lines, rates)
    named = lines.with_columns(country=countries(lines["code"], reference))
    date_ms = sheet_date_ms(reading.lines["from_ms"], contract)
    ahead = rates.filter(pl.col("until_ms").is_null() | (pl.col("until_ms") > date_ms))
    ahead = ahead.filter(~pl.col("key").is_in(lines["key"].implode())).select("key", *KEY)
    ahead = ahead.unique("key", keep="first", maintain_order=True)
    ahead = ahead.with_columns(country=countries(ahead["code"], reference))
    stays = ahead.join(_untaken(reading.untaken), on="code", maintain_order="left").with_columns(stays=True)
    absent = ahead.join(stays, on="key", how="anti", maintain_order="left").with_columns(closed=True)
    match contract.terms.semantics:
        case Semantics.CHANGES:
            absent = absent.clear()
        case Semantics.FULL_BY_COUNTRY:
            absent = absent.filter(pl.col("country") != "", pl.col("country").is_in(named["country"].implode()))
        case Semantics.FULL:
            pass
    more = pl.concat([stays, absent], how="diagonal").with_columns(said_ms=pl.lit(date_ms, pl.Int64), until_ms=OPEN_MS)
    every = pl.concat([named, more], how="diagonal").with_columns(
        *(pl.col(name).fill_null(empty) for name, empty in _EMPTY.items()), from_ms="said_ms"
    )
    return every.with_row_index("line").select(pl.col(name).cast(kind) for name, kind in SAID.items())


_EMPTY = {"tab": "", "row": 0, "name": "", "status": "", "blocked": False, "closed": False, "stays": False}


def rest_of(lines: pl.DataFrame, reference: pl.DataFrame) -> pl.DataFrame:
    """Return REST of SAID lines: the codes of their countries end where they are not named.

    Of the reference book only codes that say otherwise than what begins them are kept: few hold a country.
    """
    named = set(lines.filter(pl.col("row") > 0, ~pl.col("stays"))["country"].unique()) - {""}
    kept: list[tuple[str, bool]] = []
    above: list[tuple[str, bool]] = []
    for code, country in reference.select("code", "country").unique("code", keep="first").sort("code").iter_rows():
        while above and not code.startswith(above[-1][0]):
            above.pop()
        ends = country in named
        if ends != (above[-1][1] if above else False):
            kept.append((code, ends))
        above.append((code, ends))
    return pl.DataFrame(kept, schema=REST, orient="row")


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
    known = reference.select("code", "country").unique("code", keep="first")
    nodes = tree(known["code"])
    country = nodes.join(known, on="code", how="left", maintain_order="left")["country"]
    return country.gather(longest(nodes, codes)).fill_null("")


def _once(lines: pl.DataFrame) -> pl.DataFrame:
    """The first of lines that say something of one code, rate type and origin from one moment on."""
    several = of_several(lines)
    if not several.any():
        return lines
    again = lines.filter(several).unique(["key", "from_ms"], keep="first", maintain_order=True)
    return pl.concat([lines.filter(~several), again])


def _closed_whole(lines: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Let a code that is closed for any time and caller end for each of its rate types and origins.

    But for those of which the sheet says something itself.
    """
    whole = lines.filter(pl.col("closed"), pl.col("rate_type") == ANY_TIME, pl.col("origin") == "")
    others = rates.filter((pl.col("rate_type") != ANY_TIME) | (pl.col("origin") != ""))
    if not whole.height or not others.height:
        return lines
    own = pl.col("key").is_in(lines["key"].implode())
    others = others.filter(~own).select("key", *KEY).unique("key", keep="first", maintain_order=True)
    ends = whole.drop("key", "rate_type", "origin").join(others, on="code", maintain_order="left").select(lines.columns)
    nowhere = whole.join(ends, on="code", how="semi").join(rates, on="key", how="anti")["key"]
    return pl.concat([lines.filter(~pl.col("key").is_in(nowhere.implode())), ends])


def _untaken(rows: pl.DataFrame) -> pl.DataFrame:
    """The codes of rows that stay out, each with the first that was to say something of it: `code`, `tab`, `row`."""
    named = rows.select(pl.col("code").str.split(" "), "tab", "row").explode("code")
    return named.filter(pl.col("code") != "").unique("code", keep="first", maintain_order=True)
