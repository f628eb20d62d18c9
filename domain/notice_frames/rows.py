"""The rows of a sheet that we send: which there are, and what they say by field, before any kind of file."""

from dataclasses import dataclass

import polars as pl

from domain.notice_frames.marks import Marks, Telling, fresh
from domain.notice_frames.row_codes import has_own_column, shown_codes
from domain.notices.form import Field, OrderBy, Scope, SheetForm
from domain.notices.form_fields import column_of
from domain.notices.words import COUNTRY_CODE, NEXT, heading, status_word, zoned
from domain.points import OPEN_MS
from domain.rates import ANY_TIME, Unit
from domain.sheet_frames.notice import BLOCKED, CLOSED, UNCHANGED

MONEY = (
    Field.PRICE, Field.FIRST_PRICE, Field.NEXT_PRICE, Field.CONNECT_FEE, Field.ATTEMPT_FEE, Field.MINIMUM,
    Field.PREVIOUS, Field.DIFFERENCE,
)  # fmt: skip
"""Fields that are units of 10^-8, null where there is nothing to say."""
WHOLE = (Field.FIRST_S, Field.NEXT_S, Field.GRACE_S, Field.FREE_S)
"""Fields that are whole numbers, null where there is nothing to say."""
MOMENTS = (Field.FROM, Field.UNTIL)
"""Fields that are UTC ms, null where there is nothing to say; all others are texts."""
UTC = "UTC"
_ALWAYS = (Field.CODE, Field.DESTINATION, Field.PRICE, Field.INCREMENTS, Field.FROM)
_USUAL = (
    Field.CODE, Field.DESTINATION, Field.RATE_TYPE, Field.ORIGIN, Field.FIRST_PRICE, Field.PRICE, Field.INCREMENTS,
    Field.CONNECT_FEE, Field.ATTEMPT_FEE, Field.MINIMUM, Field.GRACE_S, Field.FREE_S, Field.FROM, Field.STATUS,
    Field.PREVIOUS, Field.DIFFERENCE,
)  # fmt: skip
_NEEDED = (Field.RATE_TYPE, Field.ORIGIN, Field.FIRST_PRICE)
"""Without these rates of one code could not be told apart, or would be others: where one has them they are put in."""
_FEES = {Field.CONNECT_FEE: "connect_fee", Field.ATTEMPT_FEE: "attempt_fee", Field.MINIMUM: "minimum_charge",
         Field.GRACE_S: "grace_s", Field.FREE_S: "free_s"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet: its name in the rows (a Field, or words.COUNTRY_CODE) and its heading."""

    name: str
    heading: str


@dataclass(frozen=True, slots=True)
class SheetRows:
    """What a sheet says: its columns in order, and rows with a column for each of them and `word`, what stands in place
    of a price where no column has marks: of what is closed or blocked."""

    columns: tuple[SheetColumn, ...]
    rows: pl.DataFrame


def sheet_rows(
    marks: Marks,
    form: SheetForm,
    telling: Telling,
    reference: pl.DataFrame,
    currency: str,
    plan_zone: str = UTC,
) -> SheetRows:
    """Return the rows of a sheet in the form's order. `reference`: `code`, `name` and `country` of all codes.

    What holds already and was told, or takes back nothing that was, begins with the sheet's day: since when it has held
    matters no more. What is otherwise than was told begins when it does, be it in the past. Headings, a form's own
    too, name the zone of dates unless that and `plan_zone`, in which dates of the plan's sheets are read, are UTC.
    """
    day_ms = telling.day_ms(form.zone)
    rows = _dated(_chosen(marks, form), day_ms, marks)
    rows = rows.join(reference.select("code", "name", "country"), on="code", how="left", maintain_order="left")
    said = _said(rows, marks, form, currency)
    columns = _columns(said, form, currency, telling, plan_zone)
    names = [one.name for one in columns if one.name != COUNTRY_CODE]
    marked = Field.STATUS in names
    word = pl.lit("") if marked else pl.when(pl.col("mark").is_in([CLOSED, BLOCKED])).then(pl.col(Field.STATUS))
    said = said.with_columns(word.fill_null("").alias("word"))
    shown = shown_codes(said.select(*dict.fromkeys([Field.CODE, *names, *_ORDER, "word"])), form)
    first = ["first"] if form.order is OrderBy.CODE else [Field.DESTINATION, "first"]
    ordered = shown.sort(*first, *_ORDER[1:], maintain_order=True)
    return SheetRows(columns, ordered.select(*(one.name for one in columns), "word"))


def _chosen(marks: Marks, form: SheetForm) -> pl.DataFrame:
    """Return the lines to write, with their change: all, or those of a key from its first change on.

    What follows a change is said too, though it was told before: who reads the change alone would replace it. A code
    that closes for any time and caller is read as closed whole, so that its other rates are said with it.
    """
    changes = marks.changes.select("line", "kind", "old_next_price", changed_ms="from_ms")
    lines = marks.lines.join(changes, on="line", how="left", maintain_order="left")
    if form.scope is Scope.FULL:
        return lines
    real = pl.col("kind").is_not_null() & (pl.col("kind") != UNCHANGED)
    begun = pl.when(real).then("changed_ms").min().over("key")
    lines = lines.with_columns(since_ms=begun)
    whole = lines.filter(real, pl.col("closed"), pl.col("rate_type") == ANY_TIME, pl.col("origin") == "")["code"]
    kept = (pl.col("from_ms") >= pl.col("since_ms")) | real | pl.col("code").is_in(whole.implode())
    return lines.filter(kept.fill_null(value=False)).drop("since_ms")


def _dated(lines: pl.DataFrame, day_ms: int, marks: Marks) -> pl.DataFrame:
    """Put `from_ms` as the sheet says it; `until_ms` is null unless nothing follows."""
    day, said = pl.lit(day_ms), pl.col("from_ms")
    stays = fresh(marks) | pl.col("kind").is_null() | (pl.col("kind") == UNCHANGED)
    latest = pl.when(stays).then(day).otherwise(pl.min_horizontal(day, "changed_ms"))
    goes_on = pl.col("from_ms").shift(-1).over("key") == pl.col("until_ms")
    ends = pl.when(~goes_on.fill_null(value=False) & (pl.col("until_ms") < OPEN_MS)).then("until_ms")
    follows = ends.is_null() | pl.col("closed")
    return lines.with_columns(
        pl.max_horizontal(said, latest).alias("from_ms"),
        pl.when(~follows).then(ends).alias("until_ms"),
    )


def _said(rows: pl.DataFrame, marks: Marks, form: SheetForm, currency: str) -> pl.DataFrame:
    """Return what each row says in every field, and its `mark`."""
    mark = (
        pl.when("closed").then(pl.lit(CLOSED)).when("blocked").then(pl.lit(BLOCKED))
        .when(pl.lit(marks.begun)).then(pl.lit("")).otherwise(pl.col("kind").fill_null(UNCHANGED))
    )  # fmt: skip
    rows = rows.with_columns(mark.alias("mark"), moved=pl.col("kind").is_not_null() & (pl.col("kind") != UNCHANGED))
    priced = ~pl.col("closed") & ~(pl.col("blocked") & (pl.col("first_price") == 0) & (pl.col("next_price") == 0))
    open_ = ~pl.col("closed")
    old = pl.when(pl.col("moved") & (not marks.begun)).then("old_next_price")
    two = _two_prices(rows)
    words = {status: status_word(status, form.language) for status in rows["mark"].unique()}
    increments = pl.concat_str(pl.col("first_s"), pl.lit("/"), pl.col("next_s"))
    of: dict[str, pl.Expr] = {
        Field.CODE: pl.col("code"),
        Field.DESTINATION: pl.col("name").fill_null(""),
        Field.COUNTRY: pl.col("country").fill_null(""),
        Field.RATE_TYPE: pl.col("rate_type"),
        Field.ORIGIN: pl.when(pl.col("origin") == "").then(pl.lit(ANY_TIME)).otherwise("origin"),
        Field.FIRST_PRICE: pl.when(priced & pl.lit(two)).then("first_price"),
        Field.PRICE: pl.when(priced).then("next_price"),
        Field.NEXT_PRICE: pl.when(priced).then("next_price"),
        Field.INCREMENTS: pl.when(open_).then(increments).otherwise(pl.lit("")),
        Field.FIRST_S: pl.when(open_).then("first_s"),
        Field.NEXT_S: pl.when(open_).then("next_s"),
        Field.FROM: pl.col("from_ms"),
        Field.UNTIL: pl.col("until_ms"),
        Field.STATUS: pl.col("mark").replace_strict(list(words), list(words.values()), return_dtype=pl.String),
        Field.PREVIOUS: old,
        Field.DIFFERENCE: pl.when(priced & pl.col("moved") & (not marks.begun)).then(
            pl.col("next_price") - pl.col("old_next_price")
        ),
        Field.CURRENCY: pl.lit(currency),
        Field.COMMENT: pl.lit(""),
    }
    of |= {name: pl.when(open_).then(term) for name, term in _FEES.items()}
    return rows.select("mark", *(said.alias(name) for name, said in of.items()))


def _two_prices(rows: pl.DataFrame) -> bool:
    return bool(rows.select((pl.col("first_price") != pl.col("next_price")).any()).item())


def _columns(
    said: pl.DataFrame, form: SheetForm, currency: str, telling: Telling, plan_zone: str
) -> tuple[SheetColumn, ...]:
    """Return the form's columns and what they lack, else the usual ones that have something to say."""
    headings = {field.value: own for field, own in map(column_of, form.columns)}
    wanted = list(headings) or [one for one in _USUAL if one in _ALWAYS or _says(said, one)]
    lacking = [one.value for one in _NEEDED if one not in wanted and _says(said, one)]
    at = wanted.index(Field.CODE) + 1
    wanted[at:at] = lacking
    if Field.FROM not in wanted and Field.FROM not in lacking and _dated_apart(said, telling.day_ms(form.zone)):
        wanted.append(Field.FROM)
    two = Field.FIRST_PRICE in wanted and Field.PRICE in wanted
    zone = form.zone or telling.zone
    named = zone if {zone, plan_zone} != {UTC} else ""
    found = [
        SheetColumn(one, _heading(one, headings.get(one, ""), form, currency, telling.unit, named, two=two))
        for one in wanted
    ]
    if has_own_column(said[Field.CODE], form):
        at = next(place for place, one in enumerate(found) if one.name == Field.CODE)
        found.insert(at, SheetColumn(COUNTRY_CODE, heading(COUNTRY_CODE, form.language)))
    return tuple(found)


def _heading(field: str, own: str, form: SheetForm, currency: str, unit: Unit, zone: str, *, two: bool) -> str:
    """Return a heading, the form's `own` or the usual one; of dates it names the zone, unless its own words do."""
    what = NEXT if field == Field.NEXT_PRICE or (field == Field.PRICE and two) else field
    text = own or heading(what, form.language, currency, unit)
    return zoned(text, zone, form.language) if zone and field in MOMENTS and zone not in own else text


def _dated_apart(said: pl.DataFrame, day_ms: int) -> bool:
    """Return whether a row begins otherwise than with the sheet's day."""
    return bool((said[Field.FROM] != day_ms).any())


def _says(said: pl.DataFrame, field: str) -> bool:
    """Return whether a usual column has anything to say in any row."""
    column = said[field]
    if field in (Field.RATE_TYPE, Field.ORIGIN):
        return bool((column != ANY_TIME).any())
    if field in _FEES:
        return bool((column != 0).any())
    if field == Field.FIRST_PRICE:
        return column.null_count() < column.len()
    return bool((column != "").any()) if column.dtype == pl.String else column.null_count() < column.len()


_ORDER = (Field.DESTINATION, Field.RATE_TYPE, Field.ORIGIN, Field.FROM)
"""By what rows are ordered after their codes, and without which none are alike."""
