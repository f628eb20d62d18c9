"""Formulas are written in the console, told what they mean, tried on past calls and kept; trials are compared."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from protos import backtests_pb2, operators_pb2, policies_pb2
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tui.backtest_run import query_of
from tui.formula_words import FigureNames, Known
from tui.widgets.field import Field

NOW = 1_793_527_200_000
LINES = dict.fromkeys(("policy", "order", "against", "from", "to", "client", "sample", "quality"), "")


def asked(desk: Desk, method: str) -> Any:
    return [request for name, request in desk.asked if name == method][-1]


def was_asked(desk: Desk, method: str) -> bool:
    return any(name == method for name, _ in desk.asked)


async def test_a_formula_is_told_what_it_means_while_it_is_typed_and_kept_with_a_note(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v")
        await until(pilot, lambda: "price, then asr * acd / pdd_p50" in text(app))
        await pilot.press("f")
        await until(pilot, lambda: "most  asr * acd / pdd_p50" in text(app))
        await pilot.press(*" - ppd")
        await until(pilot, lambda: "'ppd' in column 35 is no figure" in text(app))
        assert f"{' ' * 34}▲" in text(app)
        await pilot.press("ctrl+b")
        await until(pilot, lambda: "mend it first" in text(app))
        await pilot.press(*["backspace"] * 6, "down", *"as agreed", "ctrl+s")
        await until(pilot, lambda: was_asked(desk, "PoliciesService/Set"))
        change = asked(desk, "PoliciesService/Set")
        assert (change.name, change.note) == ("cheap", "as agreed")
        assert dict(change.values) == {"order": "price, then asr * acd / pdd_p50"}


async def test_an_order_is_tried_on_past_calls_with_its_progress_and_its_lists(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "f")
        await until(pilot, lambda: "left to the policies below" in text(app))
        await pilot.press(*"real_cost", "ctrl+b")
        await until(pilot, lambda: "Past calls are routed and charged anew" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "+18.90" in text(app))
        query = asked(desk, "BacktestsService/Run")
        assert (query.order, query.against, query.sample_bp, query.quality) == ("real_cost", "default", 10_000, "then")
        for list_, words in (("Clients", "callwell"), ("Moves", "United Kingdom Mobile"), ("Capacity", "kestrel-out")):
            await pilot.press("right")
            await until(pilot, lambda words=words: words in text(app))  # type: ignore[misc]  # bound now
            assert list_ in text(app)


async def test_a_trial_is_compared_promoted_and_dropped(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v", "right")
        await until(pilot, lambda: "more for quality" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "47 to 49.2" in text(app))
        assert "better" in text(app) and "too few" in text(app)
        await pilot.press("escape", "p")
        await until(pilot, lambda: "Promote version 4 of policy cheap?" in text(app))
        await pilot.press("y", "enter")
        await until(pilot, lambda: was_asked(desk, "CanariesService/Promote"))
        await until_loaded(pilot)
        await pilot.press("down", "p")
        await until_loaded(pilot)
        assert asked(desk, "CanariesService/Promote").policy == "cheap", "the other one is over"
        await pilot.press("up", "D", "y", "enter")
        await until(pilot, lambda: was_asked(desk, "CanariesService/Drop"))


async def test_static_entries_are_changed_and_removed(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v", "right", "right")
        await until(pilot, lambda: "no-blue" in text(app))
        assert "to Kenya Mobile" in text(app) and "25.0 %" in text(app)
        await pilot.press("equals_sign")
        await until(pilot, lambda: "at_most" in text(app))
        await pilot.press(*"weight=70", "enter")
        await until(pilot, lambda: was_asked(desk, "StaticsService/Set"))
        assert dict(asked(desk, "StaticsService/Set").values) == {"weight": "70"}
        await until_loaded(pilot)
        await pilot.press("D")
        await until(pilot, lambda: "Remove static entry k60?" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: was_asked(desk, "StaticsService/Remove"))


async def test_figures_are_completed_in_the_middle_of_a_formula() -> None:
    names = FigureNames()
    names.known = [Known(name, f"what {name} is") for name in ("acd", "asr", "client_asr", "pdd_p50", "real_cost")]
    assert await names.get_suggestion("price, then pd") == "price, then pdd_p50"
    assert await names.get_suggestion("asr * re") == "asr * real_cost"
    assert [await names.get_suggestion(one) for one in ("p", "asr", "asr * 2", "xy")] == [None] * 4
    assert [one.name for one in names.offered("price, then asr")] == ["asr", "client_asr"]
    assert names.offered("asr * 2") == names.offered("asr, ") == ()


async def test_what_a_figure_is_stands_below_while_it_is_typed(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "f")
        await until(pilot, lambda: "left to the policies below" in text(app))
        await pilot.press(*"price, then commit_run")
        await until(pilot, lambda: "of the vendor's comm" in text(app))
        await until(pilot, lambda: "is no figure" in text(app))
        assert "^S save" in text(app) and "Esc leave" in text(app)
        await pilot.press("down")
        await until(pilot, lambda: "of the vendor's comm" not in text(app))


async def test_what_is_typed_while_the_policy_is_asked_for_stays(desk: Desk) -> None:
    answered = desk.held["PoliciesService/Get"] = asyncio.Event()
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v")
        await until_loaded(pilot)
        await pilot.press("f")
        await until(pilot, lambda: was_asked(desk, "PoliciesService/Get"))
        await pilot.press(*"acd")
        answered.set()
        await until(pilot, lambda: "most  acd" in text(app))
        await until_loaded(pilot)
        assert app.screen.query_one("#line-formula", Field).value == "acd"


async def test_for_a_client_it_opens_with_the_policy_that_orders_its_calls_there(desk: Desk) -> None:
    whole = desk.answers["ExplainingService/Explain"]
    answered = desk.held["ExplainingService/Explain"] = asyncio.Event()

    def layered(request: Any) -> Any:
        found: Any = whole(request)
        found.policy = "default v1 + cheap v3 + promises v2 (canary)"
        return found

    orders = {
        "cheap": {"order": "price, then asr"},
        "default": {"order": "real_cost"},
        "promises": {"keep": "asr > 40"},
    }
    desk.answers["ExplainingService/Explain"] = layered

    def said(one: Any) -> Any:
        return policies_pb2.RoutePolicy(name=one.name, values=orders[one.name])

    desk.answers["PoliciesService/Get"] = said
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "C", "c", "enter", "slash", *"mobile", "enter")
        await until(pilot, lambda: "callwell" in text(app) and "Ecuador Mobile" in text(app))
        await pilot.press("f")
        await until(pilot, lambda: was_asked(desk, "ExplainingService/Explain"))
        assert app.screen.query_one("#line-policy", Field).value == ""
        await pilot.press("ctrl+s")
        answered.set()
        await until(pilot, lambda: "most  asr" in text(app))
        assert "default v1 + cheap v3 + promises v2 (canary)" in text(app)
        assert app.screen.query_one("#line-formula", Field).value == "price, then asr"
        assert not was_asked(desk, "PoliciesService/Set"), "what was not seen is not taken back"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: was_asked(desk, "PoliciesService/Set"))
        assert asked(desk, "PoliciesService/Set").name == "cheap"


async def test_a_formula_that_was_not_seen_yet_is_not_taken_back_by_an_empty_line(desk: Desk) -> None:
    answered = desk.held["PoliciesService/Get"] = asyncio.Event()
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v")
        await until_loaded(pilot)
        await pilot.press("f", "ctrl+s")
        await until(pilot, lambda: "is not known yet" in text(app))
        answered.set()
        await until(pilot, lambda: "most  asr * acd" in text(app))
        assert not was_asked(desk, "PoliciesService/Set")


async def test_on_a_country_it_opens_with_the_policy_of_the_clients_contract(desk: Desk) -> None:
    desk.answers["PartnersService/Show"] = lambda _: operators_pb2.PartnerBalance(fields={"policy": "cheap"})
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "C", "c", "enter", "f")
        await until(pilot, lambda: "callwell by contract: cheap" in text(app) and "most  asr * acd" in text(app))


async def test_beside_a_number_it_opens_with_the_policy_that_orders_calls_to_it(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "slash", *"callwell 447911123456", "enter")
        await until(pilot, lambda: "✓ admitted" in text(app))
        await pilot.press("f")
        await until(pilot, lambda: "callwell to 447911123456: default v2" in text(app))


async def test_a_policy_that_could_not_be_asked_for_is_not_guessed(desk: Desk) -> None:
    del desk.answers["PartnersService/Show"]
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "C", "c", "enter", "f")
        await until(pilot, lambda: "which policy holds there is not known" in text(app))
        assert app.screen.query_one("#line-policy", Field).value == ""


async def test_tab_goes_from_line_to_line_alone(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "f")
        await until(pilot, lambda: app.screen.is_modal)
        await pilot.press("tab", "tab")
        assert app.focused is app.screen.query_one("#line-policy", Field)


async def test_a_formula_stays_while_the_switchboard_is_away_and_is_not_taken_for_none(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v")
        await until_loaded(pilot)
        await pilot.press("f")
        await until(pilot, lambda: "most  asr" in text(app))
        await desk.stop()
        await until(pilot, lambda: app.state.trouble)
        await pilot.press("up", "up", *"er", "ctrl+s")
        await until(pilot, lambda: "not connected" in text(app))
        assert "price, then asr * acd / pdd_p50" in text(app)


def test_the_lines_of_a_form_are_a_back_test() -> None:
    query = query_of(LINES | {"policy": "cheap", "from": "2026-10-01", "to": "2026-10-31", "sample": "12.5 %"}, NOW)
    assert query == backtests_pb2.BacktestQuery(
        policy="cheap", from_ms=1_790_812_800_000, until_ms=1_793_491_200_000, sample_bp=1_250
    )
    assert query_of(LINES | {"order": "price", "from": "-7d"}, NOW).until_ms == NOW


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "one of them"),
        ({"policy": "a", "order": "price"}, "one of them"),
        ({"policy": "a", "from": "-1d", "to": "-2d"}, "ends before"),
        ({"policy": "a", "from": "yesterday"}, "no date"),
        ({"policy": "a", "from": "-1d", "sample": "x"}, "no part"),
        ({"policy": "a", "from": "-1d", "sample": "0"}, "0.01 to 100"),
        ({"policy": "a", "from": "-1d", "quality": "later"}, "then"),
    ],
)
def test_what_cannot_be_asked_for_is_told(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        query_of(LINES | given, NOW)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("b", "ctrl+s"), "kestrel,60000,70000,27000"),
        (("right", "enter"), "ASR %,45.4"),
    ],
)
async def test_back_tests_and_trials_are_written_to_a_file(
    desk: Desk, tmp_path: Path, keys: tuple[str, ...], line: str
) -> None:
    app = console(desk, exports=tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v")
        await until_loaded(pilot)
        for key in keys:
            await pilot.press(key)
            await until_loaded(pilot)
        await pilot.press("e")
        await until(pilot, lambda: any(tmp_path.iterdir()))
    [file] = tmp_path.iterdir()  # noqa: ASYNC240  # a folder of one file
    assert line in file.read_text()


async def test_what_a_back_test_came_to_is_whole_on_the_smallest_screen(desk: Desk) -> None:
    whole = desk.answers["BacktestsService/Run"]

    def odd(request: Any) -> Any:
        step: Any = whole(request)
        step.result.money.margin.units, step.result.money.margin_now.units = 3_356_464_332, 2_791_015_000
        for vendor in step.result.vendors:
            vendor.cost.units, vendor.cost_now.units = 123_456_789_012, 99_999_999_999
        return step

    desk.answers["BacktestsService/Run"] = odd
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "b", *"cheap", "ctrl+s")
        await until(pilot, lambda: "margin 33.5646 → 27.9102 USD   -5.6545" in text(app))
        bluewire = next(line for line in text(app).splitlines() if "bluewire" in line)
        assert bluewire.split()[-6:] == ["100,000", "90,000", "112,500.0", "101,250.0", "1,234.5679", "1,000.0000"]
