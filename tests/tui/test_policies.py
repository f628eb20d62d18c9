"""Policies in the console: seen from the routes, changed field by field, and brought back to a former version."""

from typing import Any

import pytest

from protos import policies_pb2 as pb
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.routing_figures import AT, COMPARISON
from tests.tui.test_keys import last_asked
from tui.screens.question import QuestionScreen


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
        await pilot.press("y", *"complaints", "enter")
        await until(pilot, lambda: any(name == "PoliciesService/Back" for name, _ in desk.asked))
        assert (asked(desk, "Back").version, asked(desk, "Back").note) == (2, "complaints")


async def test_allowed_losses_are_read_changed_and_removed(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v", *["right"] * 3)
        await until(pilot, lambda: "promo-ec" in text(app))
        promo, unknown = (
            next(line for line in text(app).splitlines() if name in line) for name in ("promo", "test-ke")
        )
        assert "of callwell, to Ecuador Mobile" in promo and "50.00" in promo and "31.87" in promo and "4.00" in promo
        assert "of orbita, code 2547" in unknown and "– used up" in unknown, "what was set aside is not known"
        assert "5.0 % of its revenue at most" in text(app) and "7 open calls" in text(app)
        assert "until it is removed" in text(app)
        await pilot.press("equals_sign")
        await until(pilot, lambda: "most_bp" in text(app))
        await pilot.press(*"budget=80", "enter")
        await until(pilot, lambda: any(name == "LossesService/Set" for name, _ in desk.asked))
        asked = last_asked(desk, "LossesService/Set")
        assert (asked.id, dict(asked.values)) == ("promo-ec", {"budget": "80"})
        await until_loaded(pilot)
        await pilot.press("D")
        await until(pilot, lambda: "Remove allowed loss promo-ec?" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: any(name == "LossesService/Remove" for name, _ in desk.asked))
        assert last_asked(desk, "LossesService/Remove").name == "promo-ec"


async def test_sources_of_moved_numbers_are_changed_and_a_number_is_looked_up(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v", "left")
        await until(pilot, lambda: "412,806" in text(app) and "192.0.2.53:53 e164.arpa" in text(app))
        await pilot.press("slash", *"+254722000007", "enter")
        await until(pilot, lambda: "moved to 254733000000, Kenya Mobile Airtel, Airtel (kfile)" in text(app))
        assert last_asked(desk, "PortabilityService/Find").number == "254722000007"
        await until_loaded(pilot)
        await pilot.press("down", "equals_sign")
        await until(pilot, lambda: "keep_s" in text(app))
        await pilot.press(*"silent=as-dialled", "enter")
        await until(pilot, lambda: any(name == "PortabilityService/Set" for name, _ in desk.asked))
        assert last_asked(desk, "PortabilityService/Set").id == "lnp"
        await until_loaded(pilot)
        await pilot.press("D", "y")
        await until(pilot, lambda: any(name == "PortabilityService/Remove" for name, _ in desk.asked))


@pytest.mark.parametrize("own_screen", [False, True])
@pytest.mark.parametrize(
    ("key", "word", "method"), [("p", "Promote version 4", "Promote"), ("D", "Drop the trial", "Drop")]
)
async def test_a_canary_is_promoted_or_dropped_in_the_list_and_beside_its_arms(
    desk: Desk, own_screen: bool, key: str, word: str, method: str
) -> None:
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v", "right", *(["enter"] if own_screen else []))
        await until(pilot, lambda: ("by first vendor" if own_screen else "running") in text(app))
        await until_loaded(pilot)
        assert "p promote" in text(app) and "D drop" in text(app) and "remove" not in text(app)
        await pilot.press(key)
        await until(pilot, lambda: word in text(app))
        await pilot.press("n")
        await until_loaded(pilot)
        assert not any(name == f"CanariesService/{method}" for name, _ in desk.asked), "it was not meant"
        await pilot.press(key, "y", "escape")
        await until_loaded(pilot)
        assert not any(name == f"CanariesService/{method}" for name, _ in desk.asked), "it was left at the reason"
        await pilot.press(key, "y", *"because", "enter")
        await until(pilot, lambda: any(name == f"CanariesService/{method}" for name, _ in desk.asked))
        assert last_asked(desk, f"CanariesService/{method}") == pb.CanaryEnd(policy="cheap", note="because")


async def test_a_canary_that_is_over_says_how_it_ended_and_is_not_ended_again(desk: Desk) -> None:
    over = pb.CanaryComparison()
    over.CopyFrom(COMPARISON)
    over.canary.MergeFrom(pb.Canary(outcome="worse", ended_ms=AT, ended_by="desk", ended_note="ASR 6.1 points lower"))
    desk.answers["CanariesService/Compare"] = lambda _: over
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v", "right", "enter")
        await until(pilot, lambda: "worse 11-01" in text(app) and "by desk: ASR 6.1 points lower" in text(app))
        await pilot.press("p", "D")
        await until_loaded(pilot)
        assert not isinstance(app.screen, QuestionScreen)
