"""Sheets that were really sent, where this machine has them."""

import csv
from pathlib import Path

import polars as pl
import pytest

from domain.sheet_frames.lines import read_lines
from domain.sheets.headings import Meaning
from domain.sheets.template import Column, TabLayout, Template
from tests.domain.sheet_frames.sheet_texts import contract, ms

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "rates"
NOTICE, ETEL = FOLDER / "tcxc" / "acme_rate_notice.csv", FOLDER / "rate-o-mat" / "etel-rates.csv"


def tab(path: Path, **dialect: str) -> pl.DataFrame:
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream, **dialect))  # type: ignore[arg-type]
    width = max(map(len, rows))
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    return pl.DataFrame(
        {str(place): [row[place] for row in padded] for place in range(width)},
        schema={str(place): pl.String for place in range(width)},
    )


@pytest.mark.skipif(not NOTICE.exists(), reason="the sheet is not on this machine")
def test_a_notice_with_three_increments_in_one_file() -> None:
    headings = ("Country", "Network", "Dial Codes", "Rate/Min", "Effective", "Billing", "Change")
    meanings = (Meaning.COUNTRY, Meaning.NETWORK, Meaning.CODE, Meaning.PRICE, Meaning.EFFECTIVE, Meaning.INCREMENTS)
    columns = map(Column, range(7), (*meanings, Meaning.STATUS), headings)
    received = contract(received_ms=ms("2026-09-16T10:00"), effective_ms=None)
    reading = read_lines({"acme": tab(NOTICE)}, Template(tabs=(TabLayout(columns=tuple(columns)),)), received)
    assert (reading.rows, reading.lines.height, reading.rejects.height, reading.passed) == (8, 25, 0, 1)
    open_ones = reading.lines.filter(~pl.col("closed"))
    assert set(open_ones.select("first_s", "next_s").iter_rows()) == {(60, 1), (1, 1), (60, 60)}
    assert (reading.currency, reading.issued_ms) == ("USD", ms("2026-09-16"))
    closed = reading.lines.filter(pl.col("closed")).select("code", "from_ms").rows()
    assert closed == [("234805", ms("2026-09-20"))]


@pytest.mark.skipif(not ETEL.exists(), reason="the sheet is not on this machine")
def test_a_sheet_with_first_and_next_prices_and_no_headings() -> None:
    columns = tuple(map(Column, range(3), (Meaning.CODE, Meaning.FIRST_PRICE, Meaning.NEXT_PRICE)))
    template = Template(tabs=(TabLayout(header=-1, columns=columns),), increments=(60, 30))
    reading = read_lines({"etel": tab(ETEL, delimiter=";", quotechar="'")}, template, contract())
    assert (reading.rows - reading.rejects.height, reading.lines["code"].n_unique()) == (654, 2237)
    assert reading.rejects.select("row", "check").rows() == [(1, "R17")], "its first row says increments"
    prices = reading.lines.filter(pl.col("code") == "43").select("first_price", "next_price").rows()
    assert prices == [(1_100_000, 1_000_000)]
