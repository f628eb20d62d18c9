"""Routing tables as files: a template gives the form, the file is whole or not there, and its version grows by change.

Templates are Jinja2 in its sandbox: `csv`, `wide` and `groups` are ours; an operator's own lie in <data>/templates as
<name>.j2 and win over ours. They are given `rows` (domain.route_table.TableRow), `switch`, `trunk`, `client`, `made`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import orjson
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain.directory import Trunk
from domain.errors import InputError, NotFoundError, SwitchboardError
from domain.ids import SwitchId
from domain.route_table import TableRow
from store.files import write_atomically

STATE = "tables.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_ROWS_BUFFERED = 200


@dataclass(frozen=True, slots=True)
class TableState:
    """What is known of one table: its file (within the folder), contents' hash, and when it was last made (UTC ms).

    `version` counts changes of the contents; `checked_ms`: when it was last found to be so; `error`: why it is not new.
    """

    switch: str
    trunk: str
    template: str = ""
    file_name: str = ""
    version: int = 0
    rows: int = 0
    sha256: str = ""
    written_ms: int = 0
    checked_ms: int = 0
    error: str = ""


def open_template(data: Path, name: str) -> Template:
    """Read a template. Raises NotFoundError for one that is not there, InputError with the line of what is wrong."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name of a template", mend="Use small letters, digits, - and _.")
    own = data / "templates" / f"{name}.j2"
    ours = files("store").joinpath("templates", "tables", f"{name}.j2")
    if own.is_file():
        text, where = own.read_text("utf-8"), str(own)
    elif ours.is_file():
        text, where = ours.read_text("utf-8"), name
    else:
        raise NotFoundError(f"no table template is named {name}", mend=f"Take csv, wide or groups, or write {own}.")
    sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=False)
    try:
        return sandbox.from_string(text)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise InputError(f"line {line}: {error.message}", where=where, mend="See Jinja2's syntax.") from None


def write_table(
    data: Path, known: TableState, template: str, trunk: Trunk, rows: Iterable[TableRow], now_ms: int
) -> TableState:
    """Write a trunk's table for a switch into <data>/tables/<switch>/<trunk>.txt; return what is known of it now.

    The same contents leave the file as it is. Raises InputError where the template fails.
    """
    form = open_template(data, template)
    folder = data / "tables" / known.switch
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{trunk.id}.{'csv' if template == 'csv' else 'txt'}"
    counted = _Counted(rows)
    made = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat()
    stream = form.stream(rows=counted, switch=SwitchId(known.switch), trunk=trunk.id, client=trunk.partner, made=made)
    stream.enable_buffering(_ROWS_BUFFERED)
    aside = path.with_name(f".{path.name}.new")
    try:
        sha = write_atomically(aside, (piece.encode() for piece in stream))
        changed = sha != known.sha256 or not path.exists()
        if changed:
            aside.replace(path)
    except (OSError, SwitchboardError):
        raise
    except Exception as error:  # a template is a program: it divides by zero, adds texts to numbers
        raise InputError(
            f"the template fails: {type(error).__name__}: {error}",
            where=template,
            mend="Mend it; see the fields of a row.",
        ) from None
    finally:
        aside.unlink(missing_ok=True)
    return replace(
        known,
        template=template,
        file_name=f"{known.switch}/{path.name}",
        version=known.version + changed,
        rows=counted.count,
        sha256=sha,
        written_ms=now_ms if changed else known.written_ms,
        checked_ms=now_ms,
        error="",
    )


def read_states(data: Path) -> dict[tuple[str, str], TableState]:
    """Read what is known of all tables, by switch and trunk; nothing where none was ever made."""
    try:
        plain = orjson.loads((data / "tables" / STATE).read_bytes())
    except FileNotFoundError:
        return {}
    states = (TableState(**one) for one in plain)
    return {(state.switch, state.trunk): state for state in states}


def write_states(data: Path, states: Iterable[TableState]) -> None:
    """Keep what is known of all tables."""
    (data / "tables").mkdir(parents=True, exist_ok=True)
    write_atomically(data / "tables" / STATE, [orjson.dumps([asdict(state) for state in states])])


class _Counted:
    """Rows that are counted as a template takes them, once."""

    def __init__(self, rows: Iterable[TableRow]) -> None:
        self._rows, self.count = iter(rows), 0

    def __iter__(self) -> Iterator[TableRow]:
        for row in self._rows:
            self.count += 1
            yield row
