"""What becomes of calls of the past by what was decided about them: found once for all that went and would go alike."""

from bisect import bisect_right
from collections.abc import Sequence

import polars as pl

from cluster.tasks.backtest_calls import share_of_key
from domain.backtests import NOBODY, Choice, Fate, Was, fate
from domain.ids import PartnerId

FATE = {"way": pl.String, "plan": pl.String, "way_trunk": pl.String, "ahead": pl.String, "refused": pl.String}
_WENT = ("carrier", "failed", "answered")


def fated(calls: pl.DataFrame, now: Sequence[Choice], then: Sequence[Choice] | None) -> pl.DataFrame:
    """Add to calls (`group call_key carrier failed answered`) what becomes of them: by which `way`, `plan` and
    `way_trunk` they go (null: they stay), who failed them `ahead` (joined by "|"), and why they are `refused` ("").
    `part`: which one of a split each draws.

    `now`: what is decided about each group; `then`: what decided before, None: not known.
    """
    failed = pl.col("failed").fill_null("")
    tries = pl.when(failed == "").then(0).otherwise(failed.str.count_matches("|", literal=True) + 1)
    calls = calls.with_columns(tries.alias("tries"), _part_of(calls, now).alias("part"))
    heads, known = _heads(calls, now)
    before, known_before = heads, list[Choice]()
    if then is not None:
        before, known_before = _heads(calls.with_columns(_part_of(calls, then).alias("part")), then)
    calls = calls.with_columns(heads.alias("head"), before.alias("before"))
    on = ("head", "before", *_WENT)
    alike = calls.select(on).unique()
    rows = [
        row_of(fate(was_of(*went), known[head], known_before[before] if known_before else None))
        for head, before, *went in alike.iter_rows()
    ]
    told = alike.hstack(pl.DataFrame(rows, schema=FATE, orient="row"))
    calls = calls.join(told, on=on, how="left", nulls_equal=True, maintain_order="left")
    return calls.drop("tries", "head", "before")


def _heads(calls: pl.DataFrame, choices: Sequence[Choice]) -> tuple[pl.Series, list[Choice]]:
    """Return what matters of what is decided about each call: its place in a list of all such."""
    on = ("group", "tries", "part")
    calls = calls.select(on)
    few = calls.unique()
    places: dict[Choice, int] = {}
    found = [
        places.setdefault(choices[group].part(part).head(tries), len(places)) for group, tries, part in few.iter_rows()
    ]
    told = few.with_columns(pl.Series("head", found, dtype=pl.Int64))
    return calls.join(told, on=on, how="left", maintain_order="left")["head"], list(places)


def _part_of(calls: pl.DataFrame, choices: Sequence[Choice]) -> pl.Series:
    """Return which part of a split each call draws by its key: 0 where there is none."""
    splits: dict[tuple[int, ...], int] = {}
    of_group = [splits.setdefault(choice.tickets, len(splits)) for choice in choices]
    tickets = list(splits)
    if tickets == [()]:
        return pl.Series([0], dtype=pl.Int64).new_from_index(0, calls.height)
    drawn = calls.select(
        pl.Series(of_group, dtype=pl.Int64).gather(calls["group"]).alias("split"), share_of_key(8).alias("ticket")
    )
    few = drawn.unique()
    parts = [bisect_right(tickets[split], ticket) for split, ticket in few.iter_rows()]
    told = few.with_columns(pl.Series("part", parts, dtype=pl.Int64))
    return drawn.join(told, on=("split", "ticket"), how="left", maintain_order="left")["part"]


def was_of(carrier: str | None, failed: str | None, answered: bool) -> Was:
    """Return how a call went, of its columns."""
    whose = PartnerId(carrier or NOBODY)
    failing = frozenset(PartnerId(vendor) for vendor in (failed or "").split("|")) - {NOBODY}
    return Was(whose, failing - ({whose} if answered else set()), answered)


def row_of(found: Fate) -> tuple[str | None, str | None, str | None, str, str]:
    """Return what becomes of a call, in the columns of FATE."""
    vendor, plan, trunk = found.way or (None, None, None)
    return vendor, plan, trunk, "|".join(found.ahead), found.refusal or ""
