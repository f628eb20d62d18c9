"""What our sell plans leak once a sheet is in force: prices below cost, and codes cut coarser than those we buy by."""

import polars as pl

from domain.sheet_frames import callers
from domain.sheet_frames.case import Case
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.traffic import placed
from domain.sheet_frames.columns import LEAKS
from domain.sheet_frames.notice import UNCHANGED
from domain.sheet_frames.price_pairs import PAIR, VARIANT, WHEN, enough, least_percent, price_pairs
from domain.sheets.leaking import Leaking

LISTED = 1_000
"""So many codes that are sold above cost are listed, most money first; the others are added up."""
_MINUTE_MS = 60_000
_WORST = {kind.value: rank for rank, kind in enumerate(Leaking)}


def leaks(case: Case) -> pl.DataFrame:
    """Return LEAKS once all of a sheet is in force: most money first, those without calls last, then what is summed."""
    now_ms = case.contract.now_ms
    latest = case.comparison.changes["from_ms"].max()
    at_ms = max(now_ms, latest) if isinstance(latest, int) else now_ms
    look = Look(case)
    found = [pl.DataFrame(schema=LEAKS)]
    for plan in sorted(case.sells):
        money = _money(look, plan, at_ms)
        rows = price_pairs(case, plan, at_ms, money.select(PAIR).unique())
        if rows.height:
            rows = _by_pair(_with_money(look, rows, money))
            rows = rows.with_columns(plan=pl.lit(plan), from_ms=_begins(case, rows), codes=1, counted_ms=pl.lit(now_ms))
            found.append(rows.select(pl.col(name).cast(kind) for name, kind in LEAKS.items()))
    return _bounded(pl.concat(found))


def _bounded(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort, and add up what is sold above cost and comes after LISTED of its kind."""
    order = [pl.col("kind").replace_strict(_WORST), "plan", "code"]
    rows = rows.sort("leak", "minute", *order, descending=[True, True, False, False, False])
    above = pl.col("kind") != Leaking.LOSS.value
    over = above & (above.cast(pl.UInt32).cum_sum() > LISTED)
    rest = rows.filter(over)
    if not rest.height:
        return rows
    summed = rest.select(pl.col("talk_ms", "leak", "codes").sum(), pl.col("from_ms", "counted_ms").min())
    summed = summed.with_columns(kind=pl.lit(Leaking.MORE.value), plan=pl.lit(""), code=pl.lit(""))
    return pl.concat([rows.filter(~over), summed.cast({"codes": pl.UInt32})], how="diagonal")


def _with_money(look: Look, rows: pl.DataFrame, money: pl.DataFrame) -> pl.DataFrame:
    """Add `talk_ms` and `leak` of a week. Of what is sold above cost it is what its calls bring less than at the rest's
    margin, or than at the least, whichever is more."""
    rows = rows.join(money, on=[*PAIR, *WHEN], how="left", maintain_order="left")
    cost, sale = pl.col("new_cost"), pl.col("sell_cost")
    apart = cost * pl.col("apart") // pl.max_horizontal("buy_price", 1)
    lacks = enough(cost, least_percent(look.case)) - sale
    is_loss = pl.col("kind") == Leaking.LOSS.value
    leak = pl.when(is_loss).then(cost - sale).otherwise(pl.max_horizontal(apart, lacks))
    days = max(look.case.contract.terms.traffic_days, 1)
    return rows.with_columns(
        talk_ms=(pl.col("talk_ms") * 7 // days).fill_null(0),
        leak=look.traffic.weekly(pl.max_horizontal(leak, 0)).fill_null(0),
    )


def _by_pair(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per PAIR, of its worst kind: see LEAKS."""
    rank = pl.col("kind").replace_strict(_WORST)
    rows = rows.filter(rank == rank.min().over(PAIR))
    rates = rows.group_by(*PAIR, *VARIANT).agg(pl.col("buy_price", "proposed").max()).sort(*VARIANT)
    rates = rates.group_by(PAIR).agg(rates=pl.struct(*VARIANT, "buy_price", "proposed"))
    order = ["gap", *VARIANT, "buy_code"]
    rows = rows.with_columns(proposed=pl.col("proposed").max().over(*PAIR, *VARIANT))
    rows = rows.sort(order, descending=[True, False, False, False])
    hours = rows.group_by(*PAIR, "sold_for", "bought_for", maintain_order=True).agg(
        pl.col("sell_price", "buy_price", "week_ms").first(),
        pl.col("proposed").max(),
        pl.col("talk_ms", "leak").sum(),
    )
    hours = hours.sort("sold_for", "bought_for").group_by(PAIR).agg(
        hours=pl.struct("sold_for", "bought_for", "week_ms", "sell_price", "buy_price", "proposed", "talk_ms", "leak")
    )  # fmt: skip
    sums = rows.group_by(PAIR).agg(pl.col("talk_ms", "leak").sum().name.prefix("sum_"), minute=_minute())
    worst = rows.unique(PAIR, keep="first", maintain_order=True)
    for more in (rates, hours, sums):
        worst = worst.join(more, on=PAIR, how="left", maintain_order="left")
    return worst.with_columns(talk_ms="sum_talk_ms", leak="sum_leak")


def _minute() -> pl.Expr:
    """What a minute leaks: by its calls, else by how much of a week each hour is; if no week has it, by the worst."""
    leak, talk_ms, week_ms = (pl.col(name).sum().cast(pl.Int128) for name in ("leak", "talk_ms", "week_ms"))
    weighted = (pl.col("gap").cast(pl.Int128) * pl.col("week_ms")).sum()
    return (
        pl.when((talk_ms > 0) & (leak > 0)).then(leak * _MINUTE_MS // talk_ms)
        .when(week_ms > 0).then(weighted // week_ms)
        .otherwise(pl.col("gap").max())
    )  # fmt: skip


def _begins(case: Case, rows: pl.DataFrame) -> pl.Series:
    """From when each is so: the change of the code that is bought, now where there is none ahead."""
    ahead = case.comparison.changes.filter(pl.col("kind") != UNCHANGED)
    first = ahead.group_by("code").agg(pl.col("from_ms").min())
    found = rows.select(code="buy_code").join(first, on="code", how="left", maintain_order="left")["from_ms"]
    return found.fill_null(case.contract.now_ms).clip(case.contract.now_ms).alias("from_ms")


def _money(look: Look, plan: str, at_ms: int) -> pl.DataFrame:
    """By PAIR and WHEN: `talk_ms`, `new_cost` and `sell_cost` of the days that count."""
    case = look.case
    met = look.traffic.week.with_columns(pl.lit(at_ms, pl.Int64).alias("at_ms"))
    met = look.cost(placed(met, callers.after(case), "new"))
    met = look.sold(met, plan).filter(pl.col("new_cost").is_not_null(), pl.col("sell_cost").is_not_null())
    longer = pl.col("new_code").str.len_chars() > pl.col("sell_code").str.len_chars()
    types = look.traffic.types(plan)
    met = met.with_columns(
        code=pl.when(longer).then("new_code").otherwise("sell_code"),
        bought_for="wanted",
        sold_for=met["wanted"] if types is None else types.gather(met["hour"]),
    )
    return met.group_by(*PAIR, *WHEN).agg(pl.col("talk_ms", "new_cost", "sell_cost").sum())
