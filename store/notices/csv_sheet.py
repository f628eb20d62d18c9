"""A sheet as CSV: UTF-8 with its mark, by which spreadsheets know it, lines ended by CR LF."""

from collections.abc import Sequence

import polars as pl

from domain.notice_frames.rows import SheetRows
from domain.notice_frames.texts import text_cells
from domain.notices.form import SheetForm
from store.notices.title import Title

_MARK = "\ufeff"
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?[0-9]+(?:[.,][0-9]+)?$"
_QUOTED = r'[,;|\t\r\n"]'


def write_csv(sheet: SheetRows, form: SheetForm, title: Title) -> bytes:
    """Return the file.

    Cells that a spreadsheet would take for a formula, for they begin with = + - @, have an apostrophe in front; plain
    numbers, and codes such as +44, have none: they can do nothing. Cells with any mark that may part cells are quoted.
    """
    cells = text_cells(sheet, form, title.zone)
    width = cells.width
    heads = [list(line) for line in title.lines(form)] if form.title else []
    heads += [[]] if heads else []
    heads.append([one.heading for one in sheet.columns])
    above = [_line([*line, *[""] * (width - len(line))][: max(width, 2)], form.separator) for line in heads]
    return _file(above, cells, form.separator)


def csv_of(rows: pl.DataFrame) -> bytes:
    """Return a frame as such a file, with commas, headed by the names of its columns."""
    return _file([_line(rows.columns, ",")], rows.select(pl.all().cast(pl.String).fill_null("")), ",")


def _file(above: Sequence[str], cells: pl.DataFrame, separator: str) -> bytes:
    lines = cells.select(pl.concat_str([_safe(pl.col(name)) for name in cells.columns], separator=separator))
    rows: list[str] = lines.to_series().to_list() if cells.height else []
    return (_MARK + "".join(f"{line}\r\n" for line in (*above, *rows))).encode()


def _line(cells: list[str], separator: str) -> str:
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.String})
    return separator.join(frame.select(_safe(pl.col("cell"))).to_series())


def _safe(cell: pl.Expr) -> pl.Expr:
    formula = cell.str.contains(_FORMULA) & ~cell.str.contains(_NUMBER)
    held = pl.when(formula).then(pl.lit("'") + cell).otherwise(cell)
    quoted = pl.lit('"') + held.str.replace_all('"', '""', literal=True) + pl.lit('"')
    return pl.when(held.str.contains(_QUOTED)).then(quoted).otherwise(held)
