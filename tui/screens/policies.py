"""What says how routes are chosen: policies, versions that are tried, static entries, allowed losses, moved numbers."""

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from tui import formats
from tui.holding import DEFAULT
from tui.screens.backtest import ask_for_backtest
from tui.screens.formula import FormulaScreen, Written
from tui.screens.lists import ListScreen
from tui.screens.live_lists import with_keys_of_lists
from tui.tabs.canaries import ArmsTab, CanariesTab, canary_of
from tui.tabs.losses import LossesTab
from tui.tabs.policies import PoliciesTab
from tui.tabs.ported import PortedTab
from tui.tabs.statics import StaticsTab
from tui.tabs.tab import Drill
from tui.widgets.cells import Row

_ENDS = (Binding("p", "deed('promote')", "promote"), Binding("D", "deed('drop')", "drop"))


class CanaryScreen(ListScreen, inherit_bindings=False):
    """The arms of one trial; what they say is acted on where it is read."""

    BINDINGS: ClassVar[list[BindingType]] = with_keys_of_lists(*_ENDS)


class OpeningCanaries(CanariesTab):
    """Trials, each of which opens its own screen."""

    def enter(self, row: Row) -> Drill | None:
        """Compare its arms."""
        one = canary_of(row)
        title, tabs = f"Canary of {one.policy}", (ArmsTab(one),)
        return Drill(title, screen=lambda: CanaryScreen(title, tabs))


class PoliciesScreen(ListScreen, inherit_bindings=False):
    """`f` writes a formula of the policy under the cursor, `b` tries the policy on past calls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *with_keys_of_lists(
            Binding("f", "formula", "formula"),
            Binding("b", "backtest", "back-test"),
            *_ENDS,
        ),
    ]

    def __init__(self) -> None:
        tabs = PoliciesTab(), OpeningCanaries(), StaticsTab(), LossesTab(), PortedTab()
        super().__init__("Policies", tabs)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys of policies on other lists."""
        if action in ("formula", "backtest"):
            return isinstance(self.tab, PoliciesTab)
        return super().check_action(action, parameters)

    @work(group="question")
    async def action_formula(self) -> None:
        """Write a formula."""
        row = self.listing.row
        written = await self.app.push_screen_wait(FormulaScreen(row.key if row is not None else DEFAULT))
        await self._follow(written)

    async def _follow(self, written: Written) -> None:
        if written.said:
            self.notify(formats.plain(written.said))
            self._load()
        elif written.use == "backtest":
            await ask_for_backtest(self.console, order=written.formula)

    @work(group="question")
    async def action_backtest(self) -> None:
        """Try the policy under the cursor on past calls."""
        row = self.listing.row
        await ask_for_backtest(self.console, policy=row.key if row is not None else "")
