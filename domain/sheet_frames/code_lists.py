"""The codes of a column of cells, expanded; most cells hold one plain code and are read in columns."""

from typing import Any

import polars as pl

from domain.errors import InputError
from domain.sheet_frames.cells import Kinds, read_each
from domain.sheets.codes import MAX_DIGITS, BadRangeError, compress, read_codes
from domain.sheets.findings import Check

__all__ = ["compress", "read_code_column", "with_ends"]

_PLAIN = rf"^[1-9][0-9]{{0,{MAX_DIGITS - 1}}}$"
_INTERNATIONAL = rf"^['’`]?(?:\+|00|011)?([1-9][0-9]{{0,{MAX_DIGITS - 1}}})(?:\.0+)?$"
_LIST = rf"^[1-9][0-9]{{0,{MAX_DIGITS - 1}}}(?:\s*[,;/|]\s*[1-9][0-9]{{0,{MAX_DIGITS - 1}}})+$"
_NATIONAL = r"^([1-9][0-9]*)?$"
_LISTED: Kinds = {"codes": pl.List(pl.String), "check": pl.String, "reason": pl.String}


def read_code_column(cells: pl.Series, leads: pl.Series | None, most: int) -> pl.DataFrame:
    """Return "codes" (List of String), "check" and "reason" (null: it is right) of each cell.

    `leads`: country codes that the cells follow, as they stand in the sheet; None: cells hold them. `most`: codes that
    one cell may stand for.
    """
    keys = {"cell": cells}
    if leads is None:
        plain = pl.coalesce(pl.when(pl.col("cell").str.contains(_PLAIN)).then("cell"), _international("cell"))
    else:
        keys["lead"] = pl.select(pl.coalesce(leads.str.extract(_INTERNATIONAL), leads)).to_series()
        whole = pl.concat_str(_international("lead"), "cell")
        plain = pl.when(whole.str.contains(_PLAIN) & pl.col("cell").str.contains(_NATIONAL)).then(whole)
    frame = pl.DataFrame(keys).with_columns(plain.alias("plain"))
    odd = frame["plain"].is_null()
    said = frame.select(pl.concat_list("plain").alias("codes"), *(_nothing(name) for name in ("check", "reason")))
    if leads is None and odd.any():
        said = said.with_columns(_plain_lists(cells, odd, said["codes"], most))
        odd = odd & said["codes"].list.get(0, null_on_oob=True).is_null()
    if not odd.any():
        return said
    read = read_each(frame.filter(odd).select(*keys), _LISTED, lambda cell, lead=None: _read(cell, lead, most))
    index = pl.select(pl.when(odd).then(odd.cast(pl.UInt32).cum_sum() - 1)).to_series()
    chosen = (pl.when(odd).then(read[name].gather(index)).otherwise(said[name]).alias(name) for name in _LISTED)
    return pl.select(*chosen)


def with_ends(codes: pl.Series, first: pl.Series, last: pl.Series) -> pl.Series:
    """Return code cells with ranges whose ends stand in columns of their own, where the cell itself is blank."""
    alone = (last == "") | (last == first)
    ranges = pl.select(pl.when(alone).then(first).otherwise(first + "-" + last)).to_series()
    return pl.select(pl.when(codes == "").then(ranges).otherwise(codes).alias("cell")).to_series()


def _read(cell: str, lead: str | None, most: int) -> tuple[Any, ...]:
    """Read a cell into its codes, else into check and reason."""
    try:
        if lead is not None and not lead.strip() and cell:
            raise InputError("no country code for the area code", mend="Write it in every row.")
        return read_codes(cell, lead or "", most), None, None
    except BadRangeError as error:
        return None, Check.BAD_RANGE.value, str(error)
    except InputError as error:
        return None, Check.BAD_CODE.value, str(error)


def _plain_lists(cells: pl.Series, odd: pl.Series, codes: pl.Series, most: int) -> pl.Series:
    """Return the codes, with those of cells that are lists of plain codes and nothing else."""
    listed = pl.select(pl.when(odd & cells.str.contains(_LIST)).then(cells)).to_series()
    if listed.null_count() == listed.len():
        return codes
    split = listed.str.replace_all(r"\s*[,;/|]\s*", ",").str.split(",").list.unique(maintain_order=True)
    taken = split.list.len().fill_null(0).is_between(1, most)
    return pl.select(pl.when(taken).then(split).otherwise(codes).alias("codes")).to_series()


def _international(cell: str) -> pl.Expr:
    return pl.col(cell).str.extract(_INTERNATIONAL)


def _nothing(name: str) -> pl.Expr:
    return pl.lit(None, pl.String).alias(name)
