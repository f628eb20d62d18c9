"""Screen 3: how calls go, sorted and filtered at the source, drilled to CDRs, with orders by hand."""

from pathlib import Path

import pytest

from protos import quality_pb2 as pb
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.figures import NOW_MS
from tests.tui.test_keys import last_asked
from tui.screens.lists import ListScreen
from tui.widgets.interval import interval
from tui.widgets.sparkline import sparkline


async def test_a_row_has_its_asr_between_bounds_and_how_its_route_stands_in_words(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("3")
        await until_loaded(pilot)
        line = next(line for line in text(app).splitlines() if "nordlink Kenya" in line)
        assert "24.0" in line and "━●" in line and "✕ out 6 min" in line
        assert "△ warned" in text(app) and "◌ probe" in text(app) and "■ held out" in text(app)
        await pilot.press("down")
        await until(pilot, lambda: "is beyond 35" in text(app))
        assert last_asked(desk, "QualityService/List").window == "1h"


async def test_levels_windows_orders_and_filters_are_asked_of_the_source(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("3", "t", "t", "t", "s")
        await until_loaded(pilot)
        asked = last_asked(desk, "QualityService/List")
        assert (asked.window, asked.sort, asked.level, asked.side) == ("100 calls", "state", "pair", "vendor")
        assert "by state" in text(app) and "100 calls" in text(app)
        await pilot.press("slash", *"kestrel +44791 uk", "enter")
        await until(pilot, lambda: last_asked(desk, "QualityService/List").destination == "44791")
        assert last_asked(desk, "QualityService/List").text == "kestrel uk"
        levels = []
        for _ in range(5):
            await pilot.press("right")
            await until_loaded(pilot)
            asked = last_asked(desk, "QualityService/List")
            levels.append((asked.side, asked.level, asked.text))
        assert levels == [
            ("client", "pair", ""), ("vendor", "country", ""), ("vendor", "partner", ""),
            ("vendor", "trunk", ""), ("vendor", "destination", ""),
        ]  # fmt: skip


async def test_the_cursor_stays_on_its_route_while_figures_come_each_second(desk: Desk) -> None:
    now_s = [1000.0]
    app = console(desk, clock=lambda: now_s[0])
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("3", "down")
        await until_loaded(pilot)
        screen = app.screen
        assert isinstance(screen, ListScreen) and screen.listing.row is not None
        held = screen.listing.row.key
        whole = desk.answers["QualityService/List"]

        def turned(request: pb.QualityRequest) -> pb.QualityRows:
            found = whole(request)
            assert isinstance(found, pb.QualityRows)
            return pb.QualityRows(rows=reversed(found.rows), total=found.total, now_ms=NOW_MS)

        desk.answers["QualityService/List"] = turned
        asked = len(desk.asked)
        now_s[0] += 1.0
        screen.show_second()
        await until(pilot, lambda: len(desk.asked) > asked)
        await until_loaded(pilot)
        assert screen.listing.row.key == held and screen.listing.cursor == 7


async def test_a_route_leads_to_its_course_its_causes_and_the_cdrs_that_ended_so(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("3", "down", "enter")
        await until(pilot, lambda: "calls" in text(app) and "24 % to 51 %" in text(app))
        period = last_asked(desk, "QualityService/Buckets")
        assert (period.partner, period.destination, period.window) == ("nordlink", "Kenya Mobile Safaricom", "24h")
        await pilot.press("enter")
        await until(pilot, lambda: "no circuit available" in text(app))
        bucket = last_asked(desk, "QualityService/Causes")
        assert bucket.until_ms - bucket.from_ms == 900_000
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: any(name == "CdrsService/List" for name, _ in desk.asked))
        legs = last_asked(desk, "CdrsService/List")
        assert (legs.partner, legs.side, list(legs.causes), legs.cause_class) == (
            "nordlink",
            "vendor",
            [34],
            "no circuit",
        )
        assert (legs.from_ms, legs.to_ms) == (bucket.from_ms, bucket.until_ms)


async def test_a_wider_row_leads_to_the_routes_that_it_is_made_of(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("3", "right", "right", "enter")
        await until(pilot, lambda: last_asked(desk, "QualityService/List").text == "country:GB")
        assert last_asked(desk, "QualityService/List").partner == "kestrel"
        await pilot.press("escape", "right", "enter")
        await until(pilot, lambda: last_asked(desk, "QualityService/List").level == "pair")
        await pilot.press("right")
        await until(pilot, lambda: last_asked(desk, "QualityService/Buckets").destination == "")


async def test_a_route_is_ordered_out_with_a_reason_and_an_end_and_mistakes_are_told(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("3")
        await until_loaded(pilot)
        await pilot.press("o")
        await until(pilot, lambda: "Take kestrel to United Kingdom Mobile out" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "say why" in text(app))
        await pilot.press(*"ticket 7", "enter", *"-1h", "enter")
        await until(pilot, lambda: "is over already" in text(app))
        await pilot.press("ctrl+u", *"+2h", "enter")
        await until(pilot, lambda: any(name == "RoutesService/Order" for name, _ in desk.asked))
        order = last_asked(desk, "RoutesService/Order")
        assert (order.vendor, order.destination, order.order) == ("kestrel", "United Kingdom Mobile", "out")
        assert order.why == "ticket 7" and abs(order.until_ms - NOW_MS - 7_200_000) < 60_000
        await until(pilot, lambda: "out, until another order" in text(app))
        await pilot.press("p")
        await until(pilot, lambda: "Try kestrel to United Kingdom Mobile now" in text(app))
        assert "until" not in text(app).partition("Enter does it")[0].rpartition("why")[2]


async def test_orders_are_offered_for_routes_alone(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("3", "right")
        await until_loaded(pilot)
        await pilot.press("o")
        await pilot.pause()
        assert "Take " not in text(app)


@pytest.mark.parametrize(("key", "ending"), [("x", "xlsx"), ("c", "csv")])
async def test_a_table_is_written_as_xlsx_or_csv(desk: Desk, tmp_path: Path, key: str, ending: str) -> None:
    app = console(desk, exports=tmp_path)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("3")
        await until_loaded(pilot)
        await pilot.press("e", key)
        await until(pilot, lambda: "9 rows in" in text(app))
    file = next(tmp_path.iterdir())  # noqa: ASYNC240  # a folder of one file
    assert file.suffix == f".{ending}"
    if ending == "xlsx":
        import fastexcel

        sheet = fastexcel.read_excel(file).load_sheet(0).to_polars()
        assert sheet["attempts"].to_list()[0] == 18_422 and sheet["partner"].to_list()[1] == "nordlink"
    else:
        assert "answered 8411;user does not answer 4605" in file.read_text()


def test_an_interval_is_read_without_colour() -> None:
    assert interval(17.5, 25, 34, 12) == "━━├●┤·······"
    assert interval(42, 43, 44, 10) == "━━━━●·····"
    assert interval(0, 0, 100, 10) == "●────────┤"
    assert interval(90, 100, 100, 10)[-1] == "●"
    for low in range(0, 101, 5):
        assert len(interval(low, low, 100, 12)) == 12


def test_a_course_without_calls_is_never_a_low_one() -> None:
    assert sparkline([None, 0.0, 50.0, 100.0]) == "·▁▄▇"
    assert sparkline([10.0, 10.0], top=70.0) == "▂▂"
    assert (sparkline([]), sparkline([None]), sparkline([0.0])) == ("", "·", "▁")
    assert sparkline([1.0, 2.0, 3.0], width=2) == "▅▇"
