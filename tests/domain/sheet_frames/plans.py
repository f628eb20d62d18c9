"""Builders of the frames that comparisons take: a plan's rates, a sheet's lines, a contract. Money is text."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from domain.money import units_of
from domain.rates import ANY_TIME
from domain.sheet_frames.case import REFERENCE, Comparison, Contract, Reading
from domain.sheet_frames.columns import LINES, RATES, REJECTS, TERMS, empty
from domain.sheet_frames.compare import compare
from domain.sheets.terms import Notice, RateTerms
from tests.domain.builders import DAY_MS, ms, rules

RECEIVED = ms(2026, 11, 2, 9, 41)
TODAY = ms(2026, 11, 2)
"""The day of receipt, UTC."""


def day(number: int) -> int:
    """A midnight so many days after the one of receipt."""
    return TODAY + number * DAY_MS


def terms(price: str | int | None = "0.01", increments: str = "1/1", **more: Any) -> dict[str, int | None]:
    if price is None:
        return dict.fromkeys(TERMS)
    units = units_of(price) if isinstance(price, str) else price
    first_s, next_s = map(int, increments.split("/"))
    values: dict[str, int | None] = dict.fromkeys(TERMS, 0)
    values |= {"first_price": units, "next_price": units, "first_s": first_s, "next_s": next_s}
    return values | {name: units_of(value) if isinstance(value, str) else value for name, value in more.items()}


def rate(code: str, price: str | int = "0.01", increments: str = "1/1", **fields: Any) -> dict[str, Any]:
    """A rate since 1970; fields are those of RATES."""
    priced = {name: fields.pop(name) for name in TERMS if name in fields}
    base = {"code": code, "rate_type": ANY_TIME, "origin": "", "from_ms": 0, "until_ms": None, "blocked": False}
    return base | terms(price, increments, **priced) | fields


def rates(*rows: dict[str, Any]) -> pl.DataFrame:
    """RATES with ids in their order."""
    return pl.DataFrame([{"id": id_} | row for id_, row in enumerate(rows, 1)], schema=RATES)


def line(code: str, price: str | int | None = "0.01", increments: str = "1/1", **fields: Any) -> dict[str, Any]:
    """A line that begins ten days after receipt; without a price it is closed."""
    priced = {name: fields.pop(name) for name in TERMS if name in fields}
    base = {
        "tab": "rates", "row": 0, "code": code, "rate_type": ANY_TIME, "origin": "", "name": "", "from_ms": day(10),
        "until_ms": None, "status": "", "closed": price is None, "blocked": False, "currency": "",
    }  # fmt: skip
    return base | terms(price, increments, **priced) | fields


def reading(*lines: dict[str, Any], rejects: Iterable[dict[str, Any]] = ()) -> Reading:
    """A sheet of these lines, one a row from the second on."""
    numbered = [one | {"row": one["row"] or number} for number, one in enumerate(lines, 2)]
    blank = {"tab": "rates", "row": 99, "column": "", "value": "", "check": "R26", "reason": "", "raw": "", "code": ""}
    rejected = pl.DataFrame([blank | one for one in rejects], schema=REJECTS)
    return Reading(pl.DataFrame(numbered, schema=LINES), rejected, len(numbered))


def contract(**fields: Any) -> Contract:
    """One with the notice of the trade, in UTC, received on 2 November 2026 at 09:41."""
    sold = {name: fields.pop(name) for name in RateTerms.__dataclass_fields__ if name in fields}
    values: dict[str, Any] = {
        "rules": rules(), "side": "buy", "terms": RateTerms(**sold), "notice": Notice(), "zone": "UTC",
        "received_ms": RECEIVED, "now_ms": RECEIVED,
    }  # fmt: skip
    return Contract(**(values | fields))


def reference(*rows: tuple[str, str]) -> pl.DataFrame:
    """A reference book of codes and their countries."""
    full = [(code, country, country, False) for code, country in rows]
    return pl.DataFrame(full, schema=REFERENCE, orient="row")


def compared(
    sheet: Reading, plan: pl.DataFrame, by: Contract | None = None, book: pl.DataFrame | None = None
) -> Comparison:
    return compare(sheet, plan, by or contract(), empty(REFERENCE) if book is None else book, lambda done, total: None)


def applied(plan: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    """The plan as it is known after a comparison, with ids for its new rows."""
    return comparison.after.with_columns(
        id=pl.coalesce("id", (plan["id"].max() or 0) + pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    )
