"""Which origins' rates count for the callers of a frame: the columnar twin of origins.CallerGroups."""

from collections.abc import Mapping, Sequence

import polars as pl

from domain.origins import CallerGroups, Period, chain_of
from domain.points import LONGEST, OPEN_MS, SHORTEST

ORIGINS = ("first_origin", "second_origin", "third_origin")
"""The chain of a caller's group (origins.chain_of), as indices of a plan's origins; -1: no such rates, or no more."""


def origins_of(a: pl.Series, at_ms: pl.Series, callers: CallerGroups, origins: Sequence[str]) -> pl.DataFrame:
    """Return ORIGINS of each caller (as in Leg) at its moment; `origins` are those of the plan's columns."""
    changes = pl.Series(callers.changes, dtype=pl.Int64)
    period = changes.search_sorted(at_ms.fill_null(0), side="right").cast(pl.Int64).alias("period")
    asked = pl.DataFrame([a.fill_null("").alias("a"), period])
    known = asked.unique()
    told = [
        part.with_columns(_group(callers.period(callers.changes[after - 1] if after else -OPEN_MS)).alias("group"))
        for (after,), part in known.group_by("period")
    ]
    if not told:
        return pl.DataFrame(schema=dict.fromkeys(ORIGINS, pl.Int64))
    groups = asked.join(pl.concat(told), on=["a", "period"], how="left", maintain_order="left")["group"]
    chains = {group: chain_of(group) for group in groups.unique()}
    return pl.DataFrame(
        [
            groups.replace_strict(_at(place, chains, origins), return_dtype=pl.Int64).alias(name)
            for place, name in enumerate(ORIGINS)
        ]
    )


def _group(period: Period[str]) -> pl.Expr:
    """As Period.of: by the longest code that begins the caller."""
    by_length: dict[int, dict[str, str]] = {}
    for code, group in period.groups.items():
        by_length.setdefault(len(code), {})[code] = group
    a = pl.col("a")
    found = [
        a.str.slice(0, length).replace_strict(by_length[length], default=None, return_dtype=pl.String)
        for length in sorted(by_length, reverse=True)
    ]
    is_number = a.str.contains(f"^[0-9]{{{SHORTEST},{LONGEST}}}$")
    return pl.when(is_number).then(pl.coalesce(*found, pl.lit(period.rest))).otherwise(pl.lit(period.invalid))


def _at(place: int, chains: Mapping[str, Sequence[str]], origins: Sequence[str]) -> dict[str, int]:
    """The index among a plan's origins of what stands at a place of each group's chain."""
    named = {group: chain[place] for group, chain in chains.items() if place < len(chain)}
    return {group: origins.index(named[group]) if named.get(group) in origins else -1 for group in chains}
