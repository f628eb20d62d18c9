"""`switchboard audit`: who changed what, when, from what to what."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli import output
from cli.parsing import AsJson, Limit
from cli.reach import desk
from domain.money import decimal_text
from protos.operators_pb2 import AuditEntry, AuditPage, AuditQuery
from protos.operators_pb2_grpc import AuditServiceStub

SHOWN = 120
"""Characters of a change in a list of many things; those of one thing (--key) and JSON show all."""
MONEY = frozenset(("credit_limit", "rate"))
"""Names of values that are units of 10^-8."""

app = typer.Typer(add_completion=False, help="Show who changed what, the newest first.")


@app.command()
def audit(
    noun: Annotated[str, typer.Option(help="Of this noun only, such as partner or plan.", show_default=False)] = "",
    key: Annotated[str, typer.Option(help="Of this one thing only, by its name.", show_default=False)] = "",
    who: Annotated[str, typer.Option(help="By this user only.", show_default=False)] = "",
    before: Annotated[
        int, typer.Option(min=0, metavar="ID", help="Older ones only than this entry.", show_default=False)
    ] = 0,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show who changed what, when, and every value before and after; secrets show as ***."""
    query = AuditQuery(noun=noun, key=key, who=who, limit=limit, before_id=before)
    with desk() as channel:
        reply = AuditServiceStub(channel).List(query)
    if as_json:
        output.print_json({"entries": [_plain(entry) for entry in reply.entries]})
        return
    _write(reply, whole=bool(key))
    if len(reply.entries) == limit:
        typer.echo(f"older ones with --before {reply.entries[-1].id}", err=True)


def _plain(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as JSON, with its values as such and not as texts."""
    return output.plain(entry) | {"before": _values(entry.before), "after": _values(entry.after)}


def _write(found: AuditPage, *, whole: bool) -> None:
    def change(entry: AuditEntry) -> str:
        text = ", ".join(_changes(entry))
        return text if whole or len(text) <= SHOWN else f"{text[:SHOWN]}…"

    output.table(
        (">id", "when (UTC)", "who", "action", "noun", "key", "change"),
        (
            [str(one.id), output.when(one.at_ms), one.who, one.action, one.noun, one.key, change(one)]
            for one in found.entries
        ),
        "no changes",
    )


def _changes(entry: AuditEntry) -> Iterator[str]:
    """Yield each value that differs: "name: before → after"; of a thing that was added, what it has."""
    before, after = _values(entry.before), _values(entry.after)
    if not isinstance(before, dict) or not isinstance(after, dict):
        known = after if before is None else before
        if isinstance(known, dict) and (before is None or after is None):
            yield from (
                f"{name}: {_text(value, name)}" for name, value in known.items() if value not in (None, "", [], {})
            )
        elif before != after:
            yield f"{_text(before)} → {_text(after)}"
        return
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name}: {_text(before.get(name), name)} → {_text(after.get(name), name)}"


def _values(text: str) -> Any:
    return json.loads(text) if text else None


def _text(value: Any, name: str = "") -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        if name in MONEY:
            return decimal_text(value)
        if name.endswith("_ms"):
            return output.iso(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
