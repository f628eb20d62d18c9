"""What operators do with a rate sheet as a whole: each order says whom it concerns, asks, and tells what changed."""

from collections.abc import Mapping
from typing import Any

from textual.app import App

from domain.sheets.steps import NEXT, SheetState
from protos import operators_pb2
from protos import sheets_pb2 as pb
from tui.link import Link, LinkError
from tui.screens.choice import ChoiceScreen
from tui.screens.form import FormScreen, Line
from tui.screens.question import QuestionScreen
from tui.tabs.sheet_words import ALIVE


def hindrance(order: str, sheet: pb.Sheet) -> str:
    """Return why an order cannot be given to a sheet as it is now, "" where it can."""
    if sheet.state not in tuple(SheetState):
        return f"it is {sheet.state or 'not known yet'}"
    state = SheetState(sheet.state)
    if order == "approve":
        if state is SheetState.APPROVED:
            return ""
        if state is not SheetState.CHECKED:
            return f"it is {state.value}"
        return f"{sheet.blocking} findings that block it are open" if sheet.blocking else ""
    if order == "undo":
        return "" if state is SheetState.APPLIED else f"it is {state.value}"
    if order == "cancel":
        return "" if SheetState.CANCELLED in NEXT[state] else f"it is {state.value}"
    if order == "template":
        return "it is being read" if state is SheetState.WORKING else ""
    return "" if state in ALIVE else f"it is {state.value}"


async def approve(app: App[Any], link: Link, sheet: pb.Sheet) -> str:
    """Approve a sheet and apply it, or do what is left of it. Raises LinkError."""
    if sheet.state == SheetState.APPROVED:
        text = f"Put sheet {sheet.id} into {sheet.plan}? It is approved by {sheet.approved_by}."
        if not await app.push_screen_wait(QuestionScreen(text)):
            return ""
        return (await link.ask(lambda services: services.sheets.Apply, pb.SheetRef(id=sheet.id))).what
    terms = await link.ask(lambda services: services.rate_terms.Show, operators_pb2.Named(name=sheet.plan))
    second = terms.values.get("second_person", "").lower() in ("true", "yes", "1")
    who = (
        f"The terms of {sheet.plan} ask for a second person: "
        f"neither {sheet.sent_by}, who sent it, nor who decided about its findings or cells or said how it is read."
        if second
        else f"Whoever may change rates may; it was sent by {sheet.sent_by}."
    )
    text = f"Approve sheet {sheet.id} ({sheet.file_name}) for {sheet.plan}? {_accepted(sheet.warnings)}{who}"
    answers = {"y": "yes, and apply it now: all of it or nothing", "l": "yes, it is applied later (A again)"}
    answer = await app.push_screen_wait(ChoiceScreen(text, answers))
    if not answer:
        return ""
    approval = pb.SheetApproval(id=sheet.id, apply=answer == "y", warnings_seen=sheet.warnings)
    return (await link.ask(lambda services: services.sheets.Approve, approval)).what


async def cancel(app: App[Any], link: Link, sheet: pb.Sheet) -> str:
    """Give a sheet up. Raises LinkError."""
    text = f"Cancel sheet {sheet.id} ({sheet.file_name})? What works on it ends; nothing of it will be live."
    if not await app.push_screen_wait(QuestionScreen(text)):
        return ""
    return (await link.ask(lambda services: services.sheets.Cancel, pb.SheetRef(id=sheet.id))).what


async def undo(app: App[Any], link: Link, sheet: pb.Sheet) -> str:
    """Take an applied sheet back; what followed it is in the answer. Raises LinkError."""
    text = (
        f"Take sheet {sheet.id} ({sheet.file_name}) out of {sheet.plan} whole, as if it had never been? "
        "What was charged by it stays as it is; sheets after it are listed then."
    )
    if not await app.push_screen_wait(QuestionScreen(text)):
        return ""
    return (await link.ask(lambda services: services.sheets.Undo, pb.SheetUndo(id=sheet.id))).what


async def retry(app: App[Any], link: Link, sheet: pb.Sheet) -> str:
    """Read a sheet anew. Raises LinkError."""
    return (await link.ask(lambda services: services.sheets.Retry, pb.SheetRef(id=sheet.id))).what


async def take(app: App[Any], link: Link, item: pb.SheetItem) -> tuple[str, list[pb.Sheet]]:
    """Ask for a plan, and make a sheet of a file that waits. Returns what was done, and the sheet."""
    came: list[pb.Sheet] = []

    async def done(values: Mapping[str, str]) -> str:
        if not values["plan"]:
            raise LinkError("a sheet is for a plan: name it")
        order = pb.SheetTake(id=item.id, plan=values["plan"])
        came.append(await link.ask(lambda services: services.sheet_sources.Take, order))
        return f"item {item.id} is sheet {came[0].id} of {came[0].plan}, and being read"

    line = Line("plan", item.plan, "the plan that it is for")
    title, words = f"Make a sheet of {item.file_name}", f"{item.words or 'It waits.'} It is read at once."
    return await app.push_screen_wait(FormScreen(title, words, (line,), done)), came


async def dismiss(app: App[Any], link: Link, item: pb.SheetItem) -> str:
    """Let a file that came wait no more. Raises LinkError."""
    text = (
        f"Dismiss {item.file_name or item.subject}? What is kept of it is deleted; the folder or mailbox still has it."
    )
    if not await app.push_screen_wait(QuestionScreen(text)):
        return ""
    return (await link.ask(lambda services: services.sheet_sources.Dismiss, pb.SheetItemRef(id=item.id))).what


def _accepted(warnings: int) -> str:
    """Say how many open warnings an approval acknowledges."""
    if not warnings:
        return ""
    return "1 warning is accepted by this. " if warnings == 1 else f"{warnings:,} warnings are accepted by this. "


ORDERS = {"approve": approve, "cancel": cancel, "undo": undo, "retry": retry}
"""By the name of the key's action."""
