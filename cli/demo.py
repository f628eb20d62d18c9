"""`switchboard demo`: the three-minute story, in a terminal with the console; `demo verify` checks its figures."""

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.reach import fail
from cluster.demo.stage import fresh_folder
from cluster.demo.story import tell
from cluster.demo.summary import keep, kept, summary, table
from cluster.demo.verify import Check, live_checks, october_checks, story_checks
from cluster.demo.verify_routes import kenya_checks, nordlinks_checks, uk_checks
from cluster.demo.verify_sheet import sheet_checks, told_checks
from domain.errors import SwitchboardError
from protos.connect import ENDPOINT_FILE

FOLDER = "demo-data"
PROGRESS = "story.log"


def command(
    action: Annotated[
        str, typer.Argument(help="run: play the story; verify: check the figures of the last one.")
    ] = "run",
    seed: Annotated[int, typer.Option(help="Seed of numbers and times; the figures do not depend on it.")] = 7,
    scale: Annotated[
        int, typer.Option(min=1, max=100, help="So many times October's calls, openings and payments.")
    ] = 1,
    headless: Annotated[bool, typer.Option(help="No console: print the story as it goes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Play the three-minute story on real sockets and check its figures."""
    folder = Path(os.environ.get("SWITCHBOARD_DATA") or FOLDER)
    if action not in ("run", "verify"):
        raise typer.BadParameter("give run or verify", param_hint="ACTION")
    if action == "verify":
        _verify(folder, as_json)
    elif headless or as_json or not sys.stdout.isatty():
        _play(folder, seed, scale, as_json)
    else:
        _watch(folder, seed, scale)


def _play(folder: Path, seed: int, scale: int, as_json: bool) -> None:
    began = time.monotonic()

    def say(line: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - began), 60)
        typer.echo(f"{minutes}:{seconds:02d}  {line}", err=as_json)

    try:
        told = asyncio.run(tell(folder, say, seed=seed, scale=scale))
    except SwitchboardError as error:
        fail(str(error))
    say("counting everything again from the books")
    checks = [*october_checks(folder, scale), *live_checks(folder, told), *story_checks(told)]
    checks += [*sheet_checks(folder, scale), *told_checks(told.sheet, scale)]
    checks += [*uk_checks(told.uk, scale), *kenya_checks(folder), *nordlinks_checks(told.kenya)]
    made = summary(told, checks)
    keep(folder, made)
    _end(checks, made, as_json)


def _verify(folder: Path, as_json: bool) -> None:
    """Count October, Savanna's sheet and Nordlink's Kenya again from what is on disk; judge what the story noted."""
    last = kept(folder)
    if last is None:
        fail(f"no story was told in {folder} yet: run `switchboard demo` first")
    noted = [Check(one["what"], one["must"], one["found"]) for one in last["checks"]]
    again = [*october_checks(folder, last["scale"]), *sheet_checks(folder, last["scale"]), *kenya_checks(folder)]
    names = {check.what for check in again}
    checks = [*again, *(check for check in noted if check.what not in names)]
    said = [asdict(check) | {"holds": check.holds} for check in checks]
    _end(checks, {**last, "checks": said}, as_json)


def _end(checks: list[Check], made: dict[str, Any], as_json: bool) -> None:
    wrong = [check for check in checks if not check.holds]
    if as_json:
        typer.echo(json.dumps(made, indent=2))
    else:
        typer.echo("\n".join(table(checks)))
        typer.echo(f"{len(checks) - len(wrong)} figures hold, {len(wrong)} do not")
    raise typer.Exit(1 if wrong else 0)


def _watch(folder: Path, seed: int, scale: int) -> None:
    """Play the story in a process of its own and open the console on it; when both are done, show the end."""
    from tui.app import run

    try:
        fresh_folder(folder)  # what the last story left must not open the console
    except SwitchboardError as error:
        fail(str(error))
    arguments = ["demo", "--headless", "--seed", str(seed), "--scale", str(scale)]
    environment = os.environ | {"SWITCHBOARD_DATA": str(folder)}
    log_path = folder.parent / f"{folder.name}-{PROGRESS}"
    with log_path.open("w") as log:
        story = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *arguments],
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
        typer.echo("starting; the console opens when the switchboard answers (q leaves it, the story goes on)")
        while story.poll() is None and not (folder / ENDPOINT_FILE).exists():
            time.sleep(0.2)
        if story.poll() is None:
            run(str(folder), over=lambda: story.poll() is not None)
        typer.echo("the story goes on to its end …")
        code = story.wait()
    typer.echo(log_path.read_text())
    raise typer.Exit(code)
