"""Calls, their stories and their end; gateways and bans; a partner's trunks."""

from typing import Any

import pytest

from protos.operators_pb2 import CallRef
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.test_keys import last_asked
from tui.link import LinkError
from tui.screens.past import PastScreen
from tui.screens.story import StoryScreen
from tui.tabs.calls import query
from tui.tabs.legs import query as leg_query
from tui.tabs.tab import Ask


def test_words_of_a_filter_are_names_numbers_or_a_client() -> None:
    asked = query(Ask(filter="client:acme state:talking 4477 dest:kenya", limit=100))
    assert (asked.client, asked.state, asked.number, asked.destination) == ("acme", "started", "4477", "kenya")
    assert query(Ask(filter="Acm")).client == "acm*"
    with pytest.raises(LinkError, match="clint: is no filter; there is client:"):
        query(Ask(filter="clint:acme"))


def test_all_that_follows_call_is_an_id_of_a_call_and_the_window_does_not_matter_then() -> None:
    asked = query(Ask(filter="state:talking switch:gw1 call:F3E0A1B2 11D811B9 8001 1"))
    assert (asked.state, asked.switch_id) == ("started", "")
    assert asked.call == CallRef(call="F3E0A1B2 11D811B9 8001 1", switch_id="gw1")
    legs = leg_query(Ask(filter="vendor call: A84b@Host ", from_ms=5, to_ms=9))
    assert (legs.side, legs.from_ms, legs.to_ms, legs.call) == ("vendor", 0, 0, CallRef(call="A84b@Host"))
    assert not leg_query(Ask(filter="call:", from_ms=5)).HasField("call")


async def test_parked_records_are_found_by_the_id_that_the_switch_shows(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("8", "right", "right")
        await until_loaded(pilot)
        await pilot.press("slash", *"call:a84b", "enter")
        await until(pilot, lambda: last_asked(desk, "CdrsService/Parked").call.call == "a84b")


async def test_a_wrong_filter_says_what_there_is(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("2", "slash", *"foo:bar", "enter")
        await until(pilot, lambda: "foo: is no filter; there is client:" in text(app))


async def test_a_story_leads_from_the_request_to_the_postings_and_w_leaves_the_decision(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(100, 50)) as pilot:
        await until_loaded(pilot)
        await pilot.press("2")
        await until_loaded(pilot)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "in the book, not sealed yet" in text(app))
        assert last_asked(desk, "CallsService/Story").call == f"{3:032x}"
        shown = text(app)
        assert shown.index("asks over radius") < shown.index("admitted with 2 routes") < shown.index("cause 34")
        await pilot.press("w")
        await until(pilot, lambda: "in the book" not in text(app))
        assert "bluewire by bluewire-1: out since" in text(app)


async def test_a_call_is_decided_anew_from_its_story(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(160, 50)) as pilot:
        await until_loaded(pilot)
        await pilot.press("2")
        await until_loaded(pilot)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "in the book, not sealed yet" in text(app))
        await pilot.press("a")
        await until(pilot, lambda: "another one" in text(app))
        asked = last_asked(desk, "ExplainingService/Past")
        assert (asked.call.call, asked.with_terms) == (f"{3:032x}", True)
        shown = text(app)
        assert "its rate was 0.0250 code 447, anew 0.0246" in shown
        assert "who stood last for quality" in shown and "least real_cost" in shown
        row = next(line for line in shown.splitlines() if "bluewire-1" in line)
        assert row.split()[:5] == ["1", "2", "–", "bluewire", "bluewire-1"] and "0.023837" in row
        await pilot.press("tab", "tab", "s", "escape")
        await until(pilot, lambda: "in the book, not sealed yet" in text(app))


async def test_why_opens_the_decision_record(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(100, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("2")
        await until_loaded(pilot)
        await pilot.press("w")
        await until(pilot, lambda: "admitted with 2 routes" in text(app) and "held now" not in text(app))


async def test_ending_a_call_asks_first_and_only_y_means_yes(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("2")
        await until_loaded(pilot)
        await pilot.press("k")
        await until(pilot, lambda: "End the call of orbita to 254722100000?" in text(app))
        await pilot.press("enter")
        await until_loaded(pilot)
        assert not [name for name, _ in desk.asked if name == "CallsService/Disconnect"]
        await pilot.press("k")
        await until(pilot, lambda: "End the call" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: "orbita-gw was told to end" in text(app))


async def test_a_call_that_its_switch_cannot_end_has_a_grey_key_that_does_nothing(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("2")
        await until_loaded(pilot)
        await pilot.press("down", "k")  # of callwell, by a 302: nobody can be told
        await until_loaded(pilot)
        assert "End the call" not in text(app)
        assert "k end it" in text(app)


async def test_gateways_show_their_counters_and_a_node_that_is_away(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("c", "right")
        await until(pilot, lambda: "retransmitted" in text(app) and "tls 127.0.0.1:5061" in text(app))
        await pilot.press("end")
        await until(pilot, lambda: "node-1 does not answer" in text(app))


async def test_a_ban_is_lifted_by_u_after_a_question(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("c", "right", "right")
        await until(pilot, lambda: "203.0.113.9" in text(app))
        await pilot.press("u")
        await until(pilot, lambda: "Read packets of 203.0.113.9 again" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: "203.0.113.9 is no longer" in text(app))
        assert last_asked(desk, "GatewaysService/Unban").name == "203.0.113.9"


async def test_a_trunk_is_closed_and_a_closed_one_opened_by_x(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("m")
        await until_loaded(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "orbita-old" in text(app))
        await pilot.press("x")
        await until(pilot, lambda: "Close trunk orbita-in to new calls?" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: "trunk orbita-in: enabled" in text(app))
        await pilot.press("down", "down", "x")
        await until(pilot, lambda: "Open trunk orbita-old" in text(app))


async def test_from_a_cdr_a_call_is_told_and_decided_anew(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("8", "enter")
        await until(pilot, lambda: "w why" in text(app))
        await until_loaded(pilot)
        await pilot.press("w")
        await until_loaded(pilot)
        assert isinstance(app.screen, StoryScreen) and "a decide anew" in text(app)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, PastScreen))


async def test_words_of_a_past_call_hang_below_their_beginning_where_they_go_on_in_another_line(desk: Desk) -> None:
    whole = desk.answers["ExplainingService/Past"]

    def long(request: Any) -> Any:
        found: Any = whole(request)
        found.missing.append("real costs that the record has not: " + "bluewire-by-itself " * 3)
        return found

    desk.answers["ExplainingService/Past"] = long
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("8", "w", "a")
        await until(pilot, lambda: "real costs that" in text(app))
        lines = text(app).splitlines()
        after = lines[next(at for at, line in enumerate(lines) if "real costs that" in line) + 1]
        assert after.startswith("     ") and after.split() == ["bluewire-by-itself"]
