"""What a line is beside what the plan knows: new, an increase, a decrease, unchanged, a closing, a blocking."""

import polars as pl

from domain.points import OPEN_MS
from domain.rates import Unit
from domain.sheet_frames.columns import TERMS
from domain.sheet_frames.costs import by_terms, increases
from domain.sheet_frames.function import priced, related
from domain.sheet_frames.keys import of_several
from domain.sheet_frames.notice import BLOCKED, CLOSED, DECREASE, INCREASE, NEW, UNCHANGED
from domain.sheet_frames.timelines import apart

_SAYS = [*TERMS, "blocked"]
_OLD = [f"old_{name}" for name in _SAYS]


def judged(lines: pl.DataFrame, rates: pl.DataFrame, unit: Unit, received_ms: int) -> pl.DataFrame:
    """Return SAID lines with `kind`, `worse_terms` and the old terms; `from_ms` is from when they change something,
    `asked_ms` from when they were to.

    A line is compared with the rate that its code would have when it begins, were it not for the sheet. What says for
    a while what is known already begins where it says something else: at a pending rate that it replaces. Sheets repeat
    since when a rate has held: where the plan knows nothing of the code before its first rate, and that has begun by
    the receipt, a line that says the same from earlier on says nothing. Where the code has no rate in force the old
    terms are those that its numbers have; none where that is no route.
    """
    lines = apart(lines).with_row_index("part").with_columns(asked_ms="from_ms")
    own = rates.filter(pl.col("key").is_in(lines["key"].implode()))
    pieces = own.with_columns(pl.col("until_ms").fill_null(OPEN_MS))
    met = _from_its_difference(lines, _runs(pieces), received_ms)
    open_before = pl.col("known") & ~pl.col("old_blocked")
    idle = pl.col("same") | pl.col("stays") | (pl.col("closed") & ~pl.col("part").is_in(_ending(lines, pieces)))
    kind = (
        pl.when(idle).then(pl.lit(UNCHANGED))
        .when("closed").then(pl.lit(CLOSED))
        .when("blocked").then(pl.lit(BLOCKED))
        .when(~open_before).then(pl.lit(NEW))
        .when(increases(met, unit, "old_", "")).then(pl.lit(INCREASE))
        .otherwise(pl.lit(DECREASE))
    )  # fmt: skip
    # a row that was rejected leaves what there is
    stays = met["stays"].any()
    met = met.with_columns(
        kind.alias("kind"),
        *(pl.when(open_before).then(f"old_{name}").alias(f"old_{name}") for name in TERMS),
        *(pl.when("stays").then(f"old_{name}").otherwise(name).alias(name) for name in _SAYS if stays),
    ).with_columns(pl.col("blocked").fill_null(False))
    met = _with_terms_of_numbers(met, rates).with_columns(
        from_ms=pl.when(pl.col("kind") == UNCHANGED).then("asked_ms").otherwise("from_ms"),
        asked_ms=pl.when(~pl.col("stays")).then("asked_ms"),
        worse_terms=(pl.col("kind") == INCREASE) & by_terms("old_", "").fill_null(False),
    )
    return met.sort("line", "from_ms").drop("part")


def _ending(lines: pl.DataFrame, pieces: pl.DataFrame) -> pl.Series:
    """The parts of closings that have something to close."""
    closings = lines.filter("closed").select("part", "key", closed_ms="from_ms", open_ms="until_ms")
    met = closings.join(pieces, on="key")
    met = met.filter(pl.col("until_ms") > pl.col("closed_ms"), pl.col("from_ms") < pl.col("open_ms"))
    return met["part"].unique().implode()


def _from_its_difference(lines: pl.DataFrame, runs: pl.DataFrame, received_ms: int) -> pl.DataFrame:
    """Meet each line with the run in force when it begins; let what is the same begin where that run ends.

    `known`: there is one; `same`: it says the same for all of the line's time.
    """
    met = _meet(lines, runs)
    fresh = met.filter(~pl.col("known"), ~pl.col("closed"))
    if fresh.height:
        met = _put_in(met, _of_before(fresh, runs, received_ms).select(lines.columns), runs)
    later = met.filter(_alike() & (pl.col("run_ends") < pl.col("until_ms"))).with_columns(from_ms="run_ends")
    return _put_in(met, later.select(lines.columns), runs).with_columns(same=_alike())


def _of_before(fresh: pl.DataFrame, runs: pl.DataFrame, received_ms: int) -> pl.DataFrame:
    """Let lines that say what their code's first run says, which has begun by the receipt, begin with it."""
    first = runs.filter(pl.col("key").is_in(fresh["key"].implode())).sort("from_ms", maintain_order=True)
    first = first.unique("key", keep="first", maintain_order=True).filter(pl.col("from_ms") <= received_ms)
    early = fresh.join(first.select("key", "from_ms", *_SAYS), on="key", suffix="_first")
    alike = [pl.col(name).eq_missing(pl.col(f"{name}_first")) for name in _SAYS]
    begun = pl.col("from_ms_first")
    early = early.filter(begun > pl.col("from_ms"), begun < pl.col("until_ms"), *alike)
    return early.with_columns(from_ms=begun)


def _alike() -> pl.Expr:
    same = [pl.col(name).eq_missing(pl.col(f"old_{name}")) for name in _SAYS]
    return pl.all_horizontal(pl.col("known"), ~pl.col("closed"), *same)


def _put_in(met: pl.DataFrame, anew: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Let lines meet the runs anew that begin at another moment than they did."""
    if not anew.height:
        return met
    return pl.concat([met.filter(~pl.col("part").is_in(anew["part"].implode())), _meet(anew, runs)])


def _meet(lines: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Add what of its code is in force when each line begins: `known`, `run_ends`, and its terms as `old_`."""
    runs = runs.with_row_index("run")
    found = lines.select("part", "from_ms", "key").join(
        runs.select("run", "key", run_begins="from_ms", run_ends="until_ms"), on="key"
    )
    found = found.filter(pl.col("from_ms").is_between("run_begins", "run_ends", "left"))
    # two in force at once are against the law of a plan: the one that began last
    found = (
        found.sort("run_begins", "run").unique("part", keep="last") if found["part"].is_duplicated().any() else found
    )
    met = lines.join(found.select("part", "run"), on="part", how="left", maintain_order="left")
    old = runs.select(run_ends="until_ms", **dict(zip(_OLD, _SAYS, strict=True)))
    met = met.hstack(old.select(pl.all().gather(met["run"]))).drop("run")
    return met.with_columns(known=pl.col("run_ends").is_not_null())


def _runs(pieces: pl.DataFrame) -> pl.DataFrame:
    """Pieces in the order in which they begin; those that follow each other with the same terms are one."""
    several = of_several(pieces)
    if not several.any():
        return pieces
    rows = pieces.filter(several).sort("key", "from_ms", "id", maintain_order=True)
    alike = [pl.col(name) == pl.col(name).shift(1) for name in ("key", *_SAYS)]
    goes_on = pl.all_horizontal(pl.col("until_ms").shift(1) == pl.col("from_ms"), *alike)
    rows = rows.with_columns(run=(~goes_on.fill_null(False)).cum_sum())
    joined = rows.group_by("run", maintain_order=True).agg(
        pl.exclude("until_ms", "run").first(), pl.col("until_ms").last()
    )
    return pl.concat([pieces.filter(~several), joined.select(pieces.columns)])


def _with_terms_of_numbers(met: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Give lines of codes that have no rate in force the terms that their numbers have: those of a shorter code."""
    taking = ~pl.col("known") & pl.col("kind").is_in([NEW, BLOCKED])
    fresh = met.filter(taking)
    if not fresh.height or not rates.height:
        return met
    asked = fresh.select("rate_type", "origin", number="code", at_ms="from_ms")
    terms = priced(related(rates, asked["number"]), asked).select(pl.col(name).alias(f"old_{name}") for name in TERMS)
    fresh = fresh.drop(terms.columns).hstack(terms).select(met.columns)
    return pl.concat([met.filter(~taking), fresh])
