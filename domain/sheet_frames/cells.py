"""Reading columns of text: each different text is read once, however often it stands there."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from domain.errors import InputError

Kinds = Mapping[str, pl.DataType | type[pl.DataType]]

FAULTS = {
    "row": pl.UInt32,
    "column": pl.String,
    "value": pl.String,
    "check": pl.String,
    "reason": pl.String,
}
"""What is wrong with which cell: REJECTS of one tab before their rows are added."""


def read_each(keys: pl.DataFrame, kinds: Kinds, read: Callable[..., tuple[Any, ...]]) -> pl.DataFrame:
    """Return the columns `kinds` and "fault", row for row of `keys`, whose different rows are read once each.

    `read` gets the values of one row. Where it raises InputError the columns are null, and the fault is its words.
    """
    distinct = keys.unique()
    values: list[tuple[Any, ...]] = []
    nothing = (None,) * len(kinds)
    for key in distinct.iter_rows():
        try:
            values.append((*read(*key), None))
        except InputError as error:
            values.append((*nothing, str(error)))
    columns = zip(*values, strict=True) if values else [()] * (len(kinds) + 1)
    schema = {**kinds, "fault": pl.String}
    table = pl.DataFrame(
        [pl.Series(name, list(column), kind) for (name, kind), column in zip(schema.items(), columns, strict=True)]
    )
    if distinct.height == 1:
        return pl.DataFrame([column.new_from_index(0, keys.height) for column in table.get_columns()])
    found = keys.join(
        pl.concat([distinct, table], how="horizontal"), on=keys.columns, how="left", maintain_order="left"
    )
    return found.select(list(schema))


def faults_of(rows: pl.Series, texts: pl.Series, faults: pl.Series, column: str, check: str) -> pl.DataFrame:
    """Return FAULTS of one column, where `faults` is not null."""
    wrong = faults.is_not_null()
    return pl.DataFrame(
        {"row": rows.filter(wrong), "value": texts.filter(wrong), "reason": faults.filter(wrong)},
        schema={"row": pl.UInt32, "value": pl.String, "reason": pl.String},
    ).select("row", pl.lit(column).alias("column"), "value", pl.lit(check).alias("check"), "reason")
