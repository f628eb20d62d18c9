"""A back-test: asked for by a form, run with its progress in sight, and read list by list."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual import work

from tui.backtest_run import BacktestRun, query_of
from tui.screens.form import FormScreen, Line
from tui.screens.lists import ListScreen
from tui.tabs.backtest import tabs_of

if TYPE_CHECKING:
    from tui.app import Console

_WORDS = "Past calls are routed and charged anew; nothing is changed. Leaving the screen calls it off."


class BacktestScreen(ListScreen):
    """Runs one back-test while it is there."""

    def __init__(self, run: BacktestRun) -> None:
        tried = run.query.policy or run.query.order
        super().__init__(f"Back-test of {tried}", tabs_of(run))
        self._run = run

    def on_mount(self) -> None:
        """Begin."""
        self._begin()

    @work(group="backtest")
    async def _begin(self) -> None:
        await self._run.run(self.console.link)
        with self.if_there():
            self._load()


async def ask_for_backtest(console: "Console", policy: str = "", order: str = "") -> None:
    """Ask which calls under what, and show what comes of it."""
    now_ms = console.state.business_ms()
    asked: list[BacktestRun] = []

    async def begin(values: Mapping[str, str]) -> str:
        asked.append(BacktestRun(query_of(values, now_ms)))
        return "begun"

    lines = (
        Line("policy", policy, "a policy that is kept, or"),
        Line("order", order, "a formula: price, then asr * acd"),
        Line("against", "" if policy else "default" if order else "", "a policy; nothing: what happened"),
        Line("from", "-7d", "2026-10-01, -7d"),
        Line("to", "", "2026-10-31, a whole day; nothing: now"),
        Line("client", "", "of all clients"),
        Line("sample", "100", "per cent of the calls"),
        Line("quality", "then", "as it was known then, or now", ("then", "now")),
    )
    if await console.push_screen_wait(FormScreen("Back-test", _WORDS, lines, begin)) and asked:
        console.push_screen(BacktestScreen(asked[-1]))
