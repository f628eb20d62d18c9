"""Proposals to charge calls anew, where jobs are shown."""

from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.test_keys import last_asked


async def test_a_proposal_is_among_the_jobs_and_enter_lists_its_calls_and_sums(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("j")
        await until(pilot, lambda: "-27.00 USD" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "447911000001" in text(app))
        assert last_asked(desk, "ReratingService/Cdrs").id == 16
        shown = text(app)
        assert "553.50 → 526.50 -27.00 USD" in shown and "-0.0041" in shown and "no-rate" in shown
        assert "3 cannot be rated" in shown
        await pilot.press("slash", *"kestrel", "enter")
        await until(pilot, lambda: last_asked(desk, "ReratingService/Cdrs").partner == "kestrel")
        await pilot.press("right")
        await until(pilot, lambda: "UK Mobile" in text(app) and "447911000001" not in text(app))


async def test_calls_are_counted_again_and_a_proposal_is_dismissed_by_the_key_that_cancels(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("j")
        await until(pilot, lambda: "-27.00 USD" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "447911000001" in text(app))
        await pilot.press("r")
        await until(pilot, lambda: any(name == "ReratingService/Refresh" for name, _ in desk.asked))
        await pilot.press("escape")
        await until_loaded(pilot)
        await pilot.press("x", "x")
        await until(pilot, lambda: any(name == "ReratingService/Dismiss" for name, _ in desk.asked))
        assert last_asked(desk, "ReratingService/Dismiss").id == 16
        assert all(name != "JobsService/Cancel" for name, _ in desk.asked)


async def test_enter_on_another_job_opens_nothing(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("j")
        await until(pilot, lambda: "-27.00" in text(app))
        await pilot.press("down", "enter")
        await until_loaded(pilot)
        assert " Jobs " in text(app)
        assert all(not name.startswith("ReratingService/") for name, _ in desk.asked)
