"""What keys do to a list: rows are added, set, ended, removed and tried again, after a form or a question."""

from collections.abc import Mapping
from functools import partial

from textual import work

from tui import formats
from tui.link import LinkError
from tui.screens.choice import ChoiceScreen
from tui.screens.fields import FieldsScreen
from tui.screens.form import FormScreen, Line
from tui.screens.frame import Frame
from tui.screens.question import QuestionScreen
from tui.tabs.tab import Tab
from tui.widgets.cells import Row
from tui.widgets.listing import Listing

_LONG_S = 8.0
"""How long it is told what was done, where there is something to read."""


class ActingLists(Frame):
    """Base of screens of lists: the list in sight says what can be done, and does it; it is asked anew afterwards."""

    _cancelling = ""

    @property
    def tab(self) -> Tab:
        """The list in sight."""
        raise NotImplementedError

    @property
    def listing(self) -> Listing:
        """The widget that shows it."""
        return self.query_one(Listing)

    def _load(self) -> None:
        raise NotImplementedError

    def deed_offered(self, deed: str) -> bool | None:
        """Hide a deed that this list does not know; grey it where this row hinders it."""
        if deed not in self.tab.deeds:
            return False
        row = self.listing.row
        return True if row is not None and not self.tab.hindrance(deed, row) else None

    def action_cancel(self) -> None:
        """Cancel what the row stands for; the second press means it."""
        row = self.listing.row
        if row is None:
            return
        if self._cancelling != row.key:
            self._cancelling = row.key
            self.notify("press x again to cancel it", timeout=4)
        else:
            self._cancelling = ""
            self._cancel()

    @work(group="change")
    async def _cancel(self) -> None:
        if self.listing.row is None:
            return
        try:
            self.notify(await self.tab.cancel(self.console.link, self.listing.row))
        except LinkError as failed:
            self.notify(str(failed), severity="error")
        self._load()

    @work(group="question")
    async def action_deed(self, deed: str) -> None:
        """Ask, and do to the row what the key stands for."""
        row, tab = self.listing.row, self.tab
        if row is None or not await self.app.push_screen_wait(QuestionScreen(tab.question(deed, row))):
            return
        if deed in tab.noted:
            await self.shown(self._note_form(deed, row))
            return
        try:
            self.notify(formats.plain(await tab.do(deed, self.console.link, row)))
        except LinkError as failed:
            self.notify(formats.plain(str(failed)), severity="error")
        self._load()

    def _note_form(self, deed: str, row: Row) -> FormScreen:
        tab, link = self.tab, self.console.link

        async def done(values: Mapping[str, str]) -> str:
            return await tab.do_noted(deed, link, row, values["note"])

        return FormScreen("Why?", "It stays with it; it may be left empty.", (Line("note"),), done)

    @work(group="question")
    async def action_add(self) -> None:
        """Ask for what is new in the list, and add it."""
        tab, kinds = self.tab, self.tab.adds
        kind = kinds[0]
        if len(kinds) > 1:
            by_letter = {one[0]: one for one in kinds}
            kind = by_letter.get(await self.app.push_screen_wait(ChoiceScreen("Add a", by_letter)), "")
        if kind:
            await self.shown(tab.form(kind, self.console.link, self.state.business_ms(), self.listing.row))

    async def shown(self, form: FormScreen) -> None:
        """Show a form, and say what was done."""
        done = await self.app.push_screen_wait(form)
        if done:
            self.notify(formats.plain(done), timeout=_LONG_S)
        self._load()

    @work(group="question")
    async def action_set(self) -> None:
        """Show the fields of what the row stands for, and give some of them new values."""
        row, link = self.listing.row, self.console.link
        card = FieldsScreen(partial(self.tab.fields, link, row), partial(self.tab.set_fields, link, row))
        done = await self.app.push_screen_wait(card)
        if done:
            self.notify(formats.plain(done))
        self._load()

    def action_retry(self, everything: bool) -> None:
        """Try the row again, or all of the list."""
        row = None if everything else self.listing.row
        if everything or row is not None:
            self._retry(row)

    @work(group="change")
    async def _retry(self, row: Row | None) -> None:
        try:
            self.notify(await self.tab.retry(self.console.link, row))
        except LinkError as failed:
            self.notify(str(failed), severity="error")
        self._load()
