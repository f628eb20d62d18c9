"""Files that would take the memory or the machine, the whole way of a sheet: refused in words, memory bounded."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from actors.home import Home
from actors.sheet_work import Digest, DigestOrder
from cluster.bench.processes import memory
from cluster.tasks.sheets import digest, sheet_files
from domain.errors import InputError
from domain.ids import PlanId
from domain.sheets.steps import SheetState
from store.catalog import Catalog
from tests.cluster.tasks.places import NOW, a_catalog, a_place
from tests.store.sheets.made_files import SHEET_XML, compound, lying, with_part, xlsx, xlsx_of, zipped

MB = 2**20
SHEET = (
    b"Code,Destination,Rate,Effective date,Billing\n447,UK Mobile,0.03,2026-11-20,1/1\n254,Kenya,0.07,2026-11-20,1/1\n"
)
BOOK = xlsx({"Rates": [line.split(",") for line in SHEET.decode().splitlines()]})
PART = "xl/worksheets/sheet1.xml"
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with TemporaryDirectory() as folder, a_place(Path(folder)) as place:
        a_catalog(place.home.catalog_url()).close()
        yield place.home


def sent(home: Home, name: str, data: bytes) -> Digest:
    *_, made = digest(home, DigestOrder(1, PlanId("buy-kestrel"), name, data, received_ms=NOW, now_ms=NOW))
    assert isinstance(made, Digest)
    return made


def refused(home: Home, name: str, data: bytes) -> str:
    made = sent(home, name, data)
    assert (made.state, made.words[:5], made.blocking) == (SheetState.REFUSED, "R01: ", 1)
    return made.words.removeprefix("R01: ")


class Grown:
    """How much the memory of this process rises at most while it is entered, MiB."""

    mb = 0.0

    def __enter__(self) -> "Grown":
        try:
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        except OSError:
            pytest.skip("the kernel does not let the peak of memory begin anew")
        self._before = memory(os.getpid()).rss_mb
        return self

    def __exit__(self, *_: object) -> None:
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        self.mb = peak / 1024 - self._before


def test_bombs_are_refused_before_they_unpack(home: Home) -> None:
    zeros = bytes(60 * MB)
    bombs = {
        "bomb.zip": zipped({"rates.csv": zeros}),
        "bomb.csv.gz": gzip.compress(zeros, 1),
        "bomb.xlsx": with_part(
            BOOK, PART, SHEET_XML % (b"<sheetData>" + FAR * (60 * MB // len(FAR)) + b"</sheetData>")
        ),
    }
    del zeros
    with Grown() as grown:
        words = {name: refused(home, name, data) for name, data in bombs.items()}
        with pytest.raises(InputError, match="unpacks to more than"):
            sheet_files(home, "bomb.zip", bombs["bomb.zip"])
    assert "unpacks to more than 50 MB" in words["bomb.zip"] and "unpacks to more than 50 MB" in words["bomb.csv.gz"]
    assert grown.mb < 250


def test_ten_million_rows_are_refused_within_memory(home: Home) -> None:
    data = b"44;1\n" * 10_000_000
    with Grown() as grown:
        assert "rows" in refused(home, "long.csv", data)
    assert grown.mb < 400


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("rates.xlsx", b"%PDF-1.7 ...", "PDF files cannot be read"),
        ("rates.csv", b"\x89PNG\r\n\x1a\n....", "neither text nor a spreadsheet"),
        ("rates.xlsx", compound({"EncryptionInfo": b"x", "EncryptedPackage": b"x"}), "protected by a password"),
        ("rates.xlsx", BOOK[: len(BOOK) // 2], "the file is damaged"),
        ("rates.xlsx", lying(BOOK, PART, 10), "does not unpack"),
        ("rates.csv", b"", "the file is empty"),
        ("rates.csv", b'"a";1\n' * 9 + b'"b"' + b"x" * 2_000_000, "more than 1,000,000 letters"),
    ],
    ids=["pdf", "picture", "encrypted", "half", "lying", "empty", "endless line"],
)
def test_what_cannot_be_read_is_refused_with_file_and_reason(home: Home, name: str, data: bytes, words: str) -> None:
    said = refused(home, name, data)
    assert said.startswith(f"{name}: ") or name in said
    assert words in said


def test_wrong_names_and_wrong_dimensions_are_read_as_what_they_are(home: Home) -> None:
    named_wrongly = sent(home, "rates.xlsx", SHEET)
    assert (named_wrongly.state, named_wrongly.rows) == (SheetState.CHECKED, 2)
    assert any("xlsx" in note for note in named_wrongly.notes)
    for dimension in (b"A1:XFD1048576", b"A1"):
        data = xlsx_of(b'<dimension ref="%s"/><sheetData>%s</sheetData>' % (dimension, ROWS))
        made = sent(home, "rates.xlsx", data)
        assert (made.state, made.rows) == (SheetState.CHECKED, 2), made.words


def _row(at: int, line: str) -> str:
    cells = (
        f'<c r="{"ABCDE"[place]}{at}" t="inlineStr"><is><t>{text}</t></is></c>'
        for place, text in enumerate(line.split(","))
    )
    return f'<row r="{at}">{"".join(cells)}</row>'


ROWS = "".join(_row(at, line) for at, line in enumerate(SHEET.decode().splitlines(), 1)).encode()


def test_the_catalog_is_as_it_was(home: Home) -> None:
    catalog = Catalog.open(home.catalog_url())
    assert catalog.sheets.count() == 0
    catalog.close()
