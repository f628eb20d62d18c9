"""The checks that reading itself makes: each rejected row is a finding of the check that rejected it."""

from collections.abc import Iterator

import polars as pl

from domain.sheet_frames.checks.found import Row, listed
from domain.sheet_frames.checks.look import Look
from domain.sheets.findings import Check, Finding


def rejected(look: Look, check: Check) -> Iterator[Finding]:
    """Yield a finding per REJECTS row of a check: the row does not go in until its cell is mended."""
    rows = look.case.reading.rejects.filter(pl.col("check") == check.value)
    # a row may have many codes: the cell is named by its column
    yield from listed(check, rows.drop("check", "code", strict=False), _say)


def _say(row: Row) -> str:
    return f"{row['reason'].rstrip('.')}. The row does not go in: {row['raw']}"
