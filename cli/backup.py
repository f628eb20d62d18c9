"""`switchboard backup`, `restore` and `drill`: copies of everything, put back, and proven.

They read the data folder and the database themselves, so that they work when the switchboard is stopped or broken.
"""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import output
from cli.parsing import AsJson
from cli.progress import progress
from cli.reach import fail
from cluster.backups import Check, Drilled, Restored, Taken, back_up
from cluster.backups import drill as take_drill
from cluster.backups import restore as put_back
from cluster.backups import verify as read_again
from domain.errors import SwitchboardError
from protos.connect import data_folder

NICE = 10
"""Calls that are answered meanwhile go first."""
Config = Annotated[Path | None, typer.Option(help="Settings file; default: switchboard.toml in the data folder.")]


def backup(
    to: Annotated[
        Path, typer.Argument(metavar="TO", help="Folder of the backups, best on another disk.", show_default=False)
    ],
    keep: Annotated[int, typer.Option(min=0, help="Delete older backups there but for so many; 0: keep all.")] = 0,
    config: Config = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Take none: read every file of those that are there, or of the one named.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy everything of a switchboard, while it runs or when it is stopped."""
    _yield_to_calls()
    if verify:
        _verify(to, as_json)
        return
    try:
        with progress("backup") as tick:
            taken = back_up(data_folder(), to, tick, config=config, keep=keep)
    except SwitchboardError as error:
        fail(str(error))
    if as_json:
        output.print_json(_taken(taken))
    else:
        _write_taken(taken)


def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FROM", help="A backup, or their folder: then the newest.", show_default=False)
    ],
    to: Annotated[
        Path, typer.Argument(metavar="TO_DATA", help="An empty data folder, or a new one.", show_default=False)
    ],
    store_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Put the books into this empty PostgreSQL database, or `files`: into the folder. "
            "Default: as the settings in the backup say.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a data folder of a backup, check its books, and say what to do next. Overwrites nothing."""
    try:
        with progress("restore") as tick:
            done = put_back(source, to, tick, store_url=store_url)
    except SwitchboardError as error:
        fail(str(error))
    if as_json:
        output.print_json(_restored(done))
    else:
        _write_restored(done)
    raise typer.Exit(0 if all(check.holds for check in done.checks) else 1)


def drill(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the copy where it is, and say where.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take a backup, restore it elsewhere, and compare every row with the original. Starts nothing."""
    _yield_to_calls()
    try:
        with progress("drill") as tick:
            done = take_drill(data_folder(), tick, config=config, keep=keep)
    except SwitchboardError as error:
        fail(str(error))
    if as_json:
        output.print_json(_drilled(done))
    else:
        _write_drilled(done)
    raise typer.Exit(0 if all(check.holds for check in done.checks) else 1)


def _verify(given: Path, as_json: bool) -> None:
    try:
        with progress("verify") as tick:
            found = read_again(given, tick)
    except SwitchboardError as error:
        fail(str(error))
    if as_json:
        output.print_json([{"folder": str(one.folder), "files": one.files, "wrong": list(one.wrong)} for one in found])
    else:
        rows = [(one.folder.name, output.count(one.files), "; ".join(one.wrong) or "as written") for one in found]
        output.table(("backup", ">files", "they are"), rows, "there is no backup")
    raise typer.Exit(1 if any(one.wrong for one in found) else 0)


def _yield_to_calls() -> None:
    os.nice(max(0, NICE - os.nice(0)))
    os.environ.setdefault("POLARS_MAX_THREADS", str(max(1, (os.cpu_count() or 1) - 1)))


def _write_taken(taken: Taken) -> None:
    made = taken.manifest
    output.pairs([
        ("backup", str(taken.folder)),
        ("of", f"{output.when(made.at_ms)} UTC{_business(made.at_ms, made.business_ms)}"),
        ("books", f"{len(made.books)}, from {made.store}"),
        ("files", f"{output.count(len(made.files))}, {_size(made.size)}"),
        ("shared", f"{output.count(made.linked)} files with an earlier backup" if made.linked else ""),
        ("took", f"{made.took_ms / 1000:.1f} s"),
        ("damaged", "; ".join(taken.damaged) + " (copied anew: look at that disk)" if taken.damaged else ""),
        ("deleted", ", ".join(path.name for path in taken.gone)),
        ("not in it", ", ".join(made.elsewhere)),
    ])  # fmt: skip


def _write_restored(done: Restored) -> None:
    made = done.manifest
    output.pairs([
        ("restored", str(done.folder)),
        ("from", str(done.backup)),
        ("as of", f"{output.when(made.at_ms)} UTC{_business(made.at_ms, made.business_ms)}"),
        ("books", f"{len(made.books)}, in {'the database' if done.settings.store.url else 'the folder'}"),
        ("bring too", ", ".join(made.elsewhere)),
    ])  # fmt: skip
    _write_checks(done.checks)
    output.section("What to do next")
    output.lines(_next(done))


def _next(done: Restored) -> list[str]:
    moment = output.when(done.manifest.at_ms)
    steps = [
        "Make sure that the old switchboard is stopped for good: both answer at the same addresses.",
        f"switchboard up --data {done.folder}",
        f"Import the CDR files of {moment} UTC and later (`switchboard cdrs import`): nothing is counted twice.",
        "Enter again what operators changed since then, payments first (`switchboard audit` ends at that moment).",
        "switchboard ledger check",
    ]
    if not all(check.holds for check in done.checks):
        steps.insert(0, "Find out why the checks above differ, or take another backup, before calls come in.")
    return [f"{number}. {step}" for number, step in enumerate(steps, 1)]


def _write_drilled(done: Drilled) -> None:
    _write_checks(done.checks)
    wrong = sum(not check.holds for check in done.checks)
    typer.echo()
    typer.echo(
        f"{len(done.checks) - wrong} of {len(done.checks)} hold; as of {output.when(done.taken.at_ms)} UTC, "
        f"{_size(done.taken.size)}, {done.took_ms / 1000:.1f} s"
    )
    if done.folder is not None:
        typer.echo(f"the backup and what was restored of it: {done.folder}")


def _write_checks(checks: tuple[Check, ...]) -> None:
    typer.echo()
    rows = [(each.what, each.must, "same" if each.holds else f"DIFFERS: {each.found}") for each in checks]
    output.table(("compared", "original", "copy"), rows, "nothing was compared")


def _taken(taken: Taken) -> dict[str, Any]:
    made = taken.manifest
    return {
        "folder": str(taken.folder),
        "at": output.iso(made.at_ms),
        "business": output.iso(made.business_ms),
        "product": made.product,
        "store": made.store,
        "catalog_schema": made.catalog_schema,
        "books": [asdict(book) for book in made.books],
        "files": len(made.files),
        "bytes": made.size,
        "linked": made.linked,
        "took_ms": made.took_ms,
        "elsewhere": list(made.elsewhere),
        "damaged": list(taken.damaged),
        "deleted": [str(path) for path in taken.gone],
    }


def _restored(done: Restored) -> dict[str, Any]:
    return {
        "folder": str(done.folder),
        "backup": str(done.backup),
        "at": output.iso(done.manifest.at_ms),
        "business": output.iso(done.manifest.business_ms),
        "checks": _checks(done.checks),
        "holds": all(check.holds for check in done.checks),
    }


def _drilled(done: Drilled) -> dict[str, Any]:
    return {
        "at": output.iso(done.taken.at_ms),
        "bytes": done.taken.size,
        "took_ms": done.took_ms,
        "folder": str(done.folder) if done.folder else None,
        "checks": _checks(done.checks),
        "holds": all(check.holds for check in done.checks),
    }


def _checks(checks: tuple[Check, ...]) -> list[dict[str, Any]]:
    return [asdict(check) | {"holds": check.holds} for check in checks]


def _business(at_ms: int, business_ms: int) -> str:
    """Tell business time where it is another one."""
    return "" if abs(at_ms - business_ms) < 1000 else f" (business time {output.when(business_ms)})"


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MB"
