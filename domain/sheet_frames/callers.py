"""Plans as functions of who calls, too: callers cut to stems, and the origin groups that these are in.

A caller's number is cut to the longest code of any list of the case: all lists say the same of all callers with one
stem, so a few hundred stems stand for all of them. Who has no number is of the stem NOBODY.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from domain.origins import CallerGroups, OriginCode, chain_of
from domain.points import LONGEST, SHORTEST
from domain.sheet_frames.case import Case
from domain.sheet_frames.longest import longest

NOBODY = "-"
"""The stem of what is no number."""


@dataclass(frozen=True, slots=True)
class Known:
    """A plan as it is known: RATES, and who is in which of its origin groups."""

    rates: pl.DataFrame
    callers: CallerGroups


def before(case: Case) -> Known:
    """Return the case's plan without the sheet. Groups have the same names as in `after`."""
    return Known(case.rates, CallerGroups(case.lists.before, _named(case)))


def after(case: Case) -> Known:
    """Return the case's plan with the sheet."""
    return Known(case.comparison.after, CallerGroups(case.lists.after, _named(case)))


def sold_by(case: Case, plan: str) -> Known:
    """Return a sell plan of the case."""
    rates = case.sells[plan]
    return Known(rates, CallerGroups(case.lists.sells.get(plan, ()), rates["origin"].unique().to_list()))


def bought_by(case: Case, plan: str) -> Known:
    """Return a buy plan of the case."""
    rates = case.buys[plan]
    return Known(rates, CallerGroups(case.lists.buys.get(plan, ()), rates["origin"].unique().to_list()))


def stems(callers: pl.Series, case: Case) -> pl.Series:
    """Return the stem of each caller: "" for all of them where no plan tells callers apart."""
    plans = [before(case), after(case), *(sold_by(case, plan) for plan in case.sells)]
    plans += [bought_by(case, plan) for plan in case.buys]
    if not any(set(plan.rates["origin"].unique()) - {""} for plan in plans):
        return pl.repeat("", callers.len(), dtype=pl.String, eager=True).alias("caller")
    codes = pl.Series(sorted({one.code for plan in plans for one in plan.callers.codes}), dtype=pl.String)
    cut = longest(callers, codes).fill_null("")
    is_number = callers.str.contains(rf"^[0-9]{{{SHORTEST},{LONGEST}}}$").fill_null(value=False)
    return pl.select(pl.when(is_number).then(cut).otherwise(pl.lit(NOBODY)).alias("caller")).to_series()


def groups_of(plan: Known, met: pl.DataFrame) -> pl.Series:
    """Return the group, by the plan's lists, of each row's `caller` (a stem) at its `at_ms`."""
    asked = met.select("caller", "at_ms").unique(maintain_order=True)
    told = [_group(plan.callers, caller, at_ms) for caller, at_ms in asked.iter_rows()]
    every = asked.with_columns(pl.Series("group", told, dtype=pl.String))
    return met.select("caller", "at_ms").join(every, on=["caller", "at_ms"], how="left", maintain_order="left")["group"]


def chains(groups: Iterable[str]) -> pl.DataFrame:
    """Return `group`, each `origin` whose rates count for it, and its `rank`: 0 counts before 1."""
    rows = [(group, origin, rank) for group in sorted(set(groups)) for rank, origin in enumerate(chain_of(group))]
    return pl.DataFrame(rows, schema={"group": pl.String, "origin": pl.String, "rank": pl.Int64}, orient="row")


def group_codes(*lists: Iterable[OriginCode]) -> list[str]:
    """Return every code that callers may be told apart by, and "" for those who begin with none of them."""
    return sorted({"", *(one.code for codes in lists for one in codes)})


def _group(callers: CallerGroups, caller: str, at_ms: int) -> str:
    period = callers.period(at_ms)
    return period.invalid if caller == NOBODY else period.of_digits(caller)


def _named(case: Case) -> set[str]:
    return {*case.rates["origin"].unique(), *case.comparison.after["origin"].unique()}
