"""Sheets that we send as tasks: what a client gets, what it then knows, and what its own import says of it."""

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import polars as pl
import pytest

from actors import sheet_work
from actors.home import Home
from actors.notice_work import AnswerOrder, ExportOrder
from actors.sheet_work import DigestOrder
from cluster.tasks.notice_sheet import due_sum, write_sheet
from cluster.tasks.sheet_answer import sheet_answer
from domain.errors import NotFoundError
from domain.ids import PartnerId, PlanId
from domain.notices.form import CodesAs, CountryCode, DatesAs, FileKind, Scope, SheetForm
from domain.notices.words import LANGUAGES
from domain.sheet_frames.columns import CHANGES, RATES
from domain.sheets.steps import SheetState
from store.catalog import Catalog
from tests.cluster.tasks.places import BY, NOW, a_catalog, a_place
from tests.cluster.tasks.test_sheets import an_order, digested
from tests.domain.builders import ms, row, rules

GOLD = PlanId("gold")
RATE_ROWS = [
    row("44", "0.0121", "1/1", valid_until_ms=ms(2026, 11, 20)),
    row("44", "0.0131", "1/1", valid_from_ms=ms(2026, 11, 20)),
    *(row(f"4477{digit}", "0.0345") for digit in range(6)),
    row("447", "0.5", blocked=True),
    row("254", "0.07", "60/60", connect_fee="0.01"),
    row("2547", "0.0912", valid_from_ms=ms(2026, 11, 9), valid_until_ms=ms(2026, 12, 24)),
    row("254", "0.05", origin="eu"),
]
FORMS = [
    SheetForm(file=file, codes=codes, country_code=country, language=language, dates=dates, lead=lead, title=title)
    for (file, codes), (country, lead, dates, title), language in zip(
        list(product([FileKind.XLSX, FileKind.CSV], CodesAs)) * 2,
        [
            *product([CountryCode.IN_CODE], ["", "+", "00"], [DatesAs.ISO, DatesAs.WORDS], [False]),
            *product([CountryCode.OWN_COLUMN], ["", "+", "00"], [DatesAs.WORDS, DatesAs.ISO], [True]),
        ],
        [*LANGUAGES, *LANGUAGES],
        strict=True,
    )
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_place(tmp_path) as place:
        catalog = a_catalog(place.home.catalog_url())
        catalog.plans.add(rules(plan=GOLD), "sell", **BY)
        catalog.origins.set(GOLD, "eu", ["49"], 0, **BY)
        catalog.plans.add_rates(GOLD, RATE_ROWS, **BY)
        catalog.close()
        yield place.home


def order(form: SheetForm | None = None, **fields: object) -> ExportOrder:
    return replace(ExportOrder(GOLD, form or SheetForm(), NOW, company="Switchboard Ltd"), **fields)  # type: ignore[arg-type]


def told(folder: Path, rates: bytes) -> Path:
    file = folder / "told.parquet"
    file.write_bytes(rates)
    return file


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.file}-{form.codes}-{form.language}")
def test_importing_our_own_sheet_changes_nothing(home: Home, form: SheetForm) -> None:
    written = write_sheet(home, order(form))
    made, _ = digested(home, DigestOrder(1, GOLD, written.file_name, written.data, received_ms=NOW, now_ms=NOW))
    assert (made.state, made.words, made.questions) == (SheetState.CHECKED, "", ())
    assert (set(made.kinds), made.rejects, made.blocking) == ({"unchanged"}, 0, 0)


def test_once_it_is_told_nothing_is_due_until_a_rate_changes(home: Home, tmp_path: Path) -> None:
    first = write_sheet(home, order())
    assert first.due == due_sum(home, order())
    assert first.due.kinds == {"new": 11, "blocked": 1} and first.due.late == 0
    assert list(pl.read_parquet(io.BytesIO(first.rates)).schema) == [name for name in RATES if name != "id"]
    known = told(tmp_path, first.rates)
    again = due_sum(home, order(told=known, partner=PartnerId("orbita")))
    assert (again.changes, again.first_ms, again.tell_by_ms, again.plan_version) == (0, None, None, 3)
    catalog = Catalog.open(home.catalog_url())
    dearer = [row("254", "0.09", "60/60", connect_fee="0.01", valid_from_ms=ms(2026, 11, 5))]
    catalog.plans.add_rates(GOLD, dearer, **BY)
    catalog.close()
    due = due_sum(home, order(told=known))
    assert (due.kinds["increase"], due.changes, due.first_ms) == (1, 1, ms(2026, 11, 5))
    assert (due.tell_by_ms, due.late) == (ms(2026, 10, 30) - 1, 1)
    sheet = write_sheet(home, order(SheetForm(file=FileKind.CSV, scope=Scope.CHANGES), told=known))
    assert sheet.rows == 1
    assert (
        sheet.data.decode("utf-8-sig").splitlines()[1].startswith("254,Kenya,0.0900,60/60,0.0100,2026-11-05,increase")
    )
    changes = pl.read_parquet(io.BytesIO(sheet.changes))
    assert changes.schema == pl.Schema(CHANGES)


def test_what_was_told_must_be_there(home: Home, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="what orbita was told of gold is not there"):
        due_sum(home, order(told=tmp_path / "none.parquet", partner=PartnerId("orbita")))
    with pytest.raises(NotFoundError):
        write_sheet(home, replace(order(), plan=PlanId("none")))


def test_what_was_told_and_cannot_be_read_is_not_there_either(home: Home, tmp_path: Path) -> None:
    whole = write_sheet(home, order()).rates
    for damaged in (b"", whole[: len(whole) // 2], whole[:8] + b"\0" * 64 + whole[72:-8], b"none"):
        asked = order(told=told(tmp_path, damaged), partner=PartnerId("orbita"))
        for work in (due_sum, write_sheet):
            with pytest.raises(NotFoundError, match="what orbita was told of gold cannot be read"):
                work(home, asked)


def test_a_pdf_is_written_and_countries_have_names(home: Home) -> None:
    assert write_sheet(home, order(SheetForm(file=FileKind.PDF))).data.startswith(b"%PDF-")
    form = SheetForm(file=FileKind.CSV, columns=("code", "country", "price"))
    lines = write_sheet(home, order(form)).data.decode().splitlines()
    assert "2547,any,United Kingdom,closed,2026-12-24" in lines


def test_an_answer_tells_what_went_in_what_did_not_and_what_begins_later(home: Home, tmp_path: Path) -> None:
    made, _ = digested(home, an_order())
    parts = {name: tmp_path / f"{name}.parquet" for name in made.parts}
    for name, file in parts.items():
        file.write_bytes(made.parts[name])
    changes = pl.read_parquet(parts[sheet_work.CHANGES])
    later = changes.with_columns(from_ms=pl.when(pl.col("kind") == "increase").then(pl.col("from_ms") + 86_400_000)
                                 .otherwise("from_ms"))  # fmt: skip
    later.write_parquet(parts[sheet_work.CHANGES])
    asked = AnswerOrder(7, PlanId("buy-kestrel"), "kestrel.csv", parts, "UTC")
    answer = sheet_answer(home, asked)
    assert answer.subject == "Your rate sheet kestrel.csv"
    assert "increases: 1" in answer.text and "kestrel-answer.csv" in answer.text
    assert answer.data.decode("utf-8-sig").splitlines() == [
        "what,tab,row,code,column,value,reason,said,applied",
        "rejected,,5,,Code,25x,'25x' is no code,,",
        "later,,2,447,,UK Mobile,the notice of increases is longer,2026-11-20,2026-11-21",
    ]
    for language in LANGUAGES[1:]:
        other = sheet_answer(home, replace(asked, language=language))
        assert "kestrel.csv" in other.subject and other.text != answer.text


def test_a_sheet_that_went_in_whole_has_no_list(home: Home) -> None:
    answer = sheet_answer(home, AnswerOrder(7, GOLD, "k.csv", {}, "UTC"))
    assert (answer.file_name, answer.data, answer.rows) == ("", b"", 0)
    assert "All of its rows went in as they are." in answer.text
