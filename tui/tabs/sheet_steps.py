"""The eleven steps of a rate sheet, what it asks, and what was decided about it as a whole."""

from textual.content import Content

from domain.sheets.steps import Step
from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.sheet_words import Opened, standing
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, number, word

_BAR = 11
CHOSEN, ASKED = "●", "?"


class StepsTab(Tab):
    """One row per step, those to come too: count, time, and which one runs."""

    name = "Steps"
    columns = (
        Column("", 2),
        Column("step", 10),
        Column("count", 11, right=True),
        Column("time", 9, right=True),
        Column("", _BAR, above=60),
        Column("what", 20, flex=1),
    )

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask how far the sheet is."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        known = {one.step: one for one in sheet.steps}
        longest_ms = max((one.ended_ms - one.began_ms for one in sheet.steps), default=0)
        rows = [_step(step.value, known.get(step.value), longest_ms) for step in Step]
        return Listed(rows, len(rows), standing(sheet))


class QuestionsTab(Tab):
    """What must be answered before the sheet can be read: each question with its choices by number. Digits choose for
    the question that is next; when all have a choice they go to the switchboard together."""

    name = "Asked"
    columns = (Column("", 3, right=True), Column("question or choice", 40, flex=1), Column("tab", 14, above=100))
    empty = "nothing is asked"
    detail_share = (4, 1)
    detail_below = True

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.chosen: dict[str, int] = {}

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask what is asked."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        self.chosen = {one.key: self.chosen[one.key] for one in sheet.questions if one.key in self.chosen}
        return self.listed(sheet)

    def detail(self, row: Row) -> Content | None:
        """Show the question, or the choice, in full."""
        question = row.item
        assert isinstance(question, pb.SheetQuestion)
        at = row.key.removeprefix(question.key).strip()
        text = question.choices[int(at) - 1] if at else question.words
        return Content.styled(formats.plain(text), "$strong")

    def listed(self, sheet: pb.Sheet) -> Listed:
        """Return questions and choices as rows."""
        rows = [row for one in sheet.questions for row in self._rows(one)]
        return Listed(rows, len(rows), standing(sheet))

    def next(self, sheet: pb.Sheet) -> pb.SheetQuestion | None:
        """Return the first question without a choice."""
        return next((one for one in sheet.questions if one.key not in self.chosen), None)

    def _rows(self, one: pb.SheetQuestion) -> list[Row]:
        chosen = self.chosen.get(one.key)
        sign = Cell(ASKED, "warn") if chosen is None else Cell(CHOSEN, "good")
        rows = [Row(f"{one.key}", (sign, word(one.words, "strong"), word(one.tab, "dim")), one)]
        for at, choice in enumerate(one.choices, 1):
            mine = at == chosen
            text = f"{CHOSEN if mine else ' '} {choice}"
            rows.append(
                Row(f"{one.key} {at}", (number(str(at), at, "hue"), word(text, "good" if mine else "plain")), one)
            )
        return rows


class NotesTab(Tab):
    """What was decided about the file as a whole, a sentence a row."""

    name = "Notes"
    columns = (Column("what was decided", 60, flex=1),)
    empty = "no notes"
    detail_below = True

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the notes."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        about = [
            f"received {formats.exact_time(sheet.received_ms)[:19]}Z, {formats.count(sheet.size)} bytes, by "
            + (sheet.sent_by or formats.NOTHING)
            + (f", from {sheet.sender}" if sheet.sender else "")
            + (f": {sheet.subject}" if sheet.subject else ""),
            *([f"approved by {sheet.approved_by}"] if sheet.approved_by else []),
            *([f"applied: {sheet.plan} version {sheet.version}"] if sheet.version else []),
            *([f"{formats.count(sheet.corrections)} corrections"] if sheet.corrections else []),
        ]
        texts = [*about, *sheet.notes]
        return Listed([Row(str(at), (word(text),)) for at, text in enumerate(texts)], len(texts), standing(sheet))


def _step(name: str, one: pb.SheetStep | None, longest_ms: int) -> Row:
    if one is None:
        blank = (Cell("○", "dim"), word(name, "dim"), word(""), word(""), Cell(""), Cell("to come", "dim"))
        return Row(name, blank)
    took_ms = max(0, one.ended_ms - one.began_ms)
    runs = not one.ended_ms
    return Row(
        name,
        (
            Cell("▶", "hue") if runs else Cell("✓", "good"),
            word(name, "strong"),
            number(formats.count(one.count) if one.count else formats.NOTHING, one.count),
            number("…" if runs else f"{took_ms:,} ms", took_ms),
            Cell(formats.bar(took_ms, longest_ms, _BAR), "hue", took_ms),
            word("runs" if runs else one.words, "hue" if runs else "plain"),
        ),
        one,
    )
