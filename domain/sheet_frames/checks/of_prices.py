"""R17 to R23: what the prices of a sheet say."""

from collections.abc import Iterator, Mapping

import polars as pl

from domain.sheet_frames import columns
from domain.sheet_frames.checks.found import Row, listed
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.of_file import unit_change
from domain.sheet_frames.checks.rejected import rejected
from domain.sheet_frames.checks.wording import named, price_text
from domain.sheets.findings import Check, Finding

_LINE = (*columns.KEY, *columns.PLACE)


def of_prices(look: Look) -> Iterator[Finding]:
    """Yield what R17 to R23 find."""
    yield from rejected(look, Check.BAD_PRICE)
    yield from _zero_or_blocked(look)
    yield from _outside_bounds(look)
    if unit_change(look) is None:  # R05 says it of all of them
        yield from _jumps(look)
    yield from _marks(look)
    yield from rejected(look, Check.BAD_INCREMENTS)
    yield from _increments(look)
    yield from _worse_terms(look)


def _zero_or_blocked(look: Look) -> Iterator[Finding]:
    lines = look.case.reading.lines
    free = lines.filter(pl.col("next_price") == 0, ~pl.col("blocked"), ~pl.col("closed"))
    barred = look.unchanged.filter(pl.col("blocked"))  # they are so already
    priced = lines.filter(pl.col("next_price") > 0, pl.col("blocked")).join(barred, on=_LINE, how="anti")
    check = Check.ZERO_OR_BLOCKED
    yield from listed(check, free, lambda row: f"{named(row)} has a price of zero: its calls would be free")
    yield from listed(check, priced, lambda row: f"{named(row)} is blocked, yet has a price of {_price(row)}", _price)


def _outside_bounds(look: Look) -> Iterator[Finding]:
    terms = look.contract.terms
    priced = look.case.comparison.changes.filter(pl.col("next_price") > 0, ~pl.col("blocked"))
    bounds = priced.with_columns(
        _bound(terms.floors, terms.floor).alias("floor"), _bound(terms.ceilings, terms.ceiling).alias("ceiling")
    )
    dear = pl.max_horizontal("first_price", "next_price") > pl.col("ceiling")
    rows = bounds.filter((pl.col("next_price") < pl.col("floor")) | dear, pl.col("row") > 0)

    def say(row: Row) -> str:
        cheap = row["next_price"] < row["floor"]
        bound = (
            f"below the floor of {price_text(row['floor'])}"
            if cheap
            else f"above the ceiling of {price_text(row['ceiling'])}"
        )
        where = f" for {row['country']}" if row["country"] in (terms.floors if cheap else terms.ceilings) else ""
        price = price_text(row["next_price"] if cheap else max(row["first_price"], row["next_price"]))
        return f"{named(row)} at {price} is {bound}{where}"

    yield from listed(Check.OUTSIDE_BOUNDS, rows, say, _price)


def _bound(by_country: Mapping[str, int], otherwise: int) -> pl.Expr:
    if not by_country:
        return pl.lit(otherwise, pl.Int64)
    return pl.col("country").replace_strict(dict(by_country), default=otherwise, return_dtype=pl.Int64)


def _jumps(look: Look) -> Iterator[Finding]:
    terms = look.contract.terms
    old, new = pl.col("old_next_price").cast(pl.Int128), pl.col("next_price").cast(pl.Int128)
    changed = look.changes.filter(pl.col("kind").is_in(["increase", "decrease"]), pl.col("old_next_price") > 0)
    up = new * 100 > old * (100 + terms.jump_up_percent)
    leap = new * 100 >= old * (100 + terms.leap_percent)
    down = new * 100 < old * (100 - terms.jump_down_percent)

    def say(row: Row) -> str:
        before, after = row["old_next_price"], row["next_price"]
        percent = (after - before) * 100 // before if after > before else (before - after) * 100 // before
        if after * 100 >= before * (100 + terms.leap_percent):
            how = f"leaps to {after * 10 // before / 10:g} times the old price"
        else:
            how = f"jumps {'up' if after > before else 'down'} by {percent} %"
        week = look.a_week(row["money"], row["talk_ms"])
        return f"{named(row)} {how}, {price_text(before)} to {price_text(after)}{week}"

    yield from listed(Check.PRICE_JUMP, changed.filter(up | leap | down), say, _price)


def _marks(look: Look) -> Iterator[Finding]:
    """R21; of a first sheet all is new, whatever it is marked as."""
    if look.is_first:
        return
    changes = pl.concat([look.changes, look.unchanged])
    same = (pl.col("status") == "blocked") & (pl.col("kind") == "unchanged") & pl.col("blocked")
    other = (pl.col("status") != "") & (pl.col("status") != pl.col("kind")) & ~same
    rows = changes.filter(other, pl.col("row") > 0).sort("id")

    def say(row: Row) -> str:
        prices = f"{price_text(row['old_next_price'])} to {price_text(row['next_price'])}"
        return f"{named(row)} is marked {row['status']}, but is {row['kind']}: {prices}"

    yield from listed(Check.MARK_CONTRADICTS, rows, say, lambda row: str(row["status"]))


def _increments(look: Look) -> Iterator[Finding]:
    """R22 of lines that went in: what the contract allows, where it names any."""
    allowed = look.contract.terms.allowed_increments
    if not allowed:
        return
    lines = look.case.reading.lines.filter(pl.col("first_s").is_not_null())
    rows = lines.filter(~pl.concat_str("first_s", pl.lit("/"), "next_s").is_in([f"{a}/{b}" for a, b in allowed]))
    names = ", ".join(f"{first}/{following}" for first, following in allowed)

    def say(row: Row) -> str:
        return f"{named(row)} has increments of {_steps(row)}; the contract allows {names}"

    yield from listed(Check.BAD_INCREMENTS, rows, say, _steps)


def _worse_terms(look: Look) -> Iterator[Finding]:
    rows = look.changes.filter(pl.col("worse_terms"))

    def say(row: Row) -> str:
        week = look.a_week(row["money"], row["talk_ms"])
        price = f"keeps its price of {_price(row)}"
        if row["old_next_price"] != row["next_price"] or row["old_first_price"] != row["first_price"]:
            price = f"is not dearer a minute, {price_text(row['old_next_price'])} to {_price(row)}"
        return f"{named(row)} {price}, but {_differences(row)}{week}"

    yield from listed(Check.WORSE_TERMS, rows, say, _steps)


def _differences(row: Row) -> str:
    old = f"{row['old_first_s']}/{row['old_next_s']}"
    parts = [f"its increments go from {old} to {_steps(row)}"] if old != _steps(row) else []
    for name in ("connect_fee", "attempt_fee", "minimum_charge", "grace_s", "free_s"):
        before, after = row[f"old_{name}"], row[name]
        if before != after:
            seconds = name.endswith("_s")
            what = f"{name[:-2]} seconds go" if seconds else f"{name.replace('_', ' ')} goes"
            prices = f"{before} to {after}" if seconds else f"{price_text(before)} to {price_text(after)}"
            parts.append(f"its {what} from {prices}")
    return " and ".join(parts)


def _price(row: Row) -> str:
    return price_text(row["next_price"])


def _steps(row: Row) -> str:
    return f"{row['first_s']}/{row['next_s']}"
