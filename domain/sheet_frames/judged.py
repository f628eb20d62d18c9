"""What a line is beside what the plan knows: new, an increase, a decrease, unchanged, a closing, a blocking."""

import polars as pl

from domain.points import OPEN_MS
from domain.rates import Unit
from domain.sheet_frames.columns import KEY, TERMS
from domain.sheet_frames.costs import by_terms, increases
from domain.sheet_frames.function import priced
from domain.sheet_frames.notice import BLOCKED, CLOSED, DECREASE, INCREASE, NEW, UNCHANGED
from domain.sheet_frames.outcome import PUTS, lay, turns

_KEYS = list(KEY)
_SAYS = [*TERMS, "blocked"]
_OLD = [f"old_{name}" for name in _SAYS]


def judged(lines: pl.DataFrame, rates: pl.DataFrame, unit: Unit, received_ms: int) -> pl.DataFrame:
    """Return SAID lines with `kind`, `worse_terms` and the old terms; `from_ms` is from when they change something.

    A line is compared with the rate of its code in force when it begins, one of an earlier line of the sheet included.
    What says for a while what is known already begins where it says something else: at a pending rate that it
    replaces. Sheets repeat since when a rate has held: where the plan knows nothing of the code before its first rate,
    and that has begun by the receipt, a line that says the same from earlier on says nothing. Where the code has no
    rate in force the old terms are those that its numbers have; none where that is no route.
    """
    pieces = rates.join(lines, on=_KEYS, how="semi", maintain_order="left")
    pieces = pieces.with_columns(pl.col("until_ms").fill_null(OPEN_MS))
    parts = turns(lines)
    told: list[pl.DataFrame] = []
    for turn, following in zip(parts, [*parts[1:], None], strict=True):
        told.append(_told(turn, pieces, rates, unit, received_ms))
        if following is not None:
            puts = told[-1].filter(pl.col("kind") != UNCHANGED).join(following, on=_KEYS, how="semi").select(*PUTS)
            pieces = lay(pieces.join(following, on=_KEYS, how="semi", maintain_order="left"), puts)
    return pl.concat(told).sort("line")


def _told(lines: pl.DataFrame, pieces: pl.DataFrame, rates: pl.DataFrame, unit: Unit, received_ms: int) -> pl.DataFrame:
    met = _from_its_difference(lines, _runs(pieces), received_ms)
    pending = lines.filter("closed").join(pieces, on=_KEYS, suffix="_known")
    to_follow = pending.filter(pl.col("from_ms_known") > pl.col("from_ms"))["line"].unique()
    ends = pl.col("known") | pl.col("line").is_in(to_follow.implode())
    open_before = pl.col("known") & ~pl.col("old_blocked")
    kind = (
        pl.when(pl.col("same") | pl.col("stays") | (pl.col("closed") & ~ends)).then(pl.lit(UNCHANGED))
        .when("closed").then(pl.lit(CLOSED))
        .when("blocked").then(pl.lit(BLOCKED))
        .when(~open_before).then(pl.lit(NEW))
        .when(increases(unit, "old_", "")).then(pl.lit(INCREASE))
        .otherwise(pl.lit(DECREASE))
    )  # fmt: skip
    met = met.with_columns(
        kind.alias("kind"),
        *(pl.when(open_before).then(f"old_{name}").alias(f"old_{name}") for name in TERMS),
        # a row that was rejected leaves what there is
        *(pl.when("stays").then(f"old_{name}").otherwise(name).alias(name) for name in TERMS),
        pl.when("stays").then(pl.col("old_blocked").fill_null(False)).otherwise("blocked").alias("blocked"),
    )
    met = _with_terms_of_numbers(met, rates)
    return met.with_columns(worse_terms=(pl.col("kind") == INCREASE) & by_terms("old_", "").fill_null(False))


def _from_its_difference(lines: pl.DataFrame, runs: pl.DataFrame, received_ms: int) -> pl.DataFrame:
    """Meet each line with the run in force when it begins; let what is the same begin where that run ends.

    `known`: there is one; `same`: it says the same for all of the line's time.
    """
    met = _meet(lines, runs)
    first = runs.unique(_KEYS, keep="first", maintain_order=True).filter(pl.col("from_ms") <= received_ms)
    early = met.filter(~pl.col("known"), ~pl.col("closed")).join(first, on=_KEYS, suffix="_first")
    alike = [pl.col(name).eq_missing(pl.col(f"{name}_first")) for name in _SAYS]
    early = early.filter(
        pl.col("from_ms_first") > pl.col("from_ms"), pl.col("from_ms_first") < pl.col("until_ms"), *alike
    )
    early = early.with_columns(from_ms="from_ms_first").select(lines.columns)
    met = _put_in(met, _meet(early, runs))
    later = met.filter(_alike() & (pl.col("run_ends") < pl.col("until_ms"))).with_columns(from_ms="run_ends")
    return _put_in(met, _meet(later.select(lines.columns), runs)).with_columns(same=_alike())


def _alike() -> pl.Expr:
    same = [pl.col(name).eq_missing(pl.col(f"old_{name}")) for name in _SAYS]
    return pl.all_horizontal(pl.col("known"), ~pl.col("closed"), *same)


def _put_in(lines: pl.DataFrame, anew: pl.DataFrame) -> pl.DataFrame:
    if not anew.height:
        return lines
    return pl.concat([lines.join(anew, on="line", how="anti", maintain_order="left"), anew])


def _meet(lines: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Add what of its code is in force when each line begins: `known`, `run_ends`, and its terms as `old_`."""
    old = dict(zip(_OLD, _SAYS, strict=True))
    rows = runs.select(*_KEYS, run_begins="from_ms", run_ends="until_ms", **old)
    found = lines.select("line", "from_ms", *_KEYS).join(rows, on=_KEYS, maintain_order="left")
    found = found.filter(pl.col("from_ms").is_between("run_begins", "run_ends", "left"))
    found = found.unique("line", keep="last", maintain_order=True).select("line", "run_ends", *_OLD)
    met = lines.join(found, on="line", how="left", maintain_order="left")
    return met.with_columns(known=pl.col("run_ends").is_not_null())


def _runs(pieces: pl.DataFrame) -> pl.DataFrame:
    """Pieces in the order in which they begin; those that follow each other with the same terms are one."""
    several = pieces.select(pl.struct(_KEYS).is_duplicated()).to_series()
    if not several.any():
        return pieces
    rows = pieces.filter(several).sort(*_KEYS, "from_ms", "id", maintain_order=True)
    alike = [pl.col(name) == pl.col(name).shift(1) for name in (*_KEYS, *_SAYS)]
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
    asked = fresh.select(pl.col("code").alias("number"), "rate_type", "origin", at_ms="from_ms")
    terms = priced(rates, asked).select(pl.col(name).alias(f"old_{name}") for name in TERMS)
    fresh = fresh.drop(terms.columns).hstack(terms).select(met.columns)
    return pl.concat([met.filter(~taking), fresh])
