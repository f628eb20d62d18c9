"""Screen 4: the tree of destinations, the vendors of one, watched routes and what happens to them."""

from google.protobuf.message import Message

from protos import explaining_pb2, route_tree_pb2, routes_pb2
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.figures import NOW_MS
from tests.tui.test_keys import last_asked


async def test_countries_lead_to_destinations_and_those_to_vendors_with_their_courses(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "Kenya" in text(app) and "✕ nordlink, tessera" in text(app))
        assert "3 routes out" in text(app) and "all clients" in text(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Kenya Special Services" in text(app))
        assert last_asked(desk, "RouteTreeService/Tree").country == "KE"
        await pilot.press("enter")
        await until(pilot, lambda: "24 hours" in text(app))
        assert "▇" in text(app) and "✕ out 6 min" in text(app) and "■ held out" in text(app)
        asked = last_asked(desk, "QualityService/Courses")
        assert {key.partner for key in asked.keys} >= {"nordlink", "savanna"} and asked.window == "24h"


async def test_who_stands_last_is_told_apart_from_who_is_out(desk: Desk) -> None:
    whole = desk.answers["RouteTreeService/Tree"]

    def with_last(request: Message) -> Message:
        found = whole(request)
        assert isinstance(found, route_tree_pb2.RouteTreePage)
        found.nodes[0].last.append("kestrel")
        found.nodes[0].last_count = found.all.last_count = 1
        return found

    desk.answers["RouteTreeService/Tree"] = with_last
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "▽ kestrel" in text(app))
        assert "3 routes out  ▽ 1 route last" in text(app)


async def test_for_a_client_a_vendor_that_stands_last_says_why(desk: Desk) -> None:
    whole = desk.answers["ExplainingService/Explain"]

    def with_last(request: Message) -> Message:
        found = whole(request)
        assert isinstance(found, explaining_pb2.ExplainedRoutes)
        found.vendors[0].reason = "stands last: out since noon"
        return found

    desk.answers["ExplainingService/Explain"] = with_last
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "C")
        await until(pilot, lambda: "Whose calls?" in text(app))
        await pilot.press("c", "enter")
        await until(pilot, lambda: last_asked(desk, "RouteTreeService/Tree").client == "callwell")
        await until_loaded(pilot)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "stands last: out since noon" in text(app))
        assert "left out: stands last" not in text(app)


async def test_for_a_client_vendors_stand_in_their_order_and_those_out_say_why(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "C")
        await until(pilot, lambda: "Whose calls?" in text(app))
        await pilot.press("c", "enter")
        await until(pilot, lambda: last_asked(desk, "RouteTreeService/Tree").client == "callwell")
        await until_loaded(pilot)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "default v2: least real_cost, then least price" in text(app))
        asked = last_asked(desk, "ExplainingService/Explain")
        assert (asked.call.client, asked.without_prices) == ("callwell", True)
        shown = text(app)
        assert shown.index("kestrel") < shown.index("bluewire") < shown.index("nordlink")
        await pilot.press("end", "up")
        await until(pilot, lambda: "left out:" in text(app))
        assert "○ left out" in text(app)
        await pilot.press("w")
        await until(pilot, lambda: "✓ admitted" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "24 hours" in text(app))


async def test_a_formula_is_tried_on_the_destination_under_the_cursor(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "C", "c", "enter")
        await until_loaded(pilot)
        await pilot.press("enter")
        await until_loaded(pilot)
        await until(pilot, lambda: "United Kingdom Mobile" in text(app))
        await pilot.press("m")
        await until_loaded(pilot)
        await pilot.press(*"price,most asr*acd", "enter")
        await until(pilot, lambda: "on trial" in text(app))
        assert last_asked(desk, "ExplainingService/Explain").trial.order == "price,most asr*acd"


async def test_a_filter_finds_destinations_everywhere_and_a_number_is_routed(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "slash", *"mobile", "enter")
        await until(pilot, lambda: last_asked(desk, "RouteTreeService/Tree").text == "mobile")
        await until(pilot, lambda: "Ecuador Mobile" in text(app))
        await pilot.press("slash", "ctrl+u", *"254", "enter")
        await until(pilot, lambda: last_asked(desk, "RouteTreeService/Tree").text == "254")
        await pilot.press("slash", "ctrl+u", *"callwell +447911123456", "enter")
        await until(pilot, lambda: "✓ admitted" in text(app))
        await pilot.press("escape")
        await until_loaded(pilot)
        assert app.screen.title_text == "Routes"  # type: ignore[attr-defined]  # every screen's


async def test_pages_of_the_tree_come_from_the_source_in_its_order(desk: Desk) -> None:
    whole = desk.answers["RouteTreeService/Tree"]

    def many(request: object) -> object:
        found = whole(request)
        found.total = 100_000  # type: ignore[attr-defined]  # a page of the tree
        return found

    desk.answers["RouteTreeService/Tree"] = many  # type: ignore[assignment]  # as above
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "s")
        await until(pilot, lambda: last_asked(desk, "RouteTreeService/Tree").sort == "out")
        await until(pilot, lambda: "1–5 of 100,000" in text(app))
        await pilot.press("end", "down")
        await until(pilot, lambda: last_asked(desk, "RouteTreeService/Tree").offset == 100)


async def test_events_come_as_they_happen_and_a_route_is_brought_back_from_there(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "right", "right")
        await until(pilot, lambda: "held out" in text(app) and "ada" in text(app) and desk.heard == 1)
        happens(desk, "the batch passed")
        await until(pilot, lambda: "the batch passed" in text(app))
        await pilot.press("home", "i", *"mended", "enter", "enter")
        await until(pilot, lambda: any(name == "RoutesService/Order" for name, _ in desk.asked))
        order = last_asked(desk, "RoutesService/Order")
        assert (order.vendor, order.order, order.why, order.HasField("until_ms")) == ("nordlink", "in", "mended", False)


async def test_changes_are_heard_of_by_the_screen_in_sight_alone_and_after_a_loss_again(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("3")
        await until(pilot, lambda: desk.heard == 1)
        await pilot.press("4")
        await until_loaded(pilot)
        await pilot.press("1")
        await until(pilot, lambda: desk.heard == 0)
        await pilot.press("4", "right", "right")
        await until(pilot, lambda: desk.heard == 1)
        await desk.stop()
        await until(pilot, lambda: app.state.trouble)
        await desk.start()
        await until(pilot, lambda: desk.heard == 1 and not app.state.trouble)
        happens(desk, "it was mended")
        await until(pilot, lambda: "it was mended" in text(app))


async def test_many_changes_at_once_are_asked_for_once_more_and_not_each(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "right", "right")
        await until(pilot, lambda: desk.heard == 1)
        await until_loaded(pilot)
        asked = len(desk.asked)
        for number in range(200):
            happens(desk, f"change {number}", number)
        await until(pilot, lambda: "change 199" in text(app))
        await until_loaded(pilot)
        assert len(desk.asked) - asked < 100


def happens(desk: Desk, why: str, number: int = 0) -> None:
    """Let a route change."""
    fresh = routes_pb2.RouteEventEntry(
        number=101 + number, at_ms=NOW_MS, vendor="nordlink", destination_name="Kenya Mobile Safaricom",
        before="probing", after="trial", why=why,
    )  # fmt: skip
    whole = desk.answers["RoutesService/Events"](routes_pb2.RouteEventsQuery())
    assert isinstance(whole, routes_pb2.RouteEvents)
    desk.answers["RoutesService/Events"] = lambda _: routes_pb2.RouteEvents(
        events=[fresh, *whole.events], total=whole.total + 1
    )
    desk.happened.put_nowait(fresh)


async def test_watched_routes_are_filtered_by_vendor_and_destination(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "right")
        await until(pilot, lambda: "watched by" in text(app))
        await pilot.press("slash", *"vendor:nordlink Nigeria", "enter")
        await until(pilot, lambda: last_asked(desk, "RoutesService/States").vendor == "nordlink")
        assert last_asked(desk, "RoutesService/States").destination == "Nigeria"
