"""Sheets that fire one of R17 to R23: what is wrong with prices."""

import polars as pl

from domain.sheet_frames import columns
from tests.domain.sheet_frames.fixtures import Fixture, Sheet, contract, line, plan_rates


def negative_price() -> Sheet:
    """R17."""
    return Sheet().with_lines(line("2543", "-0.0360"))


def zero_price() -> Sheet:
    """R18: a new code for nothing."""
    return Sheet().with_lines(line("276", "0"))


def blocked_with_price() -> Sheet:
    """R18: blocked in time, and a price all the same."""
    return Sheet().with_lines(line("2543", status="Blocked"))


def above_ceiling() -> Sheet:
    """R19: by little above what any call may cost."""
    return Sheet(rates=plan_rates(_2549="9.5")).with_lines(line("2549", "10.5"))


def above_ceiling_of_country() -> Sheet:
    """R19: Kenya has a ceiling of its own."""
    units = 4_500_000
    return Sheet(contract=contract(ceilings={"KE": units}))


def jump_up() -> Sheet:
    """R20: by 60 per cent, in time."""
    return Sheet().with_lines(line("2545", "0.0640"))


def jump_down() -> Sheet:
    """R20: to a third."""
    return Sheet().with_lines(line("2545", "0.0130"))


def wrong_mark() -> Sheet:
    """R21: called an increase, and is none."""
    return Sheet().with_lines(line("491", "0.0300", status="Increase"))


def zero_increments() -> Sheet:
    """R22."""
    return Sheet().with_lines(line("2543", increments="0/1"))


def forbidden_increments() -> Sheet:
    """R22: the contract allows one kind only, whatever the plan has had."""
    minute = pl.col("code") == "2543"
    rates = plan_rates().with_columns(
        pl.when(minute).then(60).otherwise(1).alias(name) for name in ("first_s", "next_s")
    )
    sheet = Sheet(
        contract=contract(allowed_increments=((1, 1),)),
        rates=rates.select(pl.col(name).cast(kind) for name, kind in columns.RATES.items()),
    )
    return sheet.with_lines(line("2543", increments="60/60"))


def worse_increments() -> Sheet:
    """R23: a whole minute at the same price, in time."""
    return Sheet().with_lines(line("2543", increments="60/60"))


FIXTURES: dict[str, Fixture] = {
    "R17": negative_price,
    "R18": zero_price,
    "R18 blocked": blocked_with_price,
    "R19": above_ceiling,
    "R19 country": above_ceiling_of_country,
    "R20": jump_up,
    "R20 down": jump_down,
    "R21": wrong_mark,
    "R22": zero_increments,
    "R22 list": forbidden_increments,
    "R23": worse_increments,
}
