"""Rows of a list as a CSV or xlsx file: every field of the messages, exact, whatever the screen had room for."""

import asyncio
import csv
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path

from google.protobuf.message import Message

from domain.money import decimal_text
from protos import switch_pb2
from tui.formats import exact_time, moment
from tui.tabs.tab import Listed
from tui.widgets.cells import Row

MOST_ROWS = 50_000
"""More than this is no list to read any more: `switchboard cdrs list` and the segments serve it."""


_NUMBER = re.compile(r"-?(0|[1-9]\d{0,8})(\.\d{1,10})?")
"""What a sheet may hold as a number: ids and numbers with leading zeros, and longer ones, stay texts."""


def file_name(what: str, now_ms: int, ending: str = "csv") -> str:
    """Return the name of an export: switchboard-open-calls-20261102T094107Z.csv."""
    slug = "".join(sign if sign.isalnum() else "-" for sign in what.lower())
    return f"switchboard-{slug}-{moment(now_ms):%Y%m%dT%H%M%SZ}.{ending}"


async def pages_to(file: Path, page: Callable[[int], Awaitable[Listed]], titles: Sequence[str] = ()) -> int:
    """Ask for page after page from offset 0 and write them all, as the file's ending says; return how many rows.

    A row that was made of no message is written as it is shown, under `titles`. Raises LinkError, OSError.
    """
    rows: list[dict[str, str]] = []
    while True:
        listed = await page(len(rows))
        rows += [_told(row, titles) for row in listed.rows]
        if not listed.rows or len(rows) >= min(listed.total, MOST_ROWS):
            return await asyncio.to_thread(write_xlsx if file.suffix == ".xlsx" else write_csv, file, rows)


def write_csv(file: Path, rows: Sequence[Mapping[str, str]]) -> int:
    """Write one line per row, return how many; what others have and it has not stays empty. Money gets a second column,
    its currency.

    Units of 10^-8 are written as decimals, milliseconds since 1970 as UTC times, bytes in hex. Raises OSError.
    """
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=_titles(rows), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def write_xlsx(file: Path, rows: Sequence[Mapping[str, str]]) -> int:
    """Write the same as a workbook of one sheet, what is a number as one. Raises OSError."""
    import xlsxwriter  # 40 ms that no other key needs

    titles = _titles(rows)
    try:
        with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
            sheet, head = book.add_worksheet("switchboard"), book.add_format({"bold": True, "bottom": 1})
            sheet.freeze_panes(1, 0)
            for at, title in enumerate(titles):
                sheet.write_string(0, at, title, head)
            for line, row in enumerate(rows, 1):
                for at, title in enumerate(titles):
                    text = row.get(title, "")
                    if _NUMBER.fullmatch(text):
                        sheet.write_number(line, at, float(text))
                    elif text:
                        sheet.write_string(line, at, text)
    except xlsxwriter.exceptions.FileCreateError as failed:
        raise OSError(str(failed)) from failed
    return len(rows)


def _titles(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Return all fields, in the order in which rows have them: a list may be made of two messages."""
    return list(dict.fromkeys(title for row in rows for title in row))


def _told(row: Row, titles: Sequence[str]) -> dict[str, str]:
    if isinstance(row.item, Message):
        return flat(row.item)
    return {title or "figure": cell.text.strip() for title, cell in zip(titles, row.cells, strict=True)}


def flat(message: Message) -> dict[str, str]:
    """Return field name -> text of one message, nested ones under `outer.inner`."""
    texts: dict[str, str] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if isinstance(value, switch_pb2.Money):
            texts[field.name] = decimal_text(value.units) if value.currency else ""
            texts[f"{field.name}_currency"] = value.currency
        elif field.is_repeated:
            texts[field.name] = _listed(value)
        elif isinstance(value, Message):
            texts |= {f"{field.name}.{name}": text for name, text in flat(value).items()}
        else:
            name, text = _scalar(field.name, value)
            texts[name] = text
    return texts


def _listed(value: Iterable[object]) -> str:
    if isinstance(value, Mapping):
        return ";".join(f"{key}={value[key]}" for key in sorted(value))
    return ";".join(" ".join(flat(each).values()) if isinstance(each, Message) else str(each) for each in value)


def _scalar(name: str, value: object) -> tuple[str, str]:
    if isinstance(value, bytes):
        return name, value.hex()
    if isinstance(value, int) and name.endswith("_units"):
        return name.removesuffix("_units"), decimal_text(value)
    if isinstance(value, int) and name.endswith("_ms") and name not in ("duration_ms", "pdd_ms", "elapsed_ms"):
        return name.removesuffix("_ms"), exact_time(value) if value else ""
    return name, str(value)
