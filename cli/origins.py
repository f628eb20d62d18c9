"""`switchboard plans origins`: which callers pay by which rates of a plan."""

import csv
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli import output
from cli.parsing import AsJson, Limit, Offset, in_zone, local
from cli.reach import desk
from protos.operators_pb2 import OriginCode, OriginCodes, OriginGroup, OriginPage, OriginQuery
from protos.operators_pb2_grpc import PlansServiceStub

_SEPARATORS = ",;\t"
_COLUMNS = ("group", "code", "from", "until")


def origins(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The plan's short name.", show_default=False)],
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="CSV with columns group, code, from, until: the whole list of each group in it.",
            show_default=False,
        ),
    ] = None,
    end: Annotated[
        list[str] | None,
        typer.Option(metavar="GROUP", help="Take all codes from a group; may be repeated.", show_default=False),
    ] = None,
    effective: Annotated[
        str, typer.Option(metavar="TIME", help="For rows without from, and --end; else now.", show_default=False)
    ] = "",
    group: Annotated[str, typer.Option(help="Show only its codes.", show_default=False)] = "",
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show a plan's origin groups, or enter them: dates without a zone are of the plan's; groups rest and invalid need
    no codes, code * stands for all callers who are in no other group."""
    with desk() as channel:
        stub = PlansServiceStub(channel)
        if file is None and not end:
            found = stub.Origins(OriginQuery(plan=plan, group=group, limit=limit, offset=offset))
            output.answer(found, as_json, lambda page: _write(page, offset))
            return
        about = stub.Origins(OriginQuery(plan=plan, limit=1))
        zone = ZoneInfo(about.zone)
        since_ms = _moment(effective, zone, "--effective") if effective else about.now_ms
        codes = list(_read(file, zone, since_ms)) if file is not None else []
        output.changed(stub.SetOrigins(OriginCodes(plan=plan, codes=codes, ended=end or [], ended_from_ms=since_ms)))


def _read(path: Path, zone: tzinfo, since_ms: int) -> Iterator[OriginCode]:
    """Read the rows of a file, or end the command by what is wrong with the first wrong one."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{path} is no UTF-8 text; save it as CSV in UTF-8") from None
    separator = max(_SEPARATORS, key=(lines or [""])[0].count)
    rows = csv.DictReader(lines, delimiter=separator)
    rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
    if not {"group", "code"} <= set(rows.fieldnames) <= set(_COLUMNS):
        raise typer.BadParameter(
            f"{path}: its first row must name the columns group and code, and may name from, until"
        )
    for row in rows:
        where = f"{path} row {rows.line_num}"
        cells = {name: (row.get(name) or "").strip() for name in _COLUMNS}
        if not any(cells.values()):
            continue
        if not cells["group"] or not cells["code"]:
            raise typer.BadParameter(f"{where}: it needs a group and a code")
        from_ms = _moment(cells["from"], zone, where) if cells["from"] else since_ms
        code = OriginCode(group=cells["group"], code=cells["code"], valid_from_ms=from_ms)
        if cells["until"]:
            code.valid_until_ms = _moment(cells["until"], zone, where)
        yield code


def _moment(text: str, zone: tzinfo, where: str) -> int:
    try:
        return in_zone(local(text), zone)
    except ValueError as error:
        raise typer.BadParameter(f"{where}: {error}") from None


def _write(page: OriginPage, offset: int) -> None:
    output.table(
        ("group", ">codes", ">rates", ""),
        (_group(one) for one in page.groups if one.name),
        f"plan {page.plan} has none",
    )
    output.section("codes of callers")
    output.table(
        ("group", "code", "from (UTC)", "until (UTC)"),
        ([one.group, one.code, output.when(one.valid_from_ms), output.when(one.valid_until_ms)] for one in page.codes),
        "no codes: enter some with `switchboard plans origins PLAN --file CSV`",
    )
    output.paged(len(page.codes), page.total, offset)


def _group(one: OriginGroup) -> list[str]:
    words = {"rest": "callers in no other group", "invalid": "callers whose number is none"}.get(one.name, "")
    if not words and not one.codes:
        words = "nobody is in it: it has no codes now"
    return [one.name, output.count(one.codes), output.count(one.rates), words]
