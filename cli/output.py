"""What commands print: aligned tables and pairs for people, JSON for programs.

In JSON every amount is {"amount": decimal string, "currency": code}; a field of units is a decimal string without the
`_units` of its name; a moment is an ISO string in UTC with ms without the `_ms` of its name (null where not known);
durations stay whole milliseconds under their own names; bytes are hex. Everything else is as in protos/*.proto.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import typer
from google.protobuf.message import Message

from cli.parsing import EPOCH
from domain.money import decimal_text
from protos.operators_pb2 import Changed, ShardAway
from protos.switch_pb2 import Money

Reply = TypeVar("Reply", bound=Message)

DURATIONS = frozenset(
    (
        "duration_ms pdd_ms lag_ms elapsed_ms age_ms p50_ms p99_ms talk_ms week_ms took_ms pdd_p50_ms pdd_p95_ms "
        "kept_ms broken_ms"
    ).split()
)
"""The fields of the contract that end in _ms and are no moments."""
UNKNOWN = "-"
"""What stands in a table where nobody who knows answers: never a zero."""


def answer(reply: Reply, as_json: bool, write: Callable[[Reply], None]) -> None:
    """Print a reply: as JSON, or for people by `write`."""
    if as_json:
        print_json(plain(reply))
    else:
        write(reply)


def changed(reply: Changed) -> None:
    """Print what a changing command changed."""
    typer.echo(_clean(reply.what))


def print_json(value: object) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def plain(message: Message) -> dict[str, Any]:
    """Return a message as what JSON can hold, by the rules at the head of this file."""
    return dict(_entry(message, field) for field in message.DESCRIPTOR.fields)


def _entry(message: Message, field: Any) -> tuple[str, Any]:
    name, value = field.name, getattr(message, field.name)
    if field.message_type and field.message_type.GetOptions().map_entry:
        return name, dict(sorted(value.items()))
    if field.is_repeated:
        return name, [_value(item) for item in value]
    known = message.HasField(name) if field.has_presence else True
    if name.endswith("_units"):
        return name.removesuffix("_units"), decimal_text(value) if known else None
    if name.endswith("_ms") and name not in DURATIONS:
        return name.removesuffix("_ms"), iso(value) if known and (value or field.has_presence) else None
    return name, _value(value) if known else None


def _value(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount": decimal_text(value.units), "currency": value.currency}
    if isinstance(value, Message):
        return plain(value)
    return value.hex() if isinstance(value, bytes) else value


def iso(at_ms: int) -> str:
    """Write UTC ms as 2026-10-31T18:00:00.000Z."""
    return (EPOCH + timedelta(milliseconds=at_ms)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def when(at_ms: int) -> str:
    """Write UTC ms for a table, to the second; nothing where not known."""
    return (EPOCH + timedelta(milliseconds=at_ms)).strftime("%Y-%m-%d %H:%M:%S") if at_ms else ""


def money(value: Money) -> str:
    """Write an amount with its currency; nothing where there is none."""
    return f"{decimal_text(value.units)} {value.currency}" if value.currency else ""


def away(missing: Iterable[ShardAway], what: str) -> None:
    """Say which shards do not answer, and what is therefore not known: one line, none where all did."""
    since = {one.shard: f"{one.shard} is away since {when(one.since_ms)} UTC" for one in missing}
    if since:
        lines([f"{', '.join(since[shard] for shard in sorted(since))}: {what}, shown as {UNKNOWN}"])


def count(number: int) -> str:
    """Write a count with its thousands apart."""
    return f"{number:,}"


def clock(seconds: int) -> str:
    """Write seconds as m:ss or h:mm:ss."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """Print aligned columns under their titles; a title that begins with > is a column of numbers, set to the right.

    `empty` is the sentence that is printed instead where there are no rows.
    """
    cells = [[_clean(cell) for cell in row] for row in rows]
    if not cells:
        typer.echo(empty)
        return
    heads = [title.removeprefix(">") for title in titles]
    widths = [max(len(line[column]) for line in [heads, *cells]) for column in range(len(heads))]
    for index, line in enumerate([heads, *cells]):
        parts = [
            cell.rjust(width) if title.startswith(">") else cell.ljust(width)
            for title, cell, width in zip(titles, line, widths, strict=True)
        ]
        typer.secho("  ".join(parts).rstrip(), bold=True if index == 0 else None)


def pairs(lines: Iterable[tuple[str, str]]) -> None:
    """Print names and values, one a line, without those that have no value."""
    kept = [(name, _clean(value)) for name, value in lines if value]
    width = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        typer.echo(f"{name.ljust(width)}  {value}")


def section(title: str) -> None:
    """Print an empty line and a heading."""
    typer.echo()
    typer.secho(_clean(title), bold=True)


def lines(texts: Iterable[str]) -> None:
    """Print sentences, one a line."""
    for text in texts:
        typer.echo(_clean(text))


def paged(shown: int, total: int, offset: int) -> None:
    """Say on stderr how to see more, where a page left rows out."""
    if offset + shown < total and shown:
        first, last = offset + 1, offset + shown
        typer.echo(f"{count(first)} to {count(last)} of {count(total)}; more with --offset {last}", err=True)


def _clean(text: str) -> str:
    """Take out what could drive the terminal: names and raw records come from outside."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)
