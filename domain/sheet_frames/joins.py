"""What several tabs say together: codes by names of destinations, surcharges on prices, numbers of origin groups."""

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from domain.sheet_frames.cells import FAULTS, faults_of, read_each
from domain.sheet_frames.columns import ORIGINS, empty
from domain.sheet_frames.decided import Decided
from domain.sheet_frames.row_codes import name_key, read_names, read_row_codes
from domain.sheet_frames.row_terms import Columns, read_marks
from domain.sheet_frames.tab_rows import TabRows
from domain.sheets.findings import Check
from domain.sheets.headings import Meaning
from domain.sheets.origin_names import origin_name


def codes_by_name(
    tabs: Sequence[TabRows], decided: Decided, priced: Sequence[TabRows]
) -> tuple[dict[str, list[str]] | None, dict[str, pl.DataFrame]]:
    """Return the codes of each destination by name_key, None where no tab lists any; and FAULTS by tab.

    A destination is found by its whole name ("Kenya Mobile Safaricom" of three columns), or by its own alone where no
    other has it. Without a tab of codes, `priced` tabs that hold codes say those of the others.
    """
    listed = tabs or [tab for tab in priced if tab.has(Meaning.CODE, Meaning.CODE_FROM)]
    if not tabs and len(listed) == len(priced):
        return None, {}
    whole: dict[str, dict[str, None]] = defaultdict(dict)
    alone: dict[str, set[str]] = defaultdict(set)
    faults: dict[str, pl.DataFrame] = {}
    for tab in listed:
        out = Columns()
        read_marks(tab, out)
        read_names(tab, out)
        read_row_codes(tab, decided, None, out)
        if tab in tabs:
            faults[tab.name] = pl.concat([empty(FAULTS), *out.faults])
        named = pl.DataFrame([out.of["name"], tab.texts(Meaning.DESTINATION).alias("alone"), out.of["codes"]])
        named = named.filter(~out.of["closed"] & pl.col("codes").is_not_null() & (pl.col("name") != ""))
        gathered = named.group_by("name", "alone", maintain_order=True).agg(pl.col("codes").explode())
        for name, own, codes in gathered.iter_rows():
            whole[name_key(name)].update(dict.fromkeys(codes))
            alone[name_key(own)].add(name_key(name))
    shorter = {own: whole[next(iter(names))] for own, names in alone.items() if len(names) == 1 and own not in whole}
    return {name: list(codes) for name, codes in (whole | shorter).items() if name}, faults


def origin_groups(tabs: Sequence[TabRows], decided: Decided) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Return ORIGINS, sorted, from the tabs that list the numbers of groups; and FAULTS by tab."""
    found = [empty(ORIGINS)]
    faults: dict[str, pl.DataFrame] = {}
    for tab in tabs:
        out = Columns()
        read_names(tab, out)
        read_row_codes(tab, decided, None, out)
        named = tab.texts(Meaning.ORIGIN).alias("text").to_frame()
        groups = read_each(named, {"origin": pl.String}, lambda text: (origin_name(text),))["origin"]
        unnamed = pl.select(pl.when(groups == "").then(pl.lit("no origin group"))).to_series()
        told = faults_of(tab.cells["row"], groups, unnamed, tab.heading(Meaning.ORIGIN), Check.BAD_CODE.value)
        faults[tab.name] = pl.concat([empty(FAULTS), *out.faults, told])
        rows = pl.DataFrame([groups, out.of["codes"].alias("code")])
        found.append(rows.filter((groups != "") & pl.col("code").is_not_null()).explode("code"))
    return pl.concat(found).unique().sort("origin", "code"), faults


def with_surcharges(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add to surcharges the price of any caller for the same code and rate type, the last that begins by then.

    Returns all lines, and those that find none. Takes row_lines.PARTS.
    """
    extra = lines.filter(pl.col("adds"))
    if extra.is_empty():
        return lines, lines.clear()
    keys = ["code", "rate_type"]
    base = lines.filter(~pl.col("adds") & (pl.col("origin") == "") & ~pl.col("closed"))
    base = base.select(*keys, "from_ms", first="first_price", next="next_price").sort("from_ms", *keys, "first", "next")
    numbered = extra.with_row_index("at").sort("from_ms", maintain_order=True)
    found = numbered.join_asof(base, on="from_ms", by=keys, strategy="backward", check_sortedness=False).sort("at")
    lost = found["first"].is_null() & ~extra["closed"] & ~extra["blocked"]
    base_prices = found.select(pl.col("first", "next").fill_null(0))  # a blocked one needs none
    added = extra.with_columns(
        first_price=pl.col("first_price") + base_prices["first"], next_price=pl.col("next_price") + base_prices["next"]
    )
    kept = pl.concat([lines.filter(~pl.col("adds")), added.filter(~lost)])
    return kept.sort("row", "place", maintain_order=True), extra.filter(lost)


def for_all_codes(general: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines for each code of `lines` for any caller, from those of `general` that name none (their code is "").

    Each begins when both have begun. Takes and returns row_lines.PARTS.
    """
    usual = lines.filter((pl.col("origin") == "") & ~pl.col("closed")).select(
        "code", "name", "rate_type", usual_from="from_ms"
    )
    usual = usual.unique(["code", "rate_type", "usual_from"], keep="first", maintain_order=True)
    wide = general.drop("code", "name").join(usual, on="rate_type", how="inner", maintain_order="left_right")
    return wide.with_columns(from_ms=pl.max_horizontal("from_ms", "usual_from")).select(general.columns)
