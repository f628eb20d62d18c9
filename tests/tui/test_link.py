"""The console and a switchboard that comes and goes."""

import asyncio

from protos import operators_pb2 as pb
from protos.connect import Endpoint
from tests.tui.console import SOON, console, text, until, until_loaded
from tests.tui.desk import Desk
from tui.link import Link


async def test_a_restarted_switchboard_is_found_again_at_its_new_address(desk: Desk) -> None:
    now = [1000.0]
    app = console(desk, clock=lambda: now[0])
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        assert "reconnecting" not in text(app)

        await desk.stop()
        await until(pilot, lambda: app.state.trouble)
        now[0] += 12
        await until(pilot, lambda: "last figures 12 s old" in text(app) and "reconnecting…" in text(app))
        assert "118.4" in text(app), "the last figures stay in sight"

        desk.status.board.cps = 97.5
        await desk.start()
        await until(pilot, lambda: "97.5" in text(app))
        assert "reconnecting" not in text(app)


async def test_a_console_started_first_waits_for_the_switchboard() -> None:
    desk = Desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "no switchboard runs on demo-data" in text(app))
        await desk.start()
        await until(pilot, lambda: "118.4" in text(app))
    await desk.stop()


async def test_a_new_token_is_read_when_the_old_one_is_refused(desk: Desk) -> None:
    refused = Desk()
    refused.token = "another"
    await refused.start()
    address = [refused.find().desk]
    app = console(desk, find=lambda: Endpoint(desk=address[0], token=desk.token))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "refuses our token" in text(app))
        address[0] = desk.find().desk
        await until(pilot, lambda: "118.4" in text(app))
    await refused.stop()


async def test_a_screen_opened_while_the_switchboard_is_away_fills_when_it_returns(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await desk.stop()
        await until(pilot, lambda: app.state.trouble)
        await pilot.press("m")
        await until(pilot, lambda: "not connected" in text(app) or "waiting for" in text(app))
        await desk.start()
        await until(pilot, lambda: "Callwell" in text(app))


async def test_an_answer_that_this_switchboard_does_not_know_is_told_and_nothing_breaks(desk: Desk) -> None:
    del desk.answers["InvoicesService/List"]
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("m", "right")
        await until(pilot, lambda: "cannot answer that yet" in text(app))
        await pilot.press("left")
        await until(pilot, lambda: "Callwell" in text(app))


async def test_a_link_that_is_called_off_as_a_status_comes_ends(desk: Desk) -> None:
    desk.pause_s = 0.0
    for turns in range(12):
        statuses: asyncio.Queue[pb.Status] = asyncio.Queue()
        link = asyncio.create_task(Link(desk.find, statuses.put_nowait, lambda _: None, SOON).run())
        await statuses.get()
        for _ in range(turns):
            await asyncio.sleep(0)
        link.cancel()
        ended, _ = await asyncio.wait({link}, timeout=5)
        assert link in ended, f"it goes on, called off {turns} turns after a status"
