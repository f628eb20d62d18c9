"""Sheets that we send as batch tasks: what a client has yet to be told of a plan, and the file that tells it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from actors.home import Home
from actors.notice_work import DueSum, ExportOrder, WrittenSheet
from cluster.tasks.batch_world import open_catalog
from cluster.tasks.sheet_world import reference_of
from domain.days import local_day
from domain.errors import NotFoundError
from domain.notice_frames.marks import Marks, Telling, codes_of, due, marked
from domain.notice_frames.rows import SheetRows, sheet_rows
from domain.notices.form import FileKind, SheetForm
from domain.notices.form_fields import file_name
from domain.sheet_frames.columns import RATES
from domain.sheet_frames.function import longest, tree
from domain.sheet_frames.said import countries
from store.catalog.plans import Plan
from store.notices.countries import country_name
from store.notices.csv_sheet import write_csv
from store.notices.pdf_sheet import write_pdf
from store.notices.title import Title
from store.notices.xlsx_sheet import write_xlsx


@dataclass(frozen=True, slots=True)
class _World:
    """A plan as it is told: `book` has `code`, `name` and `country` (ISO 3166 alpha-2) of its codes."""

    plan: Plan
    version: int
    marks: Marks
    telling: Telling
    book: pl.DataFrame


def write_sheet(home: Home, order: ExportOrder) -> WrittenSheet:
    """Write a sheet of a plan. Raises NotFoundError, InputError where its kind of file cannot hold so many rows."""
    world = _read(home, order)
    form, zone = order.form, order.form.zone or order.zone
    currency = str(world.plan.rules.currency)
    codes = {country: country_name(country) for country in world.book["country"].unique()}
    book = world.book.with_columns(pl.col("country").replace_strict(list(codes), list(codes.values())))
    plan_zone = world.telling.terms.zone or world.plan.rules.zone
    sheet = sheet_rows(world.marks, form, world.telling, book, currency, plan_zone)
    date = local_day(order.at_ms, zone).isoformat()
    title = Title(order.company, str(order.plan), date, currency, zone)
    return WrittenSheet(
        file_name=file_name(form, plan=str(order.plan), partner=str(order.partner or ""), date=date),
        data=_file(sheet, form, title),
        rows=sheet.rows.height,
        due=_due(world),
        rates=_parquet(world.marks.known.drop("id")),
        changes=_parquet(world.marks.changes.drop("line")),
    )


def due_sum(home: Home, order: ExportOrder) -> DueSum:
    """Add up what a client has yet to be told of a plan. Raises NotFoundError."""
    return _due(_read(home, order))


def _read(home: Home, order: ExportOrder) -> _World:
    catalog = open_catalog(home)
    try:
        plan = catalog.plans.get(order.plan)
        changes = catalog.plan_changes
        known = changes.rates_frame_columns(plan.id)
        if order.version is not None:
            known = changes.rates_columns_at(plan.id, order.version)
        base = changes.rates_columns_at(*order.base) if order.base is not None else None
        terms, reference = catalog.rate_terms.get(plan.id), reference_of(catalog, order.at_ms)
    finally:
        catalog.close()
    told = _told(order)
    if told is None and base is not None:
        told = pl.DataFrame(base.columns, schema=RATES)
    rates = pl.DataFrame(known.columns, schema=RATES)
    telling = Telling(plan.rules.unit, order.notice, terms, order.zone, order.at_ms)
    book = _named(codes_of(rates, told), reference)
    return _World(plan, known.version, marked(rates, told, telling, book), telling, book)


def _told(order: ExportOrder) -> pl.DataFrame | None:
    if order.told is None:
        return None
    if not order.told.exists():
        mend = "Say what the client knows: `switchboard notices told`."
        raise NotFoundError(f"what {order.partner} was told of {order.plan} is not there", mend=mend)
    columns = [name for name in RATES if name != "id"]
    try:
        return pl.read_parquet(order.told).select(columns).cast({name: RATES[name] for name in columns})
    except (pl.exceptions.PolarsError, OSError) as error:
        mend = "Say what the client knows, `switchboard notices told`, or put the file back from a backup."
        raise NotFoundError(f"what {order.partner} was told of {order.plan} cannot be read", mend=mend) from error


def _named(codes: pl.Series, reference: pl.DataFrame) -> pl.DataFrame:
    """Return name and country of the longest code of the book that begins each code."""
    known = reference.select("code", "destination").unique("code", keep="first")
    nodes = tree(known["code"])
    names = nodes.join(known, on="code", how="left", maintain_order="left")["destination"]
    name = names.gather(longest(nodes, codes)).fill_null("")
    return pl.DataFrame([codes.alias("code"), name.alias("name"), countries(codes, reference).alias("country")])


def _due(world: _World) -> DueSum:
    found = due(world.marks, world.telling)
    kinds: Mapping[str, int] = world.marks.kinds()
    last = (found.at_once, found.until_ms, found.begun)
    return DueSum(kinds, found.first_ms, found.tell_by_ms, found.late, world.version, *last)


def _file(sheet: SheetRows, form: SheetForm, title: Title) -> bytes:
    match form.file:
        case FileKind.XLSX:
            return write_xlsx(sheet, form, title)
        case FileKind.CSV:
            return write_csv(sheet, form, title)
        case FileKind.PDF:
            return write_pdf(sheet, form, title)


def _parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file, compression="lz4", statistics=False)
    return file.getvalue()
