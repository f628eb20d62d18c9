"""A plan as a function of numbers: which code and which terms a number has at a moment, for frames of rates.

As the live look-up (domain.intervals, domain.origins): the longest code of which a rate in force counts for the caller;
of its rates the one for the moment's rate type, else the one for any; the caller's group before any caller. A code of
which one such rate is blocked is no route. Numbers are points of 15 digits (domain.points).
"""

from collections.abc import Iterable, Iterator

import polars as pl

from domain.origins import INVALID, REST, chain_of
from domain.points import OPEN_MS, WIDTH
from domain.rates import ANY_TIME
from domain.sheet_frames.columns import KEY, RATES, TERMS

ASKED = {"number": pl.String, "rate_type": pl.String, "origin": pl.String, "at_ms": pl.Int64}
"""A question to the function: for digits of a number (or of a code), at a moment, for a caller."""
PRICED = {"code": pl.String, **TERMS}
"""Its answer: the longest code, and its terms; null where there is no route."""
DIFFERENCES = (
    {"start": pl.Int64, "end": pl.Int64, "number": pl.String, "rate_type": pl.String, "origin": pl.String}
    | {f"old_{name}": kind for name, kind in PRICED.items()}
    | {f"new_{name}": kind for name, kind in PRICED.items()}
)
"""Points [start, end) that have other terms than before; `number`: the digits that begin all of them. Where there was
or is no route, its columns are null."""
_SIZES = pl.Series([10**digits for digits in range(WIDTH + 1)], dtype=pl.Int64)


def tree(codes: pl.Series) -> pl.DataFrame:
    """Return distinct codes in the order of their digits: `code`, `length`, its points [start, end), and `parent`.

    A node is the place of a code in it; `parent` is the node of the longest code that begins a code, null without.
    """
    nodes = codes.unique().sort().alias("code").to_frame().with_columns(length=pl.col("code").str.len_chars())
    nodes = nodes.with_columns(start=point_of("code"), end=_SIZES.gather(WIDTH - nodes["length"]))
    nodes = nodes.with_columns(end=pl.col("start") + pl.col("end"), node=pl.int_range(pl.len(), dtype=pl.UInt32))
    # of each length the last code before: sorted by digits, it begins this one if any of that length does
    by_length = []
    for length in nodes["length"].unique().sort(descending=True).to_list()[0 if nodes.height else 1 :]:
        of_length = pl.when(pl.col("length") == length)
        begins = (pl.col("length") > length) & (of_length.then("end").forward_fill() > pl.col("start"))
        by_length.append(pl.when(begins).then(of_length.then("node").forward_fill()))
    parent = pl.coalesce(by_length) if by_length else pl.lit(None, pl.UInt32)
    return nodes.select("code", "length", "start", "end", parent.alias("parent"))


def point_of(column: str) -> pl.Expr:
    """Return the point of digits (domain.points)."""
    return pl.col(column).str.slice(0, WIDTH).str.pad_end(WIDTH, "0").cast(pl.Int64)


def intervals(nodes: pl.DataFrame) -> pl.DataFrame:
    """Flatten a tree: `start`, `end` and `node` of disjoint intervals, ascending; what no code covers is left out."""
    own = nodes.with_row_index("node")
    opened = own.select(at="start", node="node", order=-pl.col("length").cast(pl.Int64))
    # after the end of several at once it is the parent of the shortest that goes on
    closed = own.select(at="end", node="parent", order=pl.col("length").cast(pl.Int64))
    marks = pl.concat([opened, closed]).sort("at", "order").unique("at", keep="first", maintain_order=True)
    return marks.select(start="at", end=pl.col("at").shift(-1), node="node").filter(pl.col("node").is_not_null())


def longest(nodes: pl.DataFrame, numbers: pl.Series) -> pl.Series:
    """Return the node of the longest code that begins each number, null without one."""
    if not nodes.height:
        return pl.repeat(None, numbers.len(), dtype=pl.UInt32, eager=True)
    asked = numbers.alias("number").to_frame().select(point_of("number"), length=pl.col("number").str.len_chars())
    after = nodes["start"].search_sorted(asked["number"], side="right").cast(pl.Int64)
    node = (after - 1).to_frame("node").select(pl.when(pl.col("node") >= 0).then("node")).to_series().cast(pl.UInt32)
    while True:
        here = nodes.select(pl.col("end", "length", "parent").gather(node))
        passed = (here["end"] <= asked["number"]) | (here["length"] > asked["length"])
        if not passed.fill_null(False).any():
            return node
        node = here.select(pl.when(passed).then("parent").otherwise(node)).to_series()


def placed(rates: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Return RATES (`until_ms` OPEN_MS where open) with their `node`, and which `rate` of the frame each is."""
    known = nodes.select("code").with_row_index("node")
    rows = rates.select(*RATES).with_row_index("rate").join(known, on="code", maintain_order="left")
    return rows.with_columns(pl.col("until_ms").fill_null(OPEN_MS))


def chosen(rows: pl.DataFrame, nodes: pl.DataFrame, asked: pl.DataFrame, rate_type: str, origin: str) -> pl.DataFrame:
    """Return of placed rows the one that prices each question: `ask` and the columns of rows; none without a route.

    `asked`: `ask`, the `node` of the longest code that begins its number, and `at_ms`.
    """
    return of_type(counting(rows, nodes, asked, origin), rate_type)


def counting(rows: pl.DataFrame, nodes: pl.DataFrame, asked: pl.DataFrame, origin: str) -> pl.DataFrame:
    """Return the rows, one per rate type, of the longest code of each question that has any for such a caller.

    `ask` and the columns of rows, with `rank`, 0 for those of the caller's own group.
    """
    chain = chain_of(origin)
    ranks = pl.DataFrame({"origin": chain, "rank": range(len(chain))}, schema={"origin": pl.String, "rank": pl.Int64})
    rows = rows.join(ranks, on="origin", maintain_order="left")
    found: list[pl.DataFrame] = []
    seeking = asked.select("ask", "node", "at_ms")
    parents = nodes["parent"]
    while True:
        met = seeking.join(rows, on="node", maintain_order="left").filter(
            pl.col("at_ms").is_between("from_ms", "until_ms", "left")
        )
        found.append(met)
        seeking = seeking.join(met, on="ask", how="anti", maintain_order="left")
        seeking = seeking.with_columns(parents.gather(seeking["node"]).alias("node")).drop_nulls("node")
        if not seeking.height:
            return _winners(pl.concat(found))


def _winners(met: pl.DataFrame) -> pl.DataFrame:
    """Of each question's rows in force those that count, one per rate type.

    Behind a group's row for any time no other group's counts. Of two rows of one rate type the later one does.
    """
    several = met.select(pl.col("ask").is_duplicated()).to_series()
    if not several.any():
        return met
    many = met.filter(several)
    last = pl.col("rank").filter(pl.col("rate_type") == ANY_TIME).min().over("ask")
    many = many.filter(last.is_null() | (pl.col("rank") <= last))
    order = ["ask", "rank", "from_ms", "id", "rate"]
    many = many.sort(order, descending=[False, False, True, True, True], nulls_last=False)
    return pl.concat([met.filter(~several), many.unique(["ask", "rate_type"], keep="first", maintain_order=True)])


def of_type(rows: pl.DataFrame, rate_type: str) -> pl.DataFrame:
    """Return of the rows of `counting` the one of a rate type, else that for any; none of a code that is blocked."""
    several = rows.select(pl.col("ask").is_duplicated()).to_series()
    wanted = pl.col("rate_type").is_in([rate_type, ANY_TIME]) & ~pl.col("blocked")
    alone = rows.filter(~several, wanted)
    if not several.any():
        return alone
    many = rows.filter(several).filter(~pl.col("blocked").any().over("ask"), wanted)
    many = many.sort(pl.col("rate_type") == ANY_TIME, maintain_order=True)
    return pl.concat([alone, many.unique("ask", keep="first", maintain_order=True)])


def priced(rates: pl.DataFrame, asked: pl.DataFrame, told: Iterable[str] = PRICED) -> pl.DataFrame:
    """Return PRICED, or other columns of the RATES that decide (`told`), for each of ASKED, in their order."""
    nodes = tree(rates["code"])
    rows = placed(rates, nodes)
    asks = asked.select(*ASKED).with_row_index("ask").with_columns(node=longest(nodes, asked["number"]))
    found = [rows.clear().select(pl.lit(0, pl.UInt32).alias("ask"), *told)]
    for rate_type, origin in asks.select("rate_type", "origin").unique(maintain_order=True).iter_rows():
        wanted = asks.filter(pl.col("rate_type") == rate_type, pl.col("origin") == origin).drop_nulls("node")
        found.append(chosen(rows, nodes, wanted, rate_type, origin).select("ask", *told))
    answers = asks.select("ask").join(pl.concat(found), on="ask", how="left", maintain_order="left")
    return answers.select(*told)


def variants(rates: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield the pairs of rate type and origin that RATES may tell apart, the general before the special."""
    types = [ANY_TIME, *sorted(set(rates["rate_type"].unique()) - {ANY_TIME})]
    named = set(rates["origin"].unique()) - {""}
    # who has no number that could be one pays as the rest does, where he has no rate of his own
    last = [INVALID] if named & {INVALID, REST} else []
    for origin in ["", *sorted(named - {INVALID}), *last]:
        for rate_type in types:
            yield rate_type, origin


def differences(before: pl.DataFrame, after: pl.DataFrame, at_ms: int) -> pl.DataFrame:
    """Return where two states of a plan (RATES) differ at a moment, as DIFFERENCES by rate type and origin.

    A rate type or origin of its own is told only where it differs otherwise than any time, any caller.
    """
    then, now = (_in_force(rates, at_ms) for rates in (before, after))
    what = [*KEY, *TERMS, "blocked"]
    changed = pl.concat([then.join(now, on=what, how="anti"), now.join(then, on=what, how="anti")])
    then, now = (related(rates, changed["code"]) for rates in (then, now))
    nodes = tree(pl.concat([then["code"], now["code"]]))
    parts = intervals(nodes)
    touched = beneath(nodes, changed.select("code").unique().with_columns(mark=pl.lit(0, pl.Int64)))
    asked = parts.select(pl.col("node").unique(maintain_order=True)).filter(
        pl.col("node").is_in(touched["node"].implode())
    )
    asked = asked.select(ask="node", node="node", at_ms=pl.lit(at_ms, pl.Int64))
    rows = [placed(rates, nodes) for rates in (then, now)]
    found = [pl.DataFrame(schema=DIFFERENCES)]
    for rate_type, origin in variants(pl.concat([then, now])) if changed.height else ():
        old, new = (
            chosen(each, nodes, asked, rate_type, origin).select("ask", pl.struct(*PRICED).alias("terms"))
            for each in rows
        )
        both = asked.join(old, on="ask", how="left").join(new, on="ask", how="left", suffix="_new")
        other = both.filter(_terms_of("terms").ne_missing(_terms_of("terms_new")))
        told = parts.join(other, on="node", maintain_order="left").with_columns(
            rate_type=pl.lit(rate_type), origin=pl.lit(origin), number=shared_digits("start", "end")
        )
        found.append(told.select(_columns_of_difference()))
    every = pl.concat(found)
    told_once = [name for name in DIFFERENCES if name not in ("rate_type", "origin")]
    return every.unique(told_once, keep="first", maintain_order=True).sort("start", maintain_order=True)


def beneath(nodes: pl.DataFrame, marked: pl.DataFrame) -> pl.DataFrame:
    """Return the nodes whose code is, or begins with, one that is marked: `node`, and the least `mark` of them.

    `marked`: `code` (each once) and `mark`.
    """
    marks = nodes.select("code", "parent").join(marked, on="code", how="left", maintain_order="left")
    own, least, above = marks["mark"], marks["mark"], nodes["parent"]
    while above.null_count() < above.len():
        least = pl.select(pl.min_horizontal(least, own.gather(above))).to_series()
        above = nodes["parent"].gather(above)
    return least.alias("mark").to_frame().with_row_index("node").drop_nulls()


def related(rates: pl.DataFrame, codes: pl.Series) -> pl.DataFrame:
    """Return the RATES that may count for numbers of some codes: of these, of longer ones and of those that begin them.

    Where many codes are asked for, all.
    """
    codes = codes.unique()
    if 4 * codes.len() > rates.height:
        return rates
    nodes = tree(codes)
    tops = nodes.filter(pl.col("parent").is_null())
    last = tops["start"].search_sorted(rates.select(point_of("code")).to_series(), side="right").cast(pl.Int64) - 1
    point, length = rates.select(point_of("code"), length=pl.col("code").str.len_chars())
    above = tops.select(pl.col("end", "length").gather(pl.select(pl.when(last >= 0).then(last)).to_series()))
    within = (point < above["end"]) & (length >= above["length"])
    heads = [nodes["code"].str.slice(0, length) for length in range(WIDTH)]
    begins = rates["code"].is_in(pl.concat(heads).unique().implode())
    return rates.filter(within.fill_null(False) | begins)


def shared_digits(start: str, end: str) -> pl.Expr:
    """Return the first digits that all points of [start, end) have."""
    size, first = pl.col(end) - 1, pl.col(start)
    lengths = [
        pl.when(first // 10 ** (WIDTH - digits) == size // 10 ** (WIDTH - digits)).then(digits)
        for digits in range(WIDTH, 0, -1)
    ]
    return first.cast(pl.String).str.zfill(WIDTH).str.slice(0, pl.coalesce(*lengths, 0))


def _in_force(rates: pl.DataFrame, at_ms: int) -> pl.DataFrame:
    return rates.filter(pl.col("from_ms") <= at_ms, pl.col("until_ms").is_null() | (pl.col("until_ms") > at_ms))


def _terms_of(column: str) -> pl.Expr:
    """The terms of a struct of PRICED, without the code."""
    return pl.struct([pl.col(column).struct.field(name) for name in TERMS])


def _columns_of_difference() -> list[pl.Expr]:
    own = [pl.col(name) for name in ("start", "end", "number", "rate_type", "origin")]
    old = [pl.col("terms").struct.field(name).alias(f"old_{name}") for name in PRICED]
    return own + old + [pl.col("terms_new").struct.field(name).alias(f"new_{name}") for name in PRICED]
