"""The codes of a sheet that we send: each in its row, or those of one destination and price in one row as a list."""

import polars as pl

from domain.notices.form import CodesAs, CountryCode, SheetForm
from domain.sheets.codes import compress
from domain.sheets.contents import COUNTRY_CODES

MOST_CODES = 500
"""In one cell; a list of so many is far below what a cell of a workbook holds (32,767 characters)."""
_SERVICE = "0"
_DIGITS = "[0-9]+"


def has_own_column(codes: pl.Series, form: SheetForm) -> bool:
    """Return whether country codes stand in a column of their own: never where services are sold, that have none."""
    return form.country_code is CountryCode.OWN_COLUMN and not codes.str.starts_with(_SERVICE).any()


def with_country_codes(rows: pl.DataFrame) -> pl.DataFrame:
    """Part `code` into `country-code` and the rest.

    A code of no country, one that is part of a country code, and one whose rest begins with 0 stands whole in the
    column of country codes: a 0 before an area code is a trunk prefix to who reads it. So do all codes where the rest
    of each begins with its country code: they would be taken for whole ones.
    """
    code = pl.col("code")
    lengths = [
        pl.when(code.str.slice(0, length).is_in(sorted(COUNTRY_CODES))).then(pl.lit(length)) for length in (1, 2, 3)
    ]
    known = pl.coalesce(*lengths, code.str.len_chars())
    rest = pl.when(code.str.slice(known).str.starts_with("0")).then(pl.lit("")).otherwise(code.str.slice(known))
    parted = rows.with_columns(rest.alias("rest"), lead=code.str.head(code.str.len_chars() - rest.str.len_chars()))
    twice = parted.select(((pl.col("rest") == "") | pl.col("rest").str.starts_with(pl.col("lead"))).all()).item()
    if twice:
        return rows.with_columns(code.alias("country-code"), code=pl.lit(""))
    return parted.drop("code").rename({"rest": "code", "lead": "country-code"})


def shown_codes(rows: pl.DataFrame, form: SheetForm) -> pl.DataFrame:
    """Return rows as a form shows their codes: `code`, and `country-code` where that is a column.

    Rows that differ by their code alone become one, where the form lists codes; `first` is its first code. No list is
    longer than MOST_CODES.
    """
    rows = rows.with_columns(first="code")
    own = has_own_column(rows["code"], form)
    rows = with_country_codes(rows) if own else rows
    if form.codes is not CodesAs.ROWS:
        rows = _listed(rows, ranged=form.codes is CodesAs.RANGED)
    if not form.lead:
        return rows
    if own:
        return rows.with_columns((pl.lit(form.lead) + pl.col("country-code")).alias("country-code"))
    each = pl.col("code").str.replace_all(_DIGITS, f"{form.lead}${{0}}")
    return rows.with_columns(code=pl.when(pl.col("code").str.starts_with(_SERVICE)).then("code").otherwise(each))


def _listed(rows: pl.DataFrame, *, ranged: bool) -> pl.DataFrame:
    """Put together rows that differ by their code alone; a service's code and a country as such stay alone."""
    alone = (pl.col("code") == "") | pl.col("code").str.starts_with(_SERVICE)
    rows = rows.with_columns(alone=pl.when(alone).then("first").otherwise(pl.lit(""))).sort("first")
    by = [name for name in rows.columns if name not in ("code", "first")]
    rows = rows.with_columns(part=(pl.int_range(pl.len()) // MOST_CODES).over(by))
    found = rows.group_by(*by, "part", maintain_order=True).agg(pl.col("first").first(), pl.col("code"))
    write = compress if ranged else ", ".join
    texts = pl.Series("code", [codes[0] if len(codes) == 1 else write(codes) for codes in found["code"].to_list()])
    return found.with_columns(texts.cast(pl.String)).drop("part", "alone")
