"""Policies in the console: seen from the routes, changed field by field, and brought back to a former version."""

from typing import Any

from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk


def asked(desk: Desk, method: str) -> Any:
    return [request for name, request in desk.asked if name == f"PoliciesService/{method}"][-1]


async def test_a_policy_is_changed_by_its_fields_and_goes_back_to_a_version(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v")
        await until(pilot, lambda: "price, then asr * acd / pdd_p50" in text(app))
        assert "client callwell, to Kenya Mobile, at evening" in text(app)
        await pilot.press("equals_sign")
        await until(pilot, lambda: "min_margin_bp" in text(app))
        await pilot.press(*"max_routes=5", "enter")
        await until(pilot, lambda: any(name == "PoliciesService/Set" for name, _ in desk.asked))
        assert (asked(desk, "Set").name, dict(asked(desk, "Set").values)) == ("cheap", {"max_routes": "5"})
        await until_loaded(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "as sold" in text(app))
        await pilot.press("b")
        await until_loaded(pilot)
        assert not any(name == "PoliciesService/Back" for name, _ in desk.asked), "the last one is in force"
        await pilot.press("down", "b")
        await until(pilot, lambda: "Make version 2 of policy cheap its version 4?" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: any(name == "PoliciesService/Back" for name, _ in desk.asked))
        assert asked(desk, "Back").version == 2
