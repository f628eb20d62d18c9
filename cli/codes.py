"""`switchboard codes`: the reference book."""

from collections.abc import Iterable
from typing import Annotated

import typer

from cli import code_changes, code_drafts, code_files, code_names, output
from cli.parsing import AsJson, At, Filter, Limit, Offset
from cli.progress import progress
from cli.reach import desk
from domain.money import decimal_text
from protos.codes_pb2 import (
    BookCode,
    BookDestination,
    BookDifferences,
    BookPage,
    BookQuery,
    BookVersionPair,
    BookVersions,
    Branch,
    Tree,
)
from protos.codes_pb2_grpc import ReferenceBookServiceStub
from protos.operators_pb2 import Empty, Named, PageRequest, SeedProgress
from protos.operators_pb2_grpc import CodesServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The codes and destinations of the reference book, in all its versions.",
)
KnownAt = Annotated[
    int | None,
    typer.Option(
        "--known-at", metavar="VERSION", min=0, help="As this version of the book knew it.", show_default=False
    ),
]


@app.command()
def seed() -> None:
    """Fill the reference book with the codes of all countries, mobile and fixed; what you changed stays."""
    last = SeedProgress(what="the reference book is unchanged")
    with desk() as channel, progress("reference book") as tick:
        for step in CodesServiceStub(channel).Seed(Empty()):
            tick(step.what, step.done, step.total)
            last = step
    output.lines([last.what])


@app.command()
def find(
    number: Annotated[str, typer.Argument(help="A number in E.164 digits.", show_default=False)],
    at: At = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List the codes that begin a number, the longest first: the first one that is no draft decides."""
    with desk() as channel:
        reply = ReferenceBookServiceStub(channel).Find(BookQuery(filter=number, at_ms=at, version=known_at))
    output.answer(reply, as_json, lambda found: _table(found.codes, f"no code begins {number}"))


@app.command("list")
def list_codes(
    filter: Filter = "",
    at: At = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List the codes of the reference book, a page at a time."""
    query = BookQuery(filter=filter, at_ms=at, version=known_at, limit=limit, offset=offset)
    with desk() as channel:
        reply = ReferenceBookServiceStub(channel).List(query)

    def write(page: BookPage) -> None:
        _table(page.codes, "no codes: fill the book with `switchboard codes seed`")
        output.paged(len(page.codes), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def show(
    destination: Annotated[str, typer.Argument(help="Its name, or one that it had.", show_default=False)],
    at: At = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Show a destination: its codes as ranges, its former names, and what partners call it."""
    with desk() as channel:
        query = BookQuery(destination=destination, at_ms=at, version=known_at)
        reply = ReferenceBookServiceStub(channel).Show(query)
    output.answer(reply, as_json, _write_destination)


@app.command()
def history(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Digits.", show_default=False)], as_json: AsJson = False
) -> None:
    """Show where a code belonged, and in which versions of the book that was known."""
    with desk() as channel:
        reply = ReferenceBookServiceStub(channel).History(Named(name=code))
    output.answer(reply, as_json, _write_history)


@app.command()
def versions(as_json: AsJson = False, limit: Limit = 50, offset: Offset = 0) -> None:
    """List the changes of the book, the last one first."""
    with desk() as channel:
        reply = ReferenceBookServiceStub(channel).Versions(PageRequest(limit=limit, offset=offset))

    def write(found: BookVersions) -> None:
        output.table(
            (">version", "known from (UTC)", "by", ">entries", ">entries ended", "source"),
            (
                [str(v.version), output.when(v.known_ms), v.who, output.count(v.begun), output.count(v.ended), v.source]
                for v in found.versions
            ),
            "the book is empty: fill it with `switchboard codes seed`",
        )
        output.paged(len(found.versions), found.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def diff(
    before: Annotated[int, typer.Argument(metavar="V1", min=0, help="The earlier version.", show_default=False)],
    after: Annotated[int, typer.Argument(metavar="V2", min=0, help="The later version.", show_default=False)],
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show what version V2 of the book knows otherwise than V1: codes added, moved, ended."""
    pair = BookVersionPair(before=before, after=after, limit=limit, offset=offset)
    with desk() as channel:
        reply = ReferenceBookServiceStub(channel).Diff(pair)

    def write(found: BookDifferences) -> None:
        code_changes.write_differences(found)
        output.paged(len(found.differences), found.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def tree(
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="First digits.", show_default=False)],
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """Show the codes below a prefix, with our rates now and the traffic of their destinations in the last 7 days."""
    with desk() as channel:
        reply = ReferenceBookServiceStub(channel).Branches(BookQuery(filter=prefix, limit=limit, offset=offset))

    def write(found: Tree) -> None:
        titles = ("code", "destination", "sell", "buy", ">attempts 7 d", ">minutes 7 d")
        output.table(titles, (_branch(one) for one in found.branches), f"no code begins with {prefix}, or {prefix} it")
        output.paged(sum(one.code.code.startswith(prefix) for one in found.branches), found.total, offset)

    output.answer(reply, as_json, write)


code_changes.add_to(app)
code_files.add_to(app)
code_names.add_to(app)
code_drafts.add_to(app)


def _table(codes: Iterable[BookCode], empty: str) -> None:
    rows = (
        [
            one.code,
            one.destination,
            one.country,
            output.when(one.valid_from_ms),
            output.when(one.valid_until_ms),
            "draft" if one.draft else "",
        ]
        for one in codes
    )
    output.table(("code", "destination", "country", "from (UTC)", "until (UTC)", ""), rows, empty)


def _write_destination(found: BookDestination) -> None:
    output.pairs(
        [
            ("destination", found.name),
            ("country", found.country),
            ("kind", found.kind),
            ("was named", ", ".join(found.former_names)),
            ("codes", f"{output.count(found.codes)}: {found.ranges}" if found.codes else "none"),
            ("version", str(found.version)),
        ]
    )
    if found.partner_names:
        output.section("partners' names")
        output.lines(found.partner_names)


def _write_history(found: BookPage) -> None:
    output.table(
        ("destination", "from (UTC)", "until (UTC)", "versions"),
        (
            [
                one.destination,
                output.when(one.valid_from_ms),
                output.when(one.valid_until_ms),
                f"{one.from_version} to {one.until_version - 1}" if one.until_version else f"{one.from_version} to now",
            ]
            for one in found.codes
        ),
        "nothing was ever known of it",
    )


def _branch(one: Branch) -> list[str]:
    rates: dict[str, list[str]] = {"sell": [], "buy": []}
    for rate in one.rates:
        price = "blocked" if rate.blocked else decimal_text(rate.price_units)
        by = "" if rate.code == one.code.code else f" ({rate.code})"
        rates[rate.side].append(f"{rate.plan} {price}{by}")
    cells = ["  " * one.depth + one.code.code, one.code.destination, *(", ".join(its) for its in rates.values())]
    return [*cells, output.count(one.attempts), f"{one.seconds / 60:,.1f}"]
