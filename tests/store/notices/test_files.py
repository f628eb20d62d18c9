"""The files of the sheets that we send: what stands in them, and what nobody can make of it."""

import io
import zipfile
from dataclasses import replace

import fastexcel
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.money import UNITS_PER_ONE, decimal_text
from domain.notice_frames.rows import SheetRows
from domain.notice_frames.texts import money_text
from domain.notices.form import CodesAs, DatesAs, FileKind, SheetForm
from store.notices.csv_sheet import csv_of
from store.notices.pdf_sheet import ROWS_MOST, write_pdf
from store.notices.title import Title
from tests.domain.notice_frames.plans import book, day
from tests.domain.sheet_frames.plans import rate, rates
from tests.store.notices.reading_back import written
from tests.store.pdf_text import pdf_pages, pdf_words

CSV = SheetForm(file=FileKind.CSV)
TITLE = Title("Switchboard Ltd", "retail", "2026-11-02", "USD", "UTC")
PLAN = rates(rate("44", "0.02", from_ms=day(9)), rate("254", "0.1"), rate("255", "0.5", blocked=True))
TOLD = rates(rate("254", "0.08"), rate("256", "0.3"))


def lines(data: bytes) -> list[str]:
    return data.decode("utf-8-sig").splitlines()


def test_a_csv_says_what_changes_against_what_was_told() -> None:
    assert lines(written(PLAN, CSV, TOLD).data) == [
        "Code,Destination,Price (USD/min),Increments,Effective from,Status,Previous price,Difference",
        "254,Place 25,0.1000,1/1,1970-01-01,increase,0.0800,0.0200",
        "255,Place 25,0.5000,1/1,2026-11-02,blocked,,",
        "256,Place 25,,,2026-11-02,closed,0.3000,",
        "44,Place 44,0.0200,1/1,2026-11-11,new,,",
    ]


def test_a_sheet_for_nobody_has_no_marks_but_of_what_is_blocked() -> None:
    assert lines(written(PLAN.filter(pl.col("code") != "255"), CSV).data)[0].endswith("Effective from")
    assert "blocked" in lines(written(PLAN, CSV).data)[2]


def test_without_a_column_of_marks_a_word_stands_in_place_of_the_price() -> None:
    form = replace(CSV, columns=("code", "price=Rate", "from"), codes=CodesAs.RANGED, language="de")
    assert lines(written(PLAN, form, TOLD).data) == [
        "Vorwahl,Rate,Gültig ab",
        "254,0.1000,1970-01-01",
        "255,gesperrt,2026-11-02",
        "256,geschlossen,2026-11-02",
        "44,0.0200,2026-11-11",
    ]


def test_what_tells_rates_apart_is_put_into_a_form_that_lacks_it() -> None:
    plan = rates(rate("44", "0.02", origin="eu"), rate("44", "0.03", first_price="0.05"))
    form = replace(CSV, columns=("code", "price"))
    assert lines(written(plan, form).data) == [
        "Code,Origin group,First price (USD/min),Next price (USD/min)",
        "44,any,0.0500,0.0300",
        "44,eu,0.0200,0.0200",
    ]


@pytest.mark.parametrize("name", ['=cmd|"/c calc"!A1', "+1+1", "-1+2", "@SUM(A1)", "\t=1", "a,b", 'say "x"\nand y'])
def test_no_name_is_a_formula_or_another_cell(name: str) -> None:
    plan = rates(rate("44"))
    names = book("44").with_columns(name=pl.lit(name))
    csv = written(plan, CSV, names=names).data
    rows = pl.read_csv(io.BytesIO(csv), infer_schema=False)
    assert rows["Destination"].to_list() == [f"'{name}" if name[0] in "=+-@\t" else name]
    xlsx = written(plan, SheetForm(), names=names).data
    with zipfile.ZipFile(io.BytesIO(xlsx)) as book_:
        assert "<f>" not in book_.read("xl/worksheets/sheet1.xml").decode()
    assert fastexcel.read_excel(xlsx).load_sheet(0).to_polars()["Destination"][0].strip() == name.strip()


def test_plain_numbers_and_codes_keep_their_sign() -> None:
    frame = pl.DataFrame({"a": ["+44", "-0.5", "+1201-+1205", "-"]})
    assert lines(csv_of(frame)) == ["a", "+44", "-0.5", "'+1201-+1205", "'-"]


def test_a_workbook_has_numbers_days_and_a_head_that_stays() -> None:
    file = written(PLAN, SheetForm(title=True, dates=DatesAs.DOTS), TOLD)
    sheet = fastexcel.read_excel(file.data).load_sheet("Rates", header_row=6).to_polars()
    assert sheet["Price (USD/min)"].dtype == pl.Float64
    assert sheet["Effective from"].dtype == pl.Datetime("ms")
    assert sheet["Code"].to_list() == ["254", "255", "256", "44"]
    with zipfile.ZipFile(io.BytesIO(file.data)) as book_:
        text = book_.read("xl/worksheets/sheet1.xml").decode()
    assert 'topLeftCell="B8"' in text and 'state="frozen"' in text and '<autoFilter ref="A7:H11"/>' in text
    assert file.data == written(PLAN, SheetForm(title=True, dates=DatesAs.DOTS), TOLD).data


def test_a_pdf_repeats_its_head_and_numbers_its_pages() -> None:
    plan = rates(*(rate(str(code), "0.02", from_ms=day(9)) for code in range(1000, 1100)))
    form = SheetForm(file=FileKind.PDF)
    file = written(plan, form, TOLD)
    pdf = write_pdf(file.sheet, form, TITLE)
    words = pdf_words(pdf)
    assert pdf_pages(pdf) == 2
    assert words.count("Effective from") == 2 and words.count("Page") == 2
    assert "closed" in words and "1099" in words and "Switchboard Ltd" in words


def test_a_pdf_that_nobody_reads_is_refused() -> None:
    form = SheetForm(file=FileKind.PDF)
    sheet = written(PLAN, form).sheet
    many = SheetRows(sheet.columns, pl.concat([sheet.rows] * (ROWS_MOST // sheet.rows.height + 1)))
    with pytest.raises(InputError, match="more than 5,000"):
        write_pdf(many, form, TITLE)


@given(st.integers(-(10**15), 10**15), st.integers(0, 8), st.sampled_from([".", ","]))
def test_prices_have_as_many_decimals_as_they_need(units: int, least: int, mark: str) -> None:
    text = pl.select(money_text(pl.Series([units]), least, mark)).item()
    whole, _, decimals = text.lstrip("-").partition(mark)
    assert len(decimals) >= least and not (len(decimals) == 3 and whole != "0")
    assert text.replace(mark, ".").rstrip("0").rstrip(".") == decimal_text(units, 0).rstrip(".") or not decimals
    assert (int(whole) * UNITS_PER_ONE + int((decimals or "0").ljust(8, "0"))) == abs(units)
