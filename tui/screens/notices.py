"""Notices of rates: who must be told, what waits for approval, what became of it; and one notice with its mail."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from domain.notices.states import NoticeKind
from protos import notices_pb2 as pb
from tui import formats, notice_orders
from tui.link import LinkError
from tui.screens.lists import ListScreen
from tui.tabs.forms import FormsTab
from tui.tabs.notice_list import AnswersTab, DueTab, NoticesTab, WaitingTab, due_of, notice_of
from tui.tabs.notice_parts import ContactsTab, HistoryTab, MailTab, NoticeChangesTab
from tui.tabs.notice_words import Opened
from tui.tabs.tab import Tab

_OWN = {"x", "R", "escape", "plus"}
"""Keys that mean something else on other lists."""
Order = Callable[[], Coroutine[Any, Any, str]]


class NoticeKeys(ListScreen, inherit_bindings=False):
    """Lists with keys for the notice that they are about, in the order in which they are used."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("m", "make", "make"),
        Binding("plus", "add", "new form", key_display="+"),
        Binding("A", "order('approve')", "approve"),
        Binding("x", "order('cancel')", "cancel"),
        Binding("R", "order('resend')", "resend"),
        Binding("a", "order('answer')", "answer"),
        Binding("o", "told", "told"),
        Binding("S", "order('save')", "save"),
        *(one for one in ListScreen.BINDINGS if isinstance(one, Binding) and one.key not in _OWN),
        *Screen.BINDINGS,
    ]

    sells = True
    """Of rates that clients must be told; else of answers to vendors about their sheets."""

    def about(self) -> pb.RateNotice | None:
        """Return the notice that keys are about."""
        raise NotImplementedError

    def whose(self) -> pb.DueNotice:
        """Return the client and the plan that keys are about, as far as they are known."""
        notice = self.about()
        return pb.DueNotice(partner=notice.partner, plan=notice.plan) if notice else pb.DueNotice()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey orders that the notice cannot be given as it is; hide what this list has nothing for."""
        forms = isinstance(self.tab, FormsTab)
        match action:
            case "order":
                notice = self.about()
                if forms or isinstance(self.tab, DueTab):
                    return False
                return None if notice is None or notice_orders.hindrance(str(parameters[0]), notice) else True
            case "make":
                return isinstance(self, NoticesScreen) and self.sells and not forms
            case "told":
                return self.sells and not forms
            case _:
                return super().check_action(action, parameters)

    def action_order(self, order: str) -> None:
        """Ask, and have done with the notice what the key stands for."""
        notice, link = self.about(), self.console.link
        if notice is None:
            return
        match order:
            case "approve":
                waiting = [notice_of(row) for row in self.listing.rows if isinstance(row.item, pb.RateNotice)]
                waiting = waiting if isinstance(self.tab, WaitingTab) else []
                self._do(lambda: notice_orders.approve(self.app, link, notice, waiting))
            case "cancel":
                self._do(lambda: notice_orders.cancel(self.app, link, notice))
            case "save":
                self._do(lambda: notice_orders.save(self.app, link, notice, self.state.exports))
            case _:
                ask = notice_orders.resend if order == "resend" else notice_orders.answer
                self._do(lambda: ask(self.app, link, notice, self._address()))

    def action_make(self) -> None:
        """Make notices, of the client under the cursor or of all."""
        whose = self.whose()
        self._do(lambda: notice_orders.make(self.app, self.console.link, whose))

    def action_told(self) -> None:
        """Write down that a client knows its rates otherwise."""
        whose, now_ms = self.whose(), self.state.business_ms()
        self._do(lambda: notice_orders.told(self.app, self.console.link, whose.partner, whose.plan, now_ms))

    def _address(self) -> str:
        row = self.listing.row
        return row.item.address if row is not None and isinstance(row.item, pb.NoticeContact) else ""

    @work(group="question")
    async def _do(self, order: Order) -> None:
        try:
            told = await order()
        except LinkError as failed:
            self.notify(formats.plain(str(failed)), severity="error")
        else:
            if told:
                self.notify(formats.plain(told), timeout=8)
        self._load()


class NoticesScreen(NoticeKeys):
    """Notices of a plan, or ("") of all plans. Of a plan that we buy by nobody is told but the vendor, what became of
    its sheets."""

    def __init__(self, plan: str = "", *, sells: bool = True) -> None:
        if sells:
            tabs = (DueTab(plan, notice_screen), WaitingTab(plan, notice_screen), NoticesTab(plan, notice_screen))
            super().__init__(f"Notices of {plan}" if plan else "Notices", (*tabs, FormsTab()))
        else:
            super().__init__(f"Answers about sheets of {plan}", (AnswersTab(plan, notice_screen),))
        self._plan, self.sells = plan, sells

    def about(self) -> pb.RateNotice | None:
        """Return the notice under the cursor."""
        row = self.listing.row
        return notice_of(row) if row is not None and isinstance(self.tab, NoticesTab) else None

    def whose(self) -> pb.DueNotice:
        """Return what is due under the cursor, else of which plan the lists are."""
        row = self.listing.row
        if row is not None and isinstance(self.tab, DueTab):
            return due_of(row)
        return super().whose() if self.about() else pb.DueNotice(plan=self._plan)


class NoticeScreen(NoticeKeys):
    """One notice."""

    def __init__(self, title: str, tabs: tuple[Tab, ...], opened: Opened) -> None:
        super().__init__(title, tabs)
        self._opened = opened

    def about(self) -> pb.RateNotice | None:
        """Return the notice as it was last heard of."""
        return self._opened.notice


def notice_screen(number: int, kind: str) -> NoticeScreen:
    """Return the screen of a notice; an answer to a sheet changes nothing."""
    opened = Opened(number)
    changes = (NoticeChangesTab(opened),) if kind == NoticeKind.RATES else ()
    tabs = *changes, ContactsTab(opened), HistoryTab(opened), MailTab(opened)
    return NoticeScreen(f"Notice {number}", tabs, opened)
