"""What says how routes are chosen: policies, versions that are tried, static entries, allowed losses, moved numbers."""

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from protos import portability_pb2
from tui import formats
from tui.forms.canaries import canary_form
from tui.forms.policies import attach_form
from tui.forms.ported import file_form
from tui.holding import DEFAULT
from tui.screens.backtest import ask_for_backtest
from tui.screens.formula import FormulaScreen, Written
from tui.screens.lists import ADD, SET, ListScreen
from tui.screens.live_lists import with_keys_of_lists
from tui.tabs.canaries import ArmsTab, CanariesTab, canary_of
from tui.tabs.losses import LossesTab
from tui.tabs.places import PlacesTab
from tui.tabs.policies import PoliciesTab, VersionsTab
from tui.tabs.ported import PortedTab
from tui.tabs.profiles import ProfilesTab
from tui.tabs.rejected import RejectedTab
from tui.tabs.statics import StaticsTab
from tui.tabs.tab import Drill
from tui.widgets.cells import Row

_ENDS = (Binding("p", "deed('promote')", "promote"), Binding("D", "deed('drop')", "drop"))
_TRY = Binding("T", "try", "try")


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


class PolicyScreen(ListScreen, inherit_bindings=False):
    """The versions of one policy, and for which calls it holds; `T` tries the version under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = with_keys_of_lists(_TRY)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only versions are tried, and not the one in force."""
        if action == "try":
            row = self.listing.row
            hindered = row is None or self.tab.hindrance("back", row)
            return (None if hindered else True) if isinstance(self.tab, VersionsTab) else False
        return super().check_action(action, parameters)

    @work(group="question")
    async def action_try(self) -> None:
        """Try the version on a part of the calls."""
        row, tab = self.listing.row, self.tab
        if row is not None and isinstance(tab, VersionsTab):
            now_ms = self.state.business_ms()
            await self.shown(canary_form(self.console.link, now_ms, tab.policy, int(row.key)))


class OpeningPolicies(PoliciesTab):
    """Policies, each of which opens its own screen."""

    def enter(self, row: Row) -> Drill | None:
        """Show its versions, and for which calls it holds."""
        title, tabs = f"Policy {row.key}", (VersionsTab(row.key), PlacesTab(row.key))
        return Drill(title, screen=lambda: PolicyScreen(title, tabs))


class PoliciesScreen(ListScreen, inherit_bindings=False):
    """`f` writes a formula of the policy under the cursor, `b` tries the policy on past calls, `T` a version of it on
    a part of those that come, `a` lets it hold for some; `I` brings in a file of moved numbers."""

    BINDINGS: ClassVar[list[BindingType]] = with_keys_of_lists(
        Binding("f", "formula", "formula"),
        Binding("b", "backtest", "back-test"),
        _TRY,
        Binding("a", "attach", "attach"),
        ADD,
        SET,
        Binding("I", "bring", "bring in"),
        *_ENDS,
        first=("escape",),
    )

    def __init__(self) -> None:
        lists = StaticsTab(), LossesTab(), ProfilesTab(), PortedTab()
        super().__init__("Policies", (OpeningPolicies(), OpeningCanaries(), *lists))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys of policies on other lists."""
        if action in ("formula", "backtest", "try", "attach"):
            return isinstance(self.tab, PoliciesTab)
        if action == "bring":
            return isinstance(self.tab, PortedTab)
        return super().check_action(action, parameters)

    @work(group="question")
    async def action_formula(self) -> None:
        """Write a formula."""
        written = await self.app.push_screen_wait(FormulaScreen(self._policy() or DEFAULT))
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
        await ask_for_backtest(self.console, policy=self._policy())

    @work(group="question")
    async def action_try(self) -> None:
        """Try a version of the policy under the cursor on a part of the calls."""
        await self.shown(canary_form(self.console.link, self.state.business_ms(), self._policy()))

    @work(group="question")
    async def action_attach(self) -> None:
        """Let the policy under the cursor hold for some calls."""
        await self.shown(attach_form(self.console.link, self._policy()))

    @work(group="question")
    async def action_bring(self) -> None:
        """Bring a file of moved numbers into the source under the cursor; rows that did not go in are shown."""
        row, came = self.listing.row, list[portability_pb2.PortedReport]()
        await self.shown(file_form(self.console.link, row.key if row is not None else "", came))
        if came and came[-1].rejects:
            its = RejectedTab(came[-1].rejects, came[-1].wrong)
            self.app.push_screen(ListScreen("Rows that did not go in", (its,)))

    def _policy(self) -> str:
        row = self.listing.row
        return row.key if row is not None else ""
