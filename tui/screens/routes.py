"""Screen 4: where calls go and by whom; how watched routes stand, and what happens to them."""

from functools import partial
from typing import ClassVar

from textual import work
from textual.binding import Binding

from protos import operators_pb2
from tui import formats
from tui.holding import DEFAULT, holding
from tui.screens.backtest import ask_for_backtest
from tui.screens.formula import FormulaScreen
from tui.screens.live_lists import ORDERS, Keys, LiveLists, with_keys_of_lists
from tui.screens.number import NumberScreen
from tui.screens.pick import PickScreen
from tui.screens.policies import PoliciesScreen
from tui.tabs.route_states import EventsTab, StatesTab
from tui.tabs.route_tree import TreeTab, Whose, node_of
from tui.tabs.route_vendors import VendorsTab
from tui.tabs.tab import Drill, Tab
from tui.widgets.cells import Row

ALL = "all clients"
_LEAST_DIGITS = 7
"""So many digits are a number, fewer a code."""


class RouteLists(LiveLists, inherit_bindings=False):
    """Lists about routes of a client, or of all. A number typed into the filter is routed."""

    BINDINGS: ClassVar[Keys] = with_keys_of_lists(
        *ORDERS,
        Binding("C", "client", "client"),
        Binding("m", "simulate", "simulate"),
        Binding("f", "formula", "formula"),
        Binding("b", "backtest", "back-test"),
        Binding("v", "policies", "policies"),
    )

    def __init__(self, title: str, tabs: tuple[Tab, ...], whose: Whose) -> None:
        super().__init__(title, tabs)
        self.whose = whose

    def number(self) -> str:
        """Return a number of the destination in sight, "" where there is none."""
        row, tab = self.listing.row, self.tab
        if isinstance(tab, VendorsTab):
            return tab.node.number
        return node_of(row).number if isinstance(tab, TreeTab) and row is not None else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide orders where rows are no routes, and questions about numbers where there are no destinations."""
        if action in ("simulate", "why"):
            return isinstance(self.tab, TreeTab | VendorsTab)
        if action == "order" and isinstance(self.tab, TreeTab):
            return False
        return super().check_action(action, parameters)

    def action_why(self) -> None:
        """Tell how a number of the destination is routed, and why so; on a country the number is yet to be given."""
        self.app.push_screen(NumberScreen(self.whose.client, self.number()))

    def action_simulate(self) -> None:
        """Try a formula on a number of the destination."""
        self.app.push_screen(NumberScreen(self.whose.client, self.number(), trial=True))

    def action_policies(self) -> None:
        """Show the policies that say how routes are chosen, to change them or to go back."""
        self.app.push_screen(PoliciesScreen())

    @work(group="question")
    async def action_formula(self) -> None:
        """Write a formula of the policy that holds for the client there: to save it, to back-test it, or to try it."""
        client, number, link = self.whose.client, self.number(), self.console.link
        policy = partial(holding, link, client, number) if client else DEFAULT
        written = await self.app.push_screen_wait(FormulaScreen(policy))
        if written.said:
            self.notify(formats.plain(written.said))
        elif written.use == "backtest":
            await ask_for_backtest(self.console, order=written.formula)
        elif written.use == "try":
            self.app.push_screen(NumberScreen(self.whose.client, self.number(), trial=True, formula=written.formula))

    @work(group="question")
    async def action_backtest(self) -> None:
        """Try a policy or a formula on past calls."""
        await ask_for_backtest(self.console)

    @work(group="question")
    async def action_client(self) -> None:
        """Choose whose calls are told of."""
        chosen = await self.app.push_screen_wait(PickScreen("Whose calls?", self._clients, self.whose.client or ALL))
        if chosen:
            self.whose.client = "" if chosen == ALL else chosen
            self.place.offset = 0
            self._load()

    async def _clients(self) -> tuple[str, ...]:
        page = operators_pb2.PageRequest(limit=200)
        reply = await self.console.link.ask(lambda services: services.partners.List, page)
        return (ALL, *(one.partner.id for one in reply.partners if one.partner.sell_plan))

    def _filter_by(self, text: str) -> None:
        """Filter; a number is no filter, but is routed."""
        *client, called = text.split() or [""]
        digits = called.partition(";")[0].lstrip("+")
        if isinstance(self.tab, TreeTab) and digits.isdecimal() and len(digits) >= _LEAST_DIGITS:
            self.app.push_screen(NumberScreen(client[0] if client else self.whose.client, called))
        else:
            super()._filter_by(text)


class RoutesScreen(RouteLists):
    """Countries with their destinations; routes that are not simply in; events as they come."""

    def __init__(self) -> None:
        whose = Whose()
        super().__init__("Routes", (OpeningTree(whose), StatesTab(), EventsTab()), whose)


class OpeningTree(TreeTab):
    """The tree, whose rows lead to the destinations of a country, and to the vendors of a destination."""

    def enter(self, row: Row) -> Drill | None:
        """Open a country, or a destination."""
        node, whose = node_of(row), self.whose
        if node.destination:
            tabs: tuple[Tab, ...] = VendorsTab(node, whose), EventsTab(destination=node.title)
        elif node.country:
            tabs = (OpeningTree(whose, node.country),)
        else:
            return None
        return Drill(node.title, screen=lambda: RouteLists(node.title, tabs, whose))
