"""`switchboard audit`: who changed what, when, from what to what."""

import json
from typing import Annotated, Any

import typer

from cli import output
from cli.parsing import AsJson, Limit
from cli.reach import desk
from domain.audit_text import changes, everything
from protos.operators_pb2 import AuditEntry, AuditPage, AuditQuery
from protos.operators_pb2_grpc import AuditServiceStub

SHOWN = 120
"""Characters of a change in a list of many things; those of one thing (--key), --full and JSON are never cut."""

app = typer.Typer(add_completion=False, help="Show who changed what, the newest first.")


@app.command()
def audit(
    noun: Annotated[str, typer.Option(help="Of this noun only, such as partner or plan.", show_default=False)] = "",
    key: Annotated[str, typer.Option(help="Of this one thing only, by its name.", show_default=False)] = "",
    who: Annotated[str, typer.Option(help="By this user only.", show_default=False)] = "",
    before: Annotated[
        int, typer.Option(min=0, metavar="ID", help="Older ones only than this entry.", show_default=False)
    ] = 0,
    full: Annotated[bool, typer.Option("--full", help="Every field, changed or not, and nothing cut.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show who changed what, when, and each value that changed, old → new; secrets show as ***."""
    query = AuditQuery(noun=noun, key=key, who=who, limit=limit, before_id=before)
    with desk() as channel:
        reply = AuditServiceStub(channel).List(query)
    if as_json:
        output.print_json({"entries": [_plain(entry) for entry in reply.entries]})
        return
    _write(reply, whole=bool(key), full=full)
    if len(reply.entries) == limit:
        typer.echo(f"older ones with --before {reply.entries[-1].id}", err=True)


def _plain(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as JSON, with its values as such and not as texts."""
    return output.plain(entry) | {"before": _values(entry.before), "after": _values(entry.after)}


def _write(found: AuditPage, *, whole: bool, full: bool) -> None:
    told = everything if full else changes

    def change(entry: AuditEntry) -> str:
        text = ", ".join(told(_values(entry.before), _values(entry.after)))
        return text if whole or full or len(text) <= SHOWN else f"{text[:SHOWN]}…"

    output.table(
        (">id", "when (UTC)", "who", "action", "noun", "key", "change"),
        (
            [str(one.id), output.when(one.at_ms), one.who, one.action, one.noun, one.key, change(one)]
            for one in found.entries
        ),
        "no changes",
    )


def _values(text: str) -> Any:
    return json.loads(text) if text else None
