"""`switchboard routes table`: the routes of a client, destination by destination, all vendors from best to worst."""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.downloads import Force
from cli.parsing import AsJson, At
from cli.reach import desk, fail
from domain.money import decimal_text
from protos.explaining_pb2 import LcrQuery, LcrRow, LcrTable, LcrVendor
from protos.explaining_pb2_grpc import ExplainingServiceStub

SHOWN = 50
ENDINGS = (".csv", ".xlsx")
_ROW = ("destination", "codes", "policy", "sold", "currency")
_VENDOR = ("vendor", "trunk", "price", "currency", "real cost", "margin", "margin %", "asr", "acd", "attempts")
File = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write all rows as .csv or .xlsx, vendors side by side.",
        show_default=False,
    ),
]


def table(
    client: Annotated[str, typer.Argument(metavar="PARTNER", help="Whose routes.", show_default=False)],
    text: Annotated[
        str,
        typer.Argument(
            metavar="[DESTINATION]",
            help="First digits, a country (two letters) or a part of the name.",
            show_default=False,
        ),
    ] = "",
    trunk: Annotated[
        str,
        typer.Option(metavar="NAME", help="By which incoming trunk; else the first open one.", show_default=False),
    ] = "",
    at: At = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that are shown at most; a file has all.")] = SHOWN,
    file: File = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Show all vendors of a client's destinations from best to worst, with margin and quality."""
    if file is not None and file.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(f"{file} is neither .csv nor .xlsx", param_hint="--output")
    if file is not None and file.exists() and not force:
        fail(f"{file} is there already: write over it with --force, or name another file with -o")
    query = LcrQuery(client=client, trunk=trunk, text=text, at_ms=at or 0, limit=0 if file is not None else limit)
    found = LcrTable()
    with desk() as channel:
        for piece in ExplainingServiceStub(channel).Table(query):
            found.MergeFrom(piece)
    if file is None:
        output.answer(found, as_json, _write)
        if not as_json and len(found.rows) < found.total:
            typer.echo(f"{len(found.rows)} of {found.total} rows; more with --limit", err=True)
        return
    _save(file, found)
    rest = f", of {found.total}: narrow it down for the others" if len(found.rows) < found.total else ""
    output.lines([f"wrote {file}: {output.count(len(found.rows))} rows{rest}"])


def _write(found: LcrTable) -> None:
    base = found.base_currency
    output.table(
        ("destination", "codes", ">sold", "#", "vendor", ">price", "currency", f">real cost {base}", ">margin", ">%",
         ">asr", ">acd", "why out, or last"),
        (line for row in found.rows for line in _lines(row)),
        "no rows: nothing of that is sold to this client",
    )  # fmt: skip


def _lines(row: LcrRow) -> Iterator[list[str]]:
    more = f" +{len(row.codes) - 1}" if len(row.codes) > 1 else ""
    head = [row.destination, row.codes[0] + more, f"{decimal_text(row.sell_price_units, 4)} {row.sell_currency}"]
    for one in row.vendors:
        vendor = _vendor(one) if one.place else [""] * len(_VENDOR)
        price, currency, cost, margin, share, asr, acd = vendor[2:9]
        yield [*head, str(one.place or "-"), one.vendor, price, currency, cost, margin, share, asr, acd, one.reason]
        head = ["", "", ""]
    if not row.vendors:
        yield [*head, *[""] * 9, "no vendor has a rate"]


def _vendor(one: LcrVendor) -> list[str]:
    """Return the fields of _VENDOR; empty where no quality is counted."""
    revenue = one.real_cost_units + one.margin_units
    share = f"{Decimal(100 * one.margin_units) / Decimal(revenue):.2f}" if revenue else ""
    return [
        one.vendor,
        one.trunk,
        decimal_text(one.price_units, 4),
        one.currency,
        decimal_text(one.real_cost_units, 4),
        decimal_text(one.margin_units, 4),
        share,
        *([f"{one.asr:.1f}", f"{one.acd:.0f}", str(one.attempts)] if one.counted else ["", "", ""]),
    ]


def _save(file: Path, found: LcrTable) -> None:
    """Write the rows, vendors side by side; whole, or not at all."""
    widest = max((sum(1 for one in row.vendors if one.place) for row in found.rows), default=0)
    titles = [*_ROW, *(f"{place}. {name}" for place in range(1, widest + 1) for name in _VENDOR), "left out"]
    rows = [_wide(row, widest) for row in found.rows]
    partial = file.with_name(f"{file.name}.part")
    try:
        if file.suffix.lower() == ".csv":
            with partial.open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows([titles, *rows])
        else:
            _workbook(partial, titles, rows)
        partial.replace(file)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}; name another file with -o")
    finally:
        partial.unlink(missing_ok=True)


def _wide(row: LcrRow, widest: int) -> list[str]:
    routed = [cell for one in row.vendors if one.place for cell in _vendor(one)]
    empty = [""] * (widest * len(_VENDOR) - len(routed))
    out = "; ".join(f"{one.vendor}{f' by {one.trunk}' if one.trunk else ''}: {one.reason}" for one in _out(row))
    sold = decimal_text(row.sell_price_units, 4)
    return [row.destination, " ".join(row.codes), row.policy, sold, row.sell_currency, *routed, *empty, out]


def _out(row: LcrRow) -> Iterable[LcrVendor]:
    return (one for one in row.vendors if not one.place)


def _workbook(file: Path, titles: list[str], rows: list[list[str]]) -> None:
    import xlsxwriter  # 40 ms that no other command needs

    figures = {place for place, title in enumerate(titles) if title.partition(". ")[2] in _VENDOR[2:3] + _VENDOR[4:]}
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        tab = book.add_worksheet("routes")
        tab.freeze_panes(1, 1)
        bold = book.add_format({"bold": True, "bottom": 1})
        for place, title in enumerate(titles):
            tab.write_string(0, place, title, bold)
        for line, row in enumerate(rows, 1):
            for place, text in enumerate(row):
                if text and (place in figures or titles[place] == "sold"):
                    tab.write_number(line, place, float(text))
                else:
                    tab.write_string(line, place, text)
