"""Screen 6: plans and their rates in two times, beside other plans, vendors and costs; the reference book."""

from collections.abc import Mapping
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from protos import codes_pb2, operators_pb2
from tui import formats, notice_orders
from tui.link import Link, LinkError
from tui.moments import HINT, Moments, moment_of, said
from tui.screens.form import FormScreen, Line
from tui.screens.lists import ListScreen
from tui.screens.notices import NoticesScreen
from tui.tabs.codes import CodesTab, DraftsTab, branch_of, draft_of
from tui.tabs.draft_sums import DraftSumsTab, order_of, sum_of, words_of
from tui.tabs.plan_beside import CompareTab, DestinationsTab, MarginTab, OffersTab, VendorsTab
from tui.tabs.plan_list import PlansTab, plan_of
from tui.tabs.plan_rates import RatesTab, known_of
from tui.tabs.tab import Ask, Drill, Listed, Tab
from tui.widgets.cells import Row

_SELL = "sell"
_OWN = ("escape", "k", "x")
"""Keys of other lists that come first here, or mean something else."""
_OF_LISTS = (
    *(one for one in ListScreen.BINDINGS if isinstance(one, Binding) and one.key not in _OWN),
    *Screen.BINDINGS,
)


class PlansScreen(ListScreen, inherit_bindings=False):
    """All plans, the codes of the reference book, and those that wait for a decision."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("v", "vendors", "vendors"),
        Binding("c", "compare", "compare"),
        Binding("E", "sheet", "sheet file"),
        Binding("n", "notices", "notices"),
        Binding("A", "confirm", "confirm"),
        Binding("x", "deed('refuse')", "refuse"),
        *_OF_LISTS,
    ]

    def __init__(self) -> None:
        super().__init__("Plans", (_OpeningTab(), CodesTab(), DraftSumsTab(), DraftsTab()))
        self.moments = Moments()

    def chosen(self) -> operators_pb2.Plan | None:
        """Return the plan that keys are about."""
        row = self.listing.row
        return plan_of(row) if row is not None and isinstance(self.tab, PlansTab) else None

    def names(self) -> tuple[str, ...]:
        """Return the plans that a name may be completed to."""
        return tuple(row.key for row in self.listing.rows)

    def code(self) -> str:
        """Return the code under the cursor, "" where there is none."""
        row = self.listing.row
        if row is None:
            return ""
        return branch_of(row).code.code if isinstance(self.tab, CodesTab) else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey what is done with a plan where there is none; hide what this list has nothing for."""
        if action in ("compare", "sheet"):
            offered = isinstance(self, PlanScreen) or isinstance(self.tab, PlansTab)
            return (True if self.chosen() is not None else None) if offered else False
        if action == "confirm":
            return self.deed_offered("refuse")  # what waits may be decided either way
        return super().check_action(action, parameters)

    def action_notices(self) -> None:
        """Show who must be told of the plan's rates, and who was; of a plan that we buy by, answers to its sheets."""
        plan = self.chosen()
        sells = plan is None or plan.side == _SELL
        self.app.push_screen(NoticesScreen(plan.id if plan is not None else "", sells=sells))

    @work(group="question")
    async def action_confirm(self) -> None:
        """Ask where the code of a draft, or all of a sum, belong, and take them into the book."""
        row, link = self.listing.row, self.console.link
        if row is None:
            return
        summed = isinstance(self.tab, DraftSumsTab)
        what, words, usual = _sum_told(row) if summed else _draft_told(row)

        async def take(values: Mapping[str, str]) -> str:
            where = values["destination"]
            one = codes_pb2.BookOrder(codes=[row.key], destination=where)
            order = order_of(row, where) if summed else one
            return (await link.ask(lambda services: services.book.Confirm, order)).what

        line = Line("destination", usual, "a name that the book knows; empty: that of the shorter code")
        told = await self.app.push_screen_wait(FormScreen(f"Take {what} into the book", words, (line,), take))
        if told:
            self.notify(formats.plain(told), timeout=8)
        self._load()

    @work(group="question")
    async def action_sheet(self) -> None:
        """Ask how the plan is to be written as a rate sheet, and write it."""
        plan = self.chosen()
        if plan is None:
            return
        whose, folder = tuple(plan.assigned_to), self.state.exports
        try:
            told = await notice_orders.export(self.app, self.console.link, plan.id, whose, folder)
        except LinkError as failed:
            self.notify(formats.plain(str(failed)), severity="error")
        else:
            if told:
                self.notify(formats.plain(told), timeout=8)

    @work(group="question")
    async def action_vendors(self) -> None:
        """Show vendors of the code under the cursor side by side; where there is none, ask for what."""
        if self.code():
            self.show_vendors(self.code())
            return
        line = Line("for", hint="a destination, a code or a number: Kenya Mobile, 2547, 254712000111")
        given: list[str] = []

        async def take(values: Mapping[str, str]) -> str:
            if not values["for"]:
                raise ValueError("give a destination, a code or a number")
            given.append(values["for"])
            return values["for"]

        form = FormScreen("Vendors side by side", "Best to worst, and who is dearer than whom.", (line,), take)
        if await self.app.push_screen_wait(form):
            self.show_vendors(given[0])

    def show_vendors(self, text: str) -> None:
        """Show vendors side by side."""
        tabs = OffersTab(text, self.moments), VendorsTab(text, self.moments)
        self.app.push_screen(ListScreen(f"Vendors for {text}", tabs))

    @work(group="question")
    async def action_compare(self) -> None:
        """Ask for another plan, and show what differs."""
        plan, link = self.chosen(), self.console.link
        if plan is None:
            return

        async def take(values: Mapping[str, str]) -> str:
            listed = await link.ask(lambda services: services.plans.List, operators_pb2.Empty())
            names = [one.id for one in listed.plans if one.id != plan.id]
            if values["with"] not in names:
                raise ValueError(f"there is no other plan {values['with']!r}: {', '.join(names[:8])}")
            return values["with"]

        words = f"What numbers cost by another plan than {plan.id}."
        form = FormScreen("Compare", words, (Line("with", hint="a plan's name", choices=self.names()),), take)
        other = await self.app.push_screen_wait(form)
        if other:
            tabs = CompareTab(plan.id, other, self.moments), DestinationsTab(plan.id, other, self.moments)
            self.app.push_screen(ListScreen(f"{plan.id} and {other}", tabs))


class PlanScreen(PlansScreen, inherit_bindings=False):
    """One plan: its rates, and where it sells what it earns. `a` and `k` move through the two times."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("a", "travel('valid')", "in force at"),
        Binding("k", "travel('known')", "known at"),
        Binding("v", "vendors_of", "vendors"),
        Binding("c", "compare", "compare"),
        Binding("E", "sheet", "sheet file"),
        Binding("n", "notices", "notices"),
        *_OF_LISTS,
    ]

    def __init__(self, plan: operators_pb2.Plan, names: tuple[str, ...]) -> None:
        ListScreen.__init__(self, f"Plan {plan.id}", _tabs_of(plan, moments := Moments()))
        self.plan, self.moments, self._names = plan, moments, names

    def chosen(self) -> operators_pb2.Plan | None:
        """Return the plan that keys are about."""
        return self.plan

    def names(self) -> tuple[str, ...]:
        """Return the other plans as they were listed."""
        return self._names

    def action_vendors_of(self) -> None:
        """Show vendors of the code under the cursor side by side."""
        row = self.listing.row
        if row is not None:
            self.show_vendors(known_of(row).rate.code if isinstance(self.tab, RatesTab) else row.key)

    @work(group="question")
    async def action_travel(self, which: str) -> None:
        """Ask for a moment, and show the plan as it is valid or was known then."""
        now_ms = self.state.business_ms()

        async def go(values: Mapping[str, str]) -> str:
            at_ms = moment_of(values["when"], now_ms)
            if which == "valid":
                self.moments.valid_ms = at_ms
            elif at_ms is not None and at_ms > now_ms:
                raise ValueError(f"what is known at {said(at_ms)} nobody knows yet")
            else:
                self.moments.known_ms = at_ms
            return self.moments.words()

        title = "Rates in force at" if which == "valid" else "As it was known at"
        words = "Only rates that are valid then." if which == "valid" else "What later sheets changed is not seen."
        form = FormScreen(title, f"{words} UTC unless it says.", (Line("when", hint=HINT),), go)
        if await self.app.push_screen_wait(form):
            self.place.offset = 0
            self._load()


class _OpeningTab(PlansTab):
    """The list of plans, whose rows lead to the screen of a plan."""

    names: tuple[str, ...] = ()

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for plans, and remember their names."""
        listed = await super().fetch(link, ask)
        self.names = tuple(row.key for row in listed.rows)
        return listed

    def enter(self, row: Row) -> Drill | None:
        """Open the plan."""
        plan = plan_of(row)
        return Drill(plan.id, screen=lambda: PlanScreen(plan, self.names))


def _draft_told(row: Row) -> tuple[str, str, str]:
    """Return what a draft is, what its sheet says of it, and where it is now."""
    draft = draft_of(row)
    return draft.code, f"{draft.partner} calls it {draft.name!r}, in sheet {draft.sheet}.", draft.destination


def _sum_told(row: Row) -> tuple[str, str, str]:
    """The same of all drafts of a sum; each keeps the destination of its shorter code unless one is named for all."""
    one = sum_of(row)
    return words_of(row), f"{one.partner}, {one.plan}: {one.first} to {one.last}.", ""


def _tabs_of(plan: operators_pb2.Plan, moments: Moments) -> tuple[Tab, ...]:
    rates = RatesTab(plan, moments)
    sells_calls = plan.side == _SELL and plan.unit in ("", "second")
    return (rates, MarginTab(plan.id, moments)) if sells_calls else (rates,)
