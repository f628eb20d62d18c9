"""Synthetic rate sheets of a carrier: codes below those of the reference book, with its names, as xlsx or CSV.

Everything follows from the book and a seed, so that two runs measure the same work.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from random import Random
from xml.sax.saxutils import escape

HEADINGS = ("Code", "Destination", "Rate per min", "Effective date", "Billing increment")
INCREMENTS = ("1/1", "1/1", "60/60", "30/6")
_LONGEST = 12
_DAY_MS, _EPOCH_DAY = 86_400_000, 25_569
"""Spreadsheets count days from 1899-12-30."""
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_RELS}">'
    f'<Relationship Id="rId1" Type="{_DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets>'
    '<sheet name="Rates" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}">'
    f'<Relationship Id="rId1" Type="{_DOC}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_DOC}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{_DOC}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
"""What a workbook of one sheet has beside its cells; numFmtId 14 is a date."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet; `price` is in steps of 0.0001 a minute, `from_ms` a midnight of UTC."""

    code: str
    name: str
    price: int
    from_ms: int
    increments: str


def first_sheet(book: Sequence[tuple[str, str]], count: int, from_ms: int, seed: int = 302) -> list[Row]:
    """Return `count` rows over a book's codes (code, destination), each code itself and the ones right below it.

    The prices of a destination differ by a tenth at most.
    """
    dice = Random(seed)
    bases = {name: dice.randrange(100, 3_000) for name in sorted({name for _, name in book})}
    rows = []
    for code, name in _spread(sorted(book), count):
        price = bases[name] * dice.randrange(950, 1_051) // 1_000
        rows.append(Row(code, name, price, from_ms, INCREMENTS[len(name) % len(INCREMENTS)]))
    return sorted(rows, key=lambda row: row.code)


def second_sheet(rows: Sequence[Row], down_ms: int, up_ms: int, *, changed: float = 0.01) -> tuple[list[Row], int]:
    """Return the rows again, a share of them changed, and how many: every other one is dearer by 5 % from `up_ms` on,
    the rest cheaper by 5 % from `down_ms` on."""
    wanted = max(2, round(len(rows) * changed))
    again, every = list(rows), max(1, len(rows) // wanted)
    places = range(0, wanted * every, every)
    for turn, at in enumerate(places):
        row = rows[at]
        step = max(1, row.price // 20)
        price, from_ms = (row.price + step, up_ms) if turn % 2 else (row.price - step, down_ms)
        again[at] = Row(row.code, row.name, price, from_ms, row.increments)
    return again, len(places)


def as_csv(rows: Sequence[Row]) -> bytes:
    """Return the sheet as CSV, dates as 2026-11-30."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    days = {from_ms: f"{_day(from_ms):%Y-%m-%d}" for from_ms in {row.from_ms for row in rows}}
    writer.writerows((row.code, row.name, _price(row.price), days[row.from_ms], row.increments) for row in rows)
    return text.getvalue().encode()


def as_xlsx(rows: Sequence[Row]) -> bytes:
    """Return the sheet as a spreadsheet writes it: texts shared, dates and prices as numbers with a format."""
    texts: dict[str, int] = {}

    def text(column: str, at: int, value: str) -> str:
        return f'<c r="{column}{at}" t="s"><v>{texts.setdefault(value, len(texts))}</v></c>'

    def cells(at: int, row: Row) -> str:
        return (
            text("A", at, row.code)
            + text("B", at, row.name)
            + f'<c r="C{at}"><v>{_price(row.price)}</v></c><c r="D{at}" s="1"><v>{_serial(row.from_ms)}</v></c>'
            + text("E", at, row.increments)
        )

    lines = ["".join(text(column, 1, heading) for column, heading in zip("ABCDE", HEADINGS, strict=True))]
    lines += [cells(at, row) for at, row in enumerate(rows, 2)]
    body = "".join(f'<row r="{at}">{line}</row>' for at, line in enumerate(lines, 1))
    shared = "".join(f"<si><t>{escape(value)}</t></si>" for value in texts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, content in _PARTS.items():
            package.writestr(name, _XML + content)
        sheet = (
            f'<worksheet xmlns="{_MAIN}"><dimension ref="A1:E{len(lines)}"/><sheetData>{body}</sheetData></worksheet>'
        )
        package.writestr("xl/worksheets/sheet1.xml", _XML + sheet)
        package.writestr("xl/sharedStrings.xml", f'{_XML}<sst xmlns="{_MAIN}">{shared}</sst>')
    return file.getvalue()


def _spread(book: Sequence[tuple[str, str]], count: int) -> Iterator[tuple[str, str]]:
    """Yield `count` codes: those of the book, then those with one digit more, and so on, each with its name."""
    taken = {code for code, _ in book}
    left = count
    for digits in range(_LONGEST):
        for code, name in book:
            if len(code) + digits > _LONGEST:
                continue
            for tail in map("".join, product("0123456789", repeat=digits)):
                if digits and code + tail in taken:
                    continue
                if not left:
                    return
                if digits:
                    taken.add(code + tail)
                left -= 1
                yield code + tail, name


def _price(steps: int) -> str:
    return f"{steps // 10_000}.{steps % 10_000:04}"


def _serial(at_ms: int) -> int:
    return at_ms // _DAY_MS + _EPOCH_DAY


def _day(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
