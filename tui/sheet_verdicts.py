"""What operators decide about findings and rejects of a rate sheet; the sheet is read anew with each decision."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from textual.app import App

from protos import sheets_pb2 as pb
from tui.link import Link, LinkError
from tui.screens.form import FormScreen, Line
from tui.tabs.sheet_checks import ChecksTab, FindingsTab, finding_of
from tui.tabs.sheet_lines import RejectsTab, reject_of
from tui.tabs.sheet_words import row_text
from tui.tabs.tab import Tab
from tui.widgets.cells import Row

WORDS = {
    "accept": ("Accept", "It stands as it is; it blocks no more."),
    "move": ("Move the dates of", "Its rows begin at the earliest day that the notice allows, or at the moment given."),
    "drop": ("Drop the rows of", "They do not go in; the rest of the sheet does."),
}
"""Of each verdict: the verb, and what it does."""


def verdict_fits(tab: Tab, row: Row | None) -> bool:
    """Return whether there is something to decide under the cursor."""
    return row is not None and isinstance(tab, ChecksTab | FindingsTab)


def mending_fits(tab: Tab, row: Row | None) -> bool:
    """Return whether there is a cell to mend under the cursor."""
    return row is not None and isinstance(tab, RejectsTab) and bool(reject_of(row).row)


async def decide(app: App[Any], link: Link, sheet: pb.Sheet, what: str, row: Row) -> str:
    """Ask for a comment (and a moment), and accept, move or drop a finding or all of a check. Raises LinkError."""
    if isinstance(row.item, pb.CheckCount):
        check = row.item
        verdict, name = pb.SheetVerdict(check=check.check), f"all {check.count} of {check.check}: {check.rule}"
    else:
        finding = finding_of(row)
        verdict = pb.SheetVerdict(keys=[finding.key])
        name = f"{finding.check} in row {finding.row}: {finding.words}" if finding.row else finding.words
    verdict.id, verdict.what = sheet.id, what
    verb, effect = WORDS[what]
    when = (Line("begin", hint="YYYY-MM-DD [HH:MM] UTC; empty: the earliest allowed"),) if what == "move" else ()

    async def done(values: Mapping[str, str]) -> str:
        verdict.comment = values["comment"]
        if values.get("begin"):
            verdict.at_ms = moment_ms(values["begin"])
        return (await link.ask(lambda services: services.sheets.Decide, verdict)).what

    lines = (*when, Line("comment", hint="why; it is kept"))
    return await app.push_screen_wait(FormScreen(f"{verb} {name}", effect, lines, done))


async def mend(app: App[Any], link: Link, sheet: pb.Sheet, row: Row) -> str:
    """Ask for the right text of a cell. Raises LinkError."""
    reject = reject_of(row)

    async def done(values: Mapping[str, str]) -> str:
        order = pb.SheetMend(
            id=sheet.id,
            tab=reject.tab,
            row=reject.row,
            column=values["column"],
            value=values["value"],
            comment=values["comment"],
        )
        return (await link.ask(lambda services: services.sheets.Mend, order)).what

    lines = (
        Line("value", reject.value, "what the cell should say"),
        Line("column", reject.column, "its heading, or its letter as in a spreadsheet"),
        Line("comment", hint="why; it is kept"),
    )
    title = f"Mend {row_text(reject.tab, reject.row)}: {reject.reason}"
    return await app.push_screen_wait(
        FormScreen(title, f"The file stays as it came. It says: {reject.raw}", lines, done)
    )


def moment_ms(text: str) -> int:
    """Read a day, or a day and a time of day, in UTC. Raises LinkError."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise LinkError(f"{text!r} is no moment: write 2026-11-30, or 2026-11-30 06:00") from None
    return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)
