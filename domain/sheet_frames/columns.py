"""The frames of a sheet, column by column. No nulls unless said; moments are UTC ms; money is units of 10^-8."""

from collections.abc import Mapping

import polars as pl

MOMENT, MONEY, SECONDS = pl.Int64, pl.Int64, pl.Int32

TERMS = {
    "first_price": MONEY,  # a minute (a megabyte, an event)
    "next_price": MONEY,
    "first_s": SECONDS,
    "next_s": SECONDS,
    "connect_fee": MONEY,
    "attempt_fee": MONEY,
    "minimum_charge": MONEY,
    "grace_s": SECONDS,
    "free_s": SECONDS,
}
"""The columns of domain.rates.Terms, in its order."""

KEY = {"code": pl.String, "rate_type": pl.String, "origin": pl.String}
"""What has one rate at any instant in a plan. `rate_type` is domain.rates.ANY_TIME and `origin` "" where they matter
not."""

PLACE = {"tab": pl.String, "row": pl.UInt32}
"""Where in the file: `row` counts from 1, as spreadsheets do."""

LINES = (
    PLACE
    | KEY
    | {"name": pl.String}
    | TERMS
    | {
        "from_ms": MOMENT,
        "until_ms": MOMENT,  # null: open
        "status": pl.String,  # the sheet's own word as new, increase, decrease, unchanged, closed, blocked or ""
        "closed": pl.Boolean,  # the code ends at from_ms; its terms are null
        "blocked": pl.Boolean,
        "currency": pl.String,  # "" where the sheet says none
    }
)
"""What a sheet says: one row per code, rate type and origin of each of its rows, in its order."""

ORIGINS = {"origin": pl.String, "code": pl.String}
"""Which numbers callers of a group have: one row per group and code."""

REJECTS = PLACE | {
    "column": pl.String,  # its heading
    "value": pl.String,
    "check": pl.String,  # R09, R10, R14, R17, R22, R24 or R26
    "reason": pl.String,
    "raw": pl.String,  # the row as it came, cells joined by " | "
    "code": pl.String,  # the row's codes where they can be read, parted by blanks: a full sheet leaves them as they are
}
"""Rows that do not go in, one entry for each thing that is wrong with one."""

LEFT_OUT = PLACE | {"code": pl.String}
"""Rows that were dropped, with their codes as in REJECTS: a full sheet leaves these as they are, too."""

REST = {"code": pl.String, "ends": pl.Boolean}
"""Which codes a sheet that is full by country decides without naming them: those of which the longest of these codes
that begins them `ends`; none without one."""

RATES = (
    {"id": pl.Int64}
    | KEY
    | TERMS
    | {"from_ms": MOMENT, "until_ms": MOMENT, "blocked": pl.Boolean}  # until_ms null: open
)
"""What a plan knows now: rows of the catalog with their ids; `id` is null for rows that are yet to be written."""

CHANGES = (
    KEY
    | PLACE  # row 0: the sheet does not name it, and it is a full one
    | {
        "name": pl.String,
        "country": pl.String,  # ISO 3166 alpha-2, "" unknown
        "kind": pl.String,  # new, increase, decrease, unchanged, closed, blocked
        "status": pl.String,  # what the sheet calls it
        "from_ms": MOMENT,  # as it will be applied: after corrections
        "until_ms": MOMENT,  # null: open
        "said_ms": MOMENT,  # what the sheet said
        "asked_ms": MOMENT,  # after corrections, also where nothing changes so early; null: its row was rejected
        "earliest_ms": MOMENT,  # what the notice allows
    }
    | {f"old_{name}": kind for name, kind in TERMS.items()}  # null: nothing was in force
    | TERMS  # null: it ends
    | {
        "blocked": pl.Boolean,
        "worse_terms": pl.Boolean,  # an increase whose prices are none: by increments, fees or allowances
    }
)
"""The comparison by code, rate type and origin, at the moment that each line begins. Rows of callers who move (kind
`callers`, domain.sheet_frames.caller_moves) are shown behind those of the sheet's lines, and kept apart from them."""

IMPLICIT = {
    "check": pl.String,  # R31, R32 or R33
    "number": pl.String,  # the shortest digits that begin all the numbers meant
    "rate_type": pl.String,
    "origin": pl.String,
    "at_ms": MOMENT,  # from when
    "old_code": pl.String,
    "new_code": pl.String,
    "old_price": MONEY,  # of the next interval, a minute
    "new_price": MONEY,
    "tab": pl.String,
    "row": pl.UInt32,  # of the line that does it; 0: the sheet lacks one
}
"""Numbers that become dearer without a row that says so: the function number -> price compared, not rows."""

FINDINGS = PLACE | {
    "check": pl.String,
    "severity": pl.String,
    "column": pl.String,
    "code": pl.String,
    "value": pl.String,
    "words": pl.String,
    "money": MONEY,  # units a week, null: not known
    "key": pl.String,
    "standing": pl.String,
    "said": pl.String,
}
"""domain.sheets.findings.Finding in columns."""

_RATE = {"rate_type": pl.String, "origin": pl.String, "buy_price": MONEY, "proposed": MONEY}
_HOURS = {
    "sold_for": pl.String,
    "bought_for": pl.String,
    "week_ms": pl.Int64,  # how much of a week; 0: not known
    "sell_price": MONEY,
    "buy_price": MONEY,
    "proposed": MONEY,
    "talk_ms": pl.Int64,
    "leak": MONEY,
}
LEAKS: dict[str, pl.DataType | type[pl.DataType]] = {
    "kind": pl.String,  # domain.sheets.leaking.Leaking
    "plan": pl.String,  # of ours, that sells
    "sell_code": pl.String,
    "code": pl.String,  # that leaks: one that could be sold by itself, or the sell code
    "buy_code": pl.String,
    "rate_type": pl.String,  # of the rate that sells it
    "origin": pl.String,
    "sell_price": MONEY,  # a minute, in the bought plan's currency
    "buy_price": MONEY,
    "gap": MONEY,  # what lacks a minute
    "proposed": MONEY,
    "from_ms": MOMENT,
    "talk_ms": pl.Int64,  # of a week, where it leaks
    "leak": MONEY,  # a week
    "minute": MONEY,  # what a minute of it leaks: by its calls, else by how much of a week it does
    "rates": pl.List(pl.Struct(_RATE)),
    "hours": pl.List(pl.Struct(_HOURS)),
    "codes": pl.UInt32,
    "counted_ms": MOMENT,
}
"""Codes that a sell plan leaks money by once a sheet is in force. Prices are those of the rate with the largest gap;
`rates`: all rates of the sell code that leak there as it does, each with the most that it costs; `hours`: when, by the
rate types of both plans. The last row may stand for many `codes` (kind `more`): it has no plan, prices or lists."""

CALLS = {
    "number": pl.String,  # E.164 digits
    "caller": pl.String,  # as the leg is charged by; "" or null: none came
    "at_ms": MOMENT,
    "talk_ms": pl.Int64,
    "vendor": pl.String,  # "" for a client's leg
    "client": pl.String,  # "" for a vendor's leg
    "charge": MONEY,  # in the plan's currency
}
"""Answered legs of the last days, for what a change means in money."""


def empty(columns: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """Return a frame of these columns without rows."""
    return pl.DataFrame(schema=columns)
