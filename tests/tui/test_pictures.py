"""What each screen looks like, at the smallest size and at a comfortable one.

`pytest tests/tui/test_pictures.py --snapshot-update` draws them anew after a change that is meant.
"""

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]  # has no stubs
from syrupy.assertion import SnapshotAssertion
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from tests.tui.console import console, until_loaded
from tests.tui.desk import Desk

WALK = {
    "board": [],
    "calls": ["2"],
    "story": ["down", "down", "enter"],
    "past": ["a"],
    "decision": ["escape", "w"],
    "question": ["w", "escape", "k"],
    "limits": ["n", "right"],
    "limit-form": ["plus"],
    "quantities": ["escape", "right", "down"],
    "quality": ["3", "down"],
    "quality-clients": ["right"],
    "quality-countries": ["right"],
    "quality-course": ["left", "left", "enter"],
    "quality-causes": ["right"],
    "quality-order": ["escape", "o"],
    "sla": ["escape", "A"],
    "sla-report": ["right"],
    "sla-breaches": ["right"],
    "sla-buckets": ["left", "left", "enter"],
    "routes": ["escape", "4"],
    "routes-country": ["down", "enter"],
    "routes-vendors": ["enter"],
    "routes-client": ["C", "c", "enter"],
    "routes-watched": ["4", "right"],
    "routes-events": ["right"],
    "route": ["left", "left", "C", "home", "enter", "slash", *"callwell 447911123456", "enter"],
    "route-tried": ["m", *"price,most asr*acd", "enter"],
    "policies": ["v"],
    "policy-versions": ["enter", "down"],
    "policy-places": ["right"],
    "formula": ["escape", "f"],
    "formula-wrong": [*" - ppd"],
    "canaries": ["escape", "right"],
    "canary-form": ["plus"],
    "canary": ["escape", "enter"],
    "statics": ["escape", "right"],
    "static-form": ["plus", "k", "down", "down", *"kestrel"],
    "losses": ["escape", "right"],
    "profiles": ["right"],
    "ported": ["right", "slash", *"254722000007", "enter"],
    "palette": ["ctrl+p", *"prom"],
    "backtest-form": ["escape", "right", "b"],
    "backtest": ["ctrl+s"],
    "backtest-overflow": ["left"],
    "backtest-rooms": ["left"],
    "sheets": ["escape", "escape", "escape", "5", "down", "down"],
    "sheet": ["enter"],
    "sheet-steps": ["right"],
    "sheet-changes": ["right"],
    "sheet-rejects": ["right", "right", "right"],
    "sheet-findings": ["left", "left", "left", "left", "left", "down", "down", "enter"],
    "sheet-impact": ["escape", "left"],
    "sheet-asking": ["escape", "up", "enter"],
    "sheet-template": ["T"],
    "sheet-inbox": ["5", "right"],
    "sheet-sources": ["right", "down"],
    "plans": ["6"],
    "codes": ["right", "slash", *"254", "enter"],
    "draft-sums": ["right"],
    "drafts": ["right"],
    "plan": ["right", "enter"],
    "plan-history": ["enter"],
    "plan-vendors": ["escape", "v"],
    "plan-vendors-sums": ["right"],
    "plan-compared": ["escape", "escape", "c", *"savanna-buy", "enter"],
    "plan-destinations": ["right"],
    "plan-margin": ["escape", "down", "enter", "right"],
    "plan-export": ["escape", "E"],
    "notices": ["escape", "n"],
    "notices-waiting": ["right"],
    "notices-late": ["A", "y"],
    "notices-all": ["escape", "right"],
    "forms": ["right", "down"],
    "notice": ["left", "end", "enter"],
    "notice-contacts": ["right", "end"],
    "notice-history": ["right"],
    "notice-mail": ["right"],
    "cdrs": ["8"],
    "call": ["enter"],
    "sources": ["escape", "right"],
    "parked": ["right"],
    "traffic": ["right"],
    "money": ["m"],
    "partner": ["enter"],
    "statement": ["right"],
    "end-users": ["right", "right", "right"],
    "invoices": ["escape", "right"],
    "ledger": ["right"],
    "pnl": ["right"],
    "cash": ["right"],
    "mail": ["right"],
    "cluster": ["c"],
    "gateways": ["right"],
    "bans": ["right"],
    "switches": ["right"],
    "keys": ["question_mark"],
    "jobs": ["escape", "j"],
    "rerating": ["enter"],
    "light": ["1", "ctrl+t"],
}
"""Name of a picture and the keys that lead to it from the one before."""


class Picture(SVGImageExtension):  # type: ignore[misc]  # has no stubs
    """An SVG by its name alone, whatever the test that draws it is called."""

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return f"{test_location.methodname}[{index}]"


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
async def test_every_screen_looks_as_it_did(desk: Desk, snapshot: SnapshotAssertion, width: int, height: int) -> None:
    differ = []
    app = console(desk)
    async with app.run_test(size=(width, height)) as pilot:
        for name, keys in WALK.items():
            await pilot.press(*keys)
            await until_loaded(pilot)
            picture = app.export_screenshot(title="switchboard console")
            if picture != snapshot(name=f"{name}-{width}x{height}", extension_class=Picture):
                differ.append(name)
    assert differ == []
