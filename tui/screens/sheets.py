"""Screen 5: rate sheets, those that come by themselves, and the keys by which sheets are decided."""

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from domain.sheets.steps import SheetState
from protos import sheets_pb2 as pb
from tui import formats, sheet_orders, sheet_selling, sheet_sending, sheet_verdicts
from tui.link import LinkError
from tui.screens.lists import ListScreen
from tui.screens.pointing import PointingScreen
from tui.tabs.sheet_changes import ChangesTab, ImplicitTab
from tui.tabs.sheet_checks import ChecksTab
from tui.tabs.sheet_inbox import WAITING, InboxTab, SheetSourcesTab, item_of
from tui.tabs.sheet_leaks import LeaksTab
from tui.tabs.sheet_lines import LinesTab, RejectsTab
from tui.tabs.sheet_list import SheetsTab, sheet_of
from tui.tabs.sheet_steps import NotesTab, QuestionsTab, StepsTab
from tui.tabs.sheet_words import ALIVE, Opened
from tui.tabs.tab import Drill, Tab
from tui.widgets.cells import Row

_OWN = {"D", "r", "plus"}
"""Keys that mean something else on other lists."""


class SheetKeys(ListScreen, inherit_bindings=False):
    """Lists with keys for the sheet that they are about, in the order in which they are used."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        *(
            Binding(f"{digit}", f"answer({digit})", "choose", show=digit == 1, key_display="1-9")
            for digit in range(1, 10)
        ),
        Binding("A", "order('approve')", "approve"),
        Binding("a", "decide('accept')", "accept"),
        Binding("a", "take", "take"),
        Binding("D", "decide('move')", "move date"),
        Binding("d", "decide('drop')", "drop"),
        Binding("d", "dismiss_item", "dismiss"),
        Binding("m", "mend", "mend"),
        Binding("p", "sell('reprice')", "reprice"),
        Binding("b", "sell('block')", "block"),
        Binding("U", "order('undo')", "undo"),
        Binding("C", "order('cancel')", "cancel"),
        Binding("plus", "send", "send", key_display="+"),
        Binding("T", "template", "template"),
        Binding("r", "order('retry')", "retry"),
        *(one for one in ListScreen.BINDINGS if isinstance(one, Binding) and one.key not in _OWN | {"escape"}),
        *Screen.BINDINGS,
    ]

    def about(self) -> pb.Sheet | None:
        """Return the sheet that keys are about."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey orders that the sheet cannot be given as it is; hide what this list has nothing for."""
        sheet, row = self.about(), self.listing.row
        rests = sheet is not None and sheet.state in ALIVE
        if isinstance(self.tab, InboxTab | SheetSourcesTab) and action in ("order", "template", "send"):
            return False
        match action:
            case "order":
                return None if sheet is None or sheet_orders.hindrance(str(parameters[0]), sheet) else True
            case "template":
                return None if sheet is None or sheet_orders.hindrance("template", sheet) else True
            case "decide":
                fits = sheet_verdicts.verdict_fits(self.tab, row)
                return (True if rests else None) if fits else False
            case "sell":
                return sheet_selling.sale_fits(self.tab, row)
            case "mend":
                fits = sheet_verdicts.mending_fits(self.tab, row)
                return (True if rests else None) if fits else False
            case "answer":
                return isinstance(self, SheetScreen) and sheet is not None and sheet.state == SheetState.ASKING
            case "send":
                return isinstance(self, SheetsScreen)
            case "take" | "dismiss_item":
                came = item_of(row) if row is not None and isinstance(self.tab, InboxTab) else None
                return isinstance(self.tab, InboxTab) and (True if came and came.state == WAITING else None)
            case _:
                return super().check_action(action, parameters)

    @work(group="question")
    async def action_order(self, order: str) -> None:
        """Ask, and have done with the sheet what the key stands for."""
        sheet = self.about()
        if sheet is not None:
            try:
                self._told(await sheet_orders.ORDERS[order](self.app, self.console.link, sheet))
            except LinkError as failed:
                self.notify(formats.plain(str(failed)), severity="error")

    @work(group="question")
    async def action_decide(self, what: str) -> None:
        """Accept, move or drop what is under the cursor."""
        sheet, row = self.about(), self.listing.row
        if sheet is not None and row is not None:
            told = await sheet_verdicts.decide(self.app, self.console.link, sheet, what, row)
            if told:
                self.listing.stay()
            self._told(told)

    @work(group="question")
    async def action_sell(self, what: str) -> None:
        """Reprice or block the code under the cursor."""
        sheet, row = self.about(), self.listing.row
        if sheet is not None and row is not None:
            self._told(await sheet_selling.sell(self.app, self.console.link, sheet, what, row))

    @work(group="question")
    async def action_mend(self) -> None:
        """Give the cell under the cursor another text."""
        sheet, row = self.about(), self.listing.row
        if sheet is not None and row is not None:
            self._told(await sheet_verdicts.mend(self.app, self.console.link, sheet, row))

    @work(group="question")
    async def action_take(self) -> None:
        """Make a sheet of the file under the cursor."""
        row = self.listing.row
        if row is not None:
            told, came = await sheet_orders.take(self.app, self.console.link, item_of(row))
            self._told(told)
            if came:
                self.app.push_screen(sheet_screen(came[0]))

    @work(group="question")
    async def action_dismiss_item(self) -> None:
        """Let the file under the cursor wait no more."""
        row = self.listing.row
        if row is not None:
            try:
                self._told(await sheet_orders.dismiss(self.app, self.console.link, item_of(row)))
            except LinkError as failed:
                self.notify(formats.plain(str(failed)), severity="error")

    @work(group="question")
    async def action_send(self) -> None:
        """Send a file of this machine."""
        sheet, now_ms = self.about(), self.state.business_ms()
        try:
            told, came = await sheet_sending.send(self.app, self.console.link, sheet.plan if sheet else "", now_ms)
        except LinkError as failed:
            self.notify(formats.plain(str(failed)), severity="error")
            return
        self._told(told)
        if len(came) == 1:
            self.app.push_screen(sheet_screen(came[0]))

    def action_template(self) -> None:
        """Show how the sheet is read."""
        sheet = self.about()
        if sheet is not None:
            self.app.push_screen(PointingScreen(sheet))

    def _told(self, what: str) -> None:
        if what:
            self.notify(formats.plain(what), timeout=8)
        self._load()

    def _open(self, drill: Drill | None) -> None:
        """Keep the keys of the sheet on lists that lead further into it."""
        sheet = self.about()
        if drill is not None and drill.screen is None and sheet is not None:
            self.app.push_screen(SheetScreen(drill.title, drill.tabs, Opened(sheet.id, sheet)))
        else:
            super()._open(drill)


class SheetsScreen(SheetKeys):
    """All sheets, what came by itself, and where from."""

    def __init__(self) -> None:
        inbox = InboxTab(lambda number: sheet_screen(pb.Sheet(id=number)))
        super().__init__("Sheets", (_OpeningTab(), inbox, SheetSourcesTab()))

    def about(self) -> pb.Sheet | None:
        """Return the sheet under the cursor."""
        row = self.listing.row
        return sheet_of(row) if row is not None and isinstance(self.tab, SheetsTab) else None


class SheetScreen(SheetKeys):
    """One sheet, or a part of it. It shows what it has come to: its questions when it asks, else its checks."""

    def __init__(self, title: str, tabs: tuple[Tab, ...], opened: Opened) -> None:
        super().__init__(title, tabs)
        self._opened = opened
        self._state = ""

    def about(self) -> pb.Sheet | None:
        """Return the sheet as it was last heard of."""
        return self._opened.sheet

    def _show(self) -> None:
        sheet = self._opened.sheet
        if sheet is not None and sheet.state != self._state:
            before, self._state = self._state, sheet.state
            wanted = self._wanted(before)
            at = next((at for at, tab in enumerate(self.tabs) if wanted and isinstance(tab, wanted)), self.active)
            if at != self.active:
                self.action_list(at - self.active)
                return
        super()._show()

    def _wanted(self, before: str) -> type[Tab] | None:
        """Return which list the sheet's new state asks for, None where the reader is left where he is."""
        if self._state == SheetState.ASKING:
            return QuestionsTab
        if self._state == SheetState.WORKING:
            return StepsTab if not before or isinstance(self.tab, QuestionsTab) else None
        return ChecksTab if isinstance(self.tab, QuestionsTab | StepsTab) and before != self._state else None

    def action_answer(self, choice: int) -> None:
        """Choose for the question that is next; when all have a choice, send them."""
        sheet = self._opened.sheet
        tab = next((tab for tab in self.tabs if isinstance(tab, QuestionsTab)), None)
        question = tab.next(sheet) if tab is not None and sheet is not None else None
        if tab is None or sheet is None or question is None:
            return
        if choice > len(question.choices):
            self.notify(f"there is no choice {choice}", severity="error", timeout=2)
            return
        tab.chosen[question.key] = choice
        if tab.next(sheet) is None:
            answers = {one.key: one.choices[tab.chosen[one.key] - 1] for one in sheet.questions}
            self._answer(tab, pb.SheetAnswers(id=sheet.id, answers=answers))
        elif tab is self.tab:
            self.place.listed = tab.listed(sheet)
            super()._show()

    @work(group="change")
    async def _answer(self, tab: QuestionsTab, answers: pb.SheetAnswers) -> None:
        try:
            self.notify(formats.plain((await self.console.link.ask(lambda s: s.sheets.Answer, answers)).what))
        except LinkError as failed:
            self.notify(formats.plain(str(failed)), severity="error")
        tab.chosen.clear()
        self._load()


class _OpeningTab(SheetsTab):
    """The list of sheets, whose rows lead to the screen of a sheet."""

    def enter(self, row: Row) -> Drill | None:
        """Open the sheet."""
        sheet = sheet_of(row)
        return Drill(f"Sheet {sheet.id}", screen=lambda: sheet_screen(sheet))


def sheet_screen(sheet: pb.Sheet) -> SheetScreen:
    """Return the screen of a sheet."""
    opened = Opened(sheet.id, sheet)
    tabs = (
        ChecksTab(opened),
        StepsTab(opened),
        ChangesTab(opened),
        ImplicitTab(opened),
        LinesTab(opened),
        RejectsTab(opened),
        QuestionsTab(opened),
        NotesTab(opened),
        LeaksTab(opened),
    )
    return SheetScreen(f"Sheet {sheet.id}", tabs, opened)
