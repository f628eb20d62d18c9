"""The same keys on every list: filter, sort, page, window, drill, why, export, copy, cancel."""

import csv
from pathlib import Path
from typing import Any

from protos import operators_pb2
from protos.explaining_pb2 import ExplainRequest
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tui.screens.board import BoardScreen


def last_asked(desk: Desk, method: str) -> Any:
    return [request for name, request in desk.asked if name == method][-1]


async def test_a_filter_is_asked_of_the_source_and_escape_clears_it(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("8", "slash", *"orbita client 2547 answered", "enter")
        await until(pilot, lambda: last_asked(desk, "CdrsService/List").partner == "orbita")
        asked = last_asked(desk, "CdrsService/List")
        assert (asked.side, asked.number, asked.answered_only) == ("client", "2547", True)
        await until_loaded(pilot)
        assert "callwell" not in text(app) and "orbita" in text(app)
        await pilot.press("escape")
        await until(pilot, lambda: "callwell" in text(app))


async def test_legs_that_were_closed_by_us_are_a_word_of_the_filter(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("8", "slash", *"partial", "enter")
        await until(pilot, lambda: last_asked(desk, "CdrsService/List").partial_only)


async def test_letters_typed_into_the_filter_are_text_and_no_keys(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("2", "slash", *"m1q")
        await until(pilot, lambda: "m1q" in text(app))
        assert app.current_mode == "calls"


async def test_the_window_goes_with_the_question(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("8")
        await until_loaded(pilot)
        hour = last_asked(desk, "CdrsService/List")
        assert hour.to_ms - hour.from_ms == 3_600_001
        await pilot.press("t")
        await until_loaded(pilot)
        day = last_asked(desk, "CdrsService/List")
        assert day.to_ms - day.from_ms == 86_400_001
        assert "last 24 hours" in text(app)


async def test_a_page_past_the_end_is_asked_of_the_source(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("2")
        await until_loaded(pilot)
        await pilot.press("end", "down")
        await until(pilot, lambda: last_asked(desk, "CallsService/Find").offset == 100)
        await until(pilot, lambda: "101–200 of 412" in text(app))
        await pilot.press("home", "up")
        await until(pilot, lambda: "1–100 of 412" in text(app))


async def test_the_audit_trail_shows_the_field_that_changed_and_takes_a_filter(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("c", "left", "left")
        await until_loaded(pilot)
        assert "recipe.cause_base: 16 → 10" in text(app)
        await pilot.press("slash", *"noun:switch who:bob", "enter")
        await until(pilot, lambda: last_asked(desk, "AuditService/List").who == "bob")
        assert last_asked(desk, "AuditService/List").noun == "switch"


async def test_a_partner_is_removed_after_a_question_and_a_refusal_is_told(desk: Desk) -> None:
    desk.answers = desk.answers | {"PartnersService/Remove": lambda _: operators_pb2.Changed(what="partner removed")}
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("m")
        await until_loaded(pilot)
        await pilot.press("D")
        await until(pilot, lambda: "Remove partner" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: any(name == "PartnersService/Remove" for name, _ in desk.asked))


async def test_the_fields_of_a_partner_are_set_by_name(desk: Desk) -> None:
    fields = {"credit_limit": "500.00", "outage": "refuse"}
    desk.answers = desk.answers | {
        "PartnersService/Show": lambda _: operators_pb2.PartnerBalance(fields=fields),
        "PartnersService/Set": lambda changes: operators_pb2.Changed(what=f"partner {changes.id}: changed"),
    }
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("m", "equals_sign")
        await until(pilot, lambda: "credit_limit  500.00" in text(app))
        await pilot.press(*"limit=1", "enter")
        await until(pilot, lambda: "there is no field" in text(app))
        await pilot.press(*["backspace"] * 9, *"credit_limit=750 outage=trust", "enter")
        await until(pilot, lambda: any(name == "PartnersService/Set" for name, _ in desk.asked))
        assert dict(last_asked(desk, "PartnersService/Set").values) == {"credit_limit": "750", "outage": "trust"}


async def test_sorting_walks_through_the_columns_both_ways(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("m")
        await until_loaded(pilot)
        await pilot.press("s")
        assert "by partner ↑" in text(app)
        assert text(app).index("Bluewire") < text(app).index("Savanna")
        await pilot.press("s")
        assert "by partner ↓" in text(app)
        assert text(app).index("Bluewire") > text(app).index("Savanna")


async def test_enter_on_a_partner_shows_its_limits_then_its_statement_and_escape_leads_back(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("m")
        await until_loaded(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "137 of 150" in text(app) and "orbita-backup" in text(app))
        await pilot.press("right")
        await until(pilot, lambda: "payment received, bank ref 88120" in text(app))
        await pilot.press("1", "m")
        await until(pilot, lambda: "bank ref 88120" in text(app))  # a drill is still there on return
        await pilot.press("escape")
        await until(pilot, lambda: "Nordlink" in text(app))


async def test_a_number_is_routed_with_prices_margins_and_those_left_out(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "slash", *"callwell 447911123456", "enter")
        await until(pilot, lambda: "✓ admitted" in text(app))
        shown = text(app)
        assert shown.index("kestrel-1") < shown.index("bluewire-1")
        assert "0.024768" in shown and "0.004632" in shown and "15.8 %" in shown
        assert "offer only, not a live rate" in shown


async def test_a_formula_is_tried_on_a_call_with_its_terms_beside_the_vendors(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "slash", *"callwell 447911123456", "enter")
        await until(pilot, lambda: "order: least real_cost, then least price" in text(app))
        assert "first up to" in text(app) and "0.0238372" in text(app)
        await pilot.press("m", *"price,most asr*acd", "enter")
        await until(pilot, lambda: "on trial" in text(app) and "asr * acd" in text(app))
        request = last_asked(desk, "ExplainingService/Explain")
        assert isinstance(request, ExplainRequest) and request.trial.order == "price,most asr*acd"
        await pilot.press("m", "(", "enter")
        await until(pilot, lambda: "column 7" in text(app))


async def test_a_refused_call_says_its_cause_and_an_unknown_client_its_mistake(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "slash", *"minnow 254722000001", "enter")
        await until(pilot, lambda: "✕ refused: no-credit  no money: balance 0.00 USD" in text(app))
        await pilot.press("C", "ctrl+u", *"nobody", "enter")
        await until(pilot, lambda: "no partner is called 'nobody'" in text(app))


async def test_an_export_holds_every_page_exactly(desk: Desk, tmp_path: Path) -> None:
    app = console(desk, exports=tmp_path)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("2")
        await until_loaded(pilot)
        await pilot.press("e")
        await until(pilot, lambda: "412 rows" in text(app))
    with (tmp_path / "switchboard-open-calls-20261102T094107Z.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 412
    assert (rows[0]["client"], rows[0]["held"], rows[0]["held_currency"]) == ("orbita", "0.105", "USD")
    assert rows[0]["since"] == "2026-11-02 09:41:04.000Z"


async def test_a_row_is_copied_with_tabs(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("m")
        await until_loaded(pilot)
        await pilot.press("y")
        assert app.clipboard.startswith("Orbita\tUSD\t-1,871.34")


async def test_a_job_is_cancelled_by_the_second_press(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("j")
        await until_loaded(pilot)
        await pilot.press("down")  # a proposal stands above the job that runs
        await pilot.press("x")
        await pilot.pause()
        assert not [name for name, _ in desk.asked if name == "JobsService/Cancel"]
        await pilot.press("x")
        await until(pilot, lambda: last_asked(desk, "JobsService/Cancel").name == "15")


async def test_a_parked_record_is_retried_or_all_are_and_the_result_is_said(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("8", "right", "right")
        await until_loaded(pilot)
        await pilot.press("r")
        await until(pilot, lambda: "1 retried: 1 charged" in text(app))
        assert last_asked(desk, "CdrsService/Retry").park_ids == [b"\x01" * 16]
        await pilot.press("down", "r")
        await until(pilot, lambda: "still parked: no-rate" in text(app))
        await pilot.press("R")
        await until(pilot, lambda: "2 retried: 1 charged, 1 still parked" in text(app))
        assert last_asked(desk, "CdrsService/Retry").after == "1:01"
        assert len([name for name, _ in desk.asked if name == "CdrsService/Retry"]) == 4
        del desk.answers["CdrsService/Retry"]
        await pilot.press("r")
        await until(pilot, lambda: "this switchboard cannot" in text(app))


async def test_r_means_nothing_where_nothing_can_be_retried(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("8", "r", "R")
        await until_loaded(pilot)
        assert not [name for name, _ in desk.asked if name == "CdrsService/Retry"]


async def test_the_cursor_stays_on_its_row_when_other_rows_come(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("down", "down")
        assert "▸ △ WARN  21 min 3 records are parked" in text(app)
        del desk.status.board.alarms[0]
        await until(pilot, lambda: "CRIT" not in text(app))
        assert "▸ △ WARN  21 min 3 records are parked" in text(app)


async def test_many_statuses_are_painted_at_most_once_a_second(desk: Desk) -> None:
    app = console(desk)
    painted: list[float] = []
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        board = app.screen
        assert isinstance(board, BoardScreen)
        board.show_status = lambda status: painted.append(status.board.cps)  # type: ignore[method-assign]  # counts the paints
        for index in range(50):
            desk.status.board.cps = index
            app._figures_came(desk.status)
        assert painted == []
        app._paint()
        await until(pilot, lambda: painted)
        assert painted == [49.0]


async def test_every_place_is_reached_by_its_key(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        for key, mode in {
            "2": "calls",
            "8": "cdrs",
            "0": "money",
            "c": "cluster",
            "1": "board",
            "5": "sheets",
            "6": "plans",
            "4": "routes",
            "3": "quality",
        }.items():
            await pilot.press(key)
            assert app.current_mode == mode


async def test_an_escape_sequence_in_a_number_does_not_reach_the_terminal(desk: Desk) -> None:
    reply = desk.answers["CallsService/Find"](operators_pb2.CallQuery(limit=1))
    assert isinstance(reply, operators_pb2.OpenCalls)
    reply.calls[0].b = "254\x1b[2J722"
    desk.answers["CallsService/Find"] = lambda _: reply
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("2")
        await until(pilot, lambda: "254·[2J722" in text(app))
        assert "\x1b" not in text(app)


async def test_an_actor_that_is_away_is_told_by_sign_and_word(desk: Desk) -> None:
    desk.status.actors[1].state = "away"
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("c", "down", "down", "down")
        await until(pilot, lambda: "✕ shard-0" in text(app) and "away" in text(app))
        await until(pilot, lambda: "last.orbita-gw" in text(app))
        assert "11-02 09:41:06" in text(app).partition("last.orbita-gw")[2].splitlines()[0]
