"""A rate sheet in words and figures, the same on all of its lists."""

from collections.abc import Iterable

from textual.content import Content

from domain.sheets.steps import SheetState, Step
from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.widgets.cells import Tone

KINDS = ("new", "increase", "decrease", "closed", "blocked", "unchanged", "callers")
"""Of changes, in the order in which they are shown."""
HEADS = {
    "new": "New",
    "increase": "Up",
    "decrease": "Down",
    "closed": "Closed",
    "blocked": "Blocked",
    "unchanged": "Same",
    "callers": "Callers",
}
ALIVE = (SheetState.ASKING, SheetState.CHECKED, SheetState.APPROVED, SheetState.REFUSED)
"""States in which a sheet rests and may still become something else."""
WORKING_S, RESTING_S = 1.0, 5.0
_SIGNS: dict[str, tuple[str, str]] = {
    "working": ("▶", "$primary"), "asking": ("?", "$warning"), "checked": ("✓", "$success"),
    "approved": ("✓", "$success"), "applied": ("●", "$success"), "refused": ("✕", "$error"),
    "cancelled": ("–", "$dim"), "undone": ("↺", "$dim"),
}  # fmt: skip
_TONES: dict[str, Tone] = {
    "working": "hue", "asking": "warn", "checked": "good", "approved": "good", "applied": "strong", "refused": "bad",
    "cancelled": "dim", "undone": "dim",
}  # fmt: skip
SEVERITIES: dict[str, tuple[str, Tone]] = {"B": ("B blocks", "bad"), "W": ("W warns", "warn"), "I": ("I note", "dim")}


def row_text(tab: str, row: int) -> str:
    """Say which row of a sheet; files without tabs have rows alone."""
    return f"{tab} row {row}" if tab else f"row {row}"


class Opened:
    """One sheet as it was last heard of; the lists of its screen share it. `sheet` None: not heard of yet."""

    def __init__(self, number: int, sheet: pb.Sheet | None = None) -> None:
        self.number, self.sheet = number, sheet

    async def hear(self, link: Link) -> pb.Sheet:
        """Ask how it stands now. Raises LinkError."""
        self.sheet = await link.ask(lambda services: services.sheets.Show, pb.SheetRef(id=self.number))
        return self.sheet

    @property
    def every_s(self) -> float:
        """How often it is asked for again: often while it is being read."""
        return WORKING_S if self.sheet is None or self.sheet.state == SheetState.WORKING else RESTING_S


def tone(state: str) -> Tone:
    """Return the tone of a state; its word stands beside it."""
    return _TONES.get(state, "plain")


def running(sheet: pb.Sheet) -> str:
    """Return what a sheet is at: the step that runs, else its state."""
    step = next((one for one in sheet.steps if not one.ended_ms), None)
    return f"{step.step} …" if step is not None and sheet.state == SheetState.WORKING else sheet.state


def steps_done(sheet: pb.Sheet) -> int:
    """Return how many of the steps are behind a sheet."""
    names = [step.value for step in Step]
    ended = [names.index(one.step) + 1 for one in sheet.steps if one.ended_ms]
    begun = [names.index(one.step) for one in sheet.steps if not one.ended_ms]
    return max([*ended, *begun], default=0)


def open_of(checks: Iterable[pb.CheckCount], severity: str) -> int:
    """Return how many findings of a severity are open."""
    return sum(one.open for one in checks if one.severity == severity)


def week(sheet: pb.Sheet) -> str:
    """Write what a week's calls cost before and after; nothing where there were none."""
    if not sheet.HasField("week_after"):
        return ""
    return f"{formats.amount(sheet.week_before)} → {formats.amount(sheet.week_after)} {sheet.week_after.currency}"


def kinds_text(sheet: pb.Sheet) -> str:
    """Write how many changes there are of each kind."""
    return "  ".join(f"{HEADS[kind]} {formats.count(sheet.kinds[kind])}" for kind in KINDS if sheet.kinds.get(kind))


def head(sheet: pb.Sheet) -> Content:
    """Write in a line what a sheet is and how it stands."""
    sign, colour = _SIGNS.get(sheet.state, ("▲", "$warning"))
    template = f"  by template {sheet.template} v{sheet.template_version}" if sheet.template else ""
    return Content.assemble(
        (f" {sign} {running(sheet)}", f"bold {colour}"),
        (f"  {sheet.id} ", "$dim"), (formats.plain(sheet.file_name), "bold $strong"),
        (f" → {formats.plain(sheet.plan)}", "$foreground"), (formats.plain(template), "$dim"),
    )  # fmt: skip


def standing(sheet: pb.Sheet) -> Content:
    """Write in two lines more what is in a sheet, what a week of it costs, and why it stands as it does."""
    opened = "  ".join(f"{one} {open_of(sheet.checks, one)}" for one in SEVERITIES)
    parts: list[tuple[str, str]] = [(f"\n {kinds_text(sheet) or 'nothing is compared yet'}", "$foreground")]
    parts += [(f"   rows {formats.count(sheet.rows)}", "$dim")] if sheet.rows else []
    parts += [(f"  rejects {formats.count(sheet.rejects)}", "bold $warning")] if sheet.rejects else []
    if sheet.kinds:
        parts += [(f"\n open: {opened}", "bold $error" if sheet.blocking else "$foreground")]
        costs = f"   a week's calls {week(sheet)}" if week(sheet) else "   no calls in a week"
        parts += [(costs, "bold $strong" if week(sheet) else "$dim")]
    if sheet.words:
        parts += [(f"\n {formats.plain(sheet.words)}", "$warning")]
    return Content.assemble(head(sheet), *parts)
