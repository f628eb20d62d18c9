"""The cells of a sheet as text: what a CSV or a PDF has in place of numbers and dates."""

from datetime import datetime

import polars as pl

from domain.days import local_ms, local_time
from domain.money import UNITS_PER_ONE
from domain.notice_frames.rows import MOMENTS, MONEY, SheetRows
from domain.notices.form import DatesAs, Field, SheetForm
from domain.notices.words import month_word

_DECIMALS = 8
_UNCLEAR = 3
_DAYS = {DatesAs.ISO: "%Y-%m-%d", DatesAs.DOTS: "%d.%m.%Y", DatesAs.DMY: "%d/%m/%Y", DatesAs.MDY: "%m/%d/%Y"}


def text_cells(sheet: SheetRows, form: SheetForm, zone: str) -> pl.DataFrame:
    """Return the columns of a sheet as texts, "" where there is nothing to say."""
    names = [one.name for one in sheet.columns]
    price = next(one for one in names if one in (Field.PRICE, Field.NEXT_PRICE))
    cells = []
    for name in names:
        column = sheet.rows[name]
        if name in MOMENTS:
            text = _moments(column, form, zone)
        elif name in MONEY:
            text = pl.select(money_text(column, form.decimals, form.decimal)).to_series()
        else:
            text = column.cast(pl.String)
        cells.append(text.fill_null("").alias(name))
    found = pl.DataFrame(cells)
    word = sheet.rows["word"]
    return found.with_columns(pl.when(word != "").then(word).otherwise(price).alias(price))


def money_text(units: pl.Series, least: int, mark: str) -> pl.Expr:
    """Write units with at least so many decimals, and as many as they need.

    Never three behind a whole number that is not 0: "1,234" could be read as thousands.
    """
    size = units.abs()
    fraction = (size % UNITS_PER_ONE).cast(pl.String).str.zfill(_DECIMALS)
    needed = fraction.str.strip_chars_end("0").str.len_chars().clip(least)
    needed = pl.select(
        pl.when((needed == _UNCLEAR) & (size >= UNITS_PER_ONE)).then(_UNCLEAR + 1).otherwise(needed)
    ).to_series()
    tail = pl.when(needed > 0).then(pl.lit(mark) + fraction.str.slice(0, needed)).otherwise(pl.lit(""))
    sign = pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.when(units.is_not_null()).then(pl.concat_str(sign, (size // UNITS_PER_ONE).cast(pl.String), tail))


def _moments(column: pl.Series, form: SheetForm, zone: str) -> pl.Series:
    said = {at_ms: moment_text(at_ms, form, zone) for at_ms in column.drop_nulls().unique()}
    return column.replace_strict(list(said), list(said.values()), default=None, return_dtype=pl.String)


def moment_text(at_ms: int, form: SheetForm, zone: str) -> str:
    """Return a moment as a form writes it; the second one of a time that comes twice says its offset from UTC."""
    local = local_time(at_ms, zone)
    if form.dates is DatesAs.WORDS:
        day = f"{local.day} {month_word(local.month, form.language)} {local.year:04d}"
    else:
        day = local.strftime(_DAYS[form.dates])
    plain = local.replace(tzinfo=None)
    clock = (
        "" if plain.time().isoformat() == "00:00:00" else f" {plain:%H:%M:%S}" if local.second else f" {plain:%H:%M}"
    )
    if not is_clear(plain, at_ms, zone):
        clock = f" {plain:%H:%M:%S} {local:%z}"
    return day + clock


def is_clear(plain: datetime, at_ms: int, zone: str) -> bool:
    """Return whether a local time says the moment by itself."""
    return local_ms(plain, zone) == at_ms
