"""What clients are promised, on the screen."""

from protos import sla_pb2 as pb
from tests.tui.console import console, text, until_loaded
from tests.tui.desk import Desk
from tests.tui.test_keys import last_asked


async def test_promises_lead_from_what_runs_now_to_every_bucket(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3", "A")
        await until_loaded(pilot)
        shown = text(app)
        assert "broken" in shown and "too few calls" in shown
        assert "asr 24.0 % (18.5 to 30.5) of 200 calls is beyond asr >= 40" in shown
        await pilot.press("enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "SlaService/Report")
        assert isinstance(asked, pb.SlaQuery)
        assert (asked.client, asked.product, asked.destination) == ("acme", "gold", "Kenya Mobile Safaricom")
        assert text(app).count("not kept") == 2


async def test_the_report_and_the_breaches_are_lists_beside(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3", "A", "right")
        await until_loaded(pilot)
        asked = last_asked(desk, "SlaService/Report")
        assert isinstance(asked, pb.SlaQuery) and asked.summaries
        assert "90.9" in text(app)
        await pilot.press("right")
        await until_loaded(pilot)
        assert "lasts" in text(app)
