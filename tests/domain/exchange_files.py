"""Builders of files in an exchange's form (domain.file_layouts.DDB): a test says what matters of a record."""

from collections.abc import Sequence

from domain.file_layouts import DDB, FileLayout, Span

Record = dict[str, str]


def record(number: int = 1, **said: str) -> str:
    """A call of 18 s from 0123451234 to 0123123120 on 8 July 2012."""
    layout = DDB
    fields = {"setup": "20120708181506", "caller": "0123451234", "called": "0123123120", "duration": "000018"} | said
    line = _put(" " * layout.width, Span(0, len(layout.record)), layout.record)
    line = _put(line, layout.number, f"{number:06d}0")
    for name in ("setup", "caller", "called", "duration"):
        line = _put(line, getattr(layout, name), fields[name])
    line = _put(line, layout.totals[1].in_record, fields.get("cents", "9").rjust(10, "0"))
    for span, name in zip(layout.trunk_names[1:], ("group", "kind"), strict=True):
        line = _put(line, span, fields.get(name, ""))
    return line


def header(file_number: int = 309) -> str:
    return _ended(DDB, DDB.header, file_number)


def trailer(records: int, seconds: int, cents: int, file_number: int = 309) -> str:
    line = _put(_ended(DDB, DDB.trailer, file_number).ljust(182), DDB.count, f"{records:08d}")
    for total, amount in zip(DDB.totals, (seconds, cents), strict=True):
        line = _put(line, total.in_trailer, f"{amount:010d}")
    return line


def exchange_file(*lines: str, seconds: int = 18, cents: int = 9) -> bytes:
    """A whole file of these records: its trailer says their number, and that each lasted 18 s and cost 9 cents."""
    count = len(lines)
    return text_of([header(), *lines, trailer(count, seconds * count, cents * count)])


def text_of(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode(DDB.encoding)


def _ended(layout: FileLayout, begins: str, file_number: int) -> str:
    return _put(begins.ljust(155), layout.file_number, f"{file_number:06d}")


def _put(line: str, at: Span, text: str) -> str:
    return line[: at.start] + text.ljust(at.width)[: at.width] + line[at.start + at.width :]
