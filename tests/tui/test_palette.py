"""The palette (^P): what it finds by which words, and that each entry leads where it says."""

from pathlib import Path

import pytest
import typer

from cli.main import app as commands
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tui.palette import ENTRIES, Entry, found
from tui.screens.choice import ChoiceScreen
from tui.screens.form import FormScreen
from tui.screens.formula import FormulaScreen
from tui.screens.frame import Frame
from tui.screens.lists import ListScreen
from tui.screens.notices import NoticesScreen
from tui.screens.policies import PoliciesScreen
from tui.tabs.sla import promises_screen

DOCS = Path(__file__).resolve().parents[2] / "docs"
NOT_IN_THE_CONSOLE = (
    "up join demo console bench backup restore drill openings fx "
    "grpc_example benchmarks cdr-format decisions operations"
).split()
"""Commands and documents about what is done elsewhere, or tells how things came about."""
OF_LISTS = ("add", "attach", "bring")
"""Keys of lists that open a form over them."""


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("canar", "Canaries"), ("promote", "Canaries"), ("drop", "Canaries"), ("a/b", "Canaries"),
        ("static", "Static entries"), ("statics", "Static entries"), ("at most", "Static entries"),
        ("losses", "Allowed losses"), ("allowance", "Allowed losses"), ("allowed loss", "Allowed losses"),
        ("below zero", "Allowed losses"), ("promise", "SLA"), ("guarantee", "SLA"), ("sla", "SLA"),
        ("breach", "Breaches"), ("backtest", "Back-test"), ("back-test", "Back-test"), ("replay", "Back-test"),
        ("portability", "Moved numbers"), ("mnp", "Moved numbers"), ("lnp", "Moved numbers"),
        ("ported", "Moved numbers"),
        ("commit", "Quantities: commitments, swaps"), ("swap", "Quantities: commitments, swaps"),
        ("formula", "Formula"), ("lcr", "Routes"), ("explain", "Route a number"), ("simulate", "Route a number"),
        ("probe", "Watched routes"), ("lock", "Watched routes"), ("restore", "Watched routes"),
        ("events", "Route changes"),
        ("split", "Policies"), ("margin floor", "Policies"), ("fail-over", "Policies"), ("failover", "Policies"),
        ("roll back", "Policies"), ("attestation", "Route a number"), ("capacity", "Limits"),
        ("decided anew", "A past call"),
        ("asr", "Board"), ("rerat", "Jobs"), ("unrated", "Parked"), ("end users", "A partner"),
        ("COMMIT", "Quantities: commitments, swaps"),
        ("new canary", "New canary"), ("begin trial", "New canary"), ("add static", "New static entry"),
        ("new loss", "New allowed loss"), ("add swap", "New commitment, swap, maximum share"),
        ("max share", "New commitment, swap, maximum share"), ("add limit", "New limit"), ("attach", "Attach a policy"),
        ("add policy", "New policy"), ("new promise", "New promise"), ("add sla", "New promise"),
        ("profiles", "Profiles"), ("part week", "New part of the week"), ("import moved", "File of moved numbers"),
    ],
)  # fmt: skip
def test_words_of_the_trade_are_found(typed: str, title: str) -> None:
    assert title in [entry.title for _, entry in found(typed)][:4]


def test_every_noun_of_commands_and_documents_is_found_but_those_that_the_console_does_not_serve() -> None:
    nouns = {*typer.main.get_command(commands).commands, *(one.stem for one in DOCS.glob("*.*"))}  # type: ignore[attr-defined]  # a group
    lost = {noun for noun in nouns - set(NOT_IN_THE_CONSOLE) if not found(noun)}
    assert lost == set()


def test_what_means_nothing_finds_nothing() -> None:
    assert found("xyzzy") == found("canary xyzzy") == found("") == []


async def test_each_entry_leads_where_it_says(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        for entry in (one for one in ENTRIES if not one.then.startswith("app.")):
            app.lead(entry)
            await until_loaded(pilot)
            if entry.then in OF_LISTS:
                assert isinstance(app.screen, FormScreen | ChoiceScreen), entry.title
                assert is_there(app.screen_stack[0], app.screen_stack[-2], entry), entry.title
            else:
                assert is_there(app.screen_stack[0], app.screen, entry), entry.title
            assert not entry.mode or app.current_mode == entry.mode
            if app.screen.is_modal or app.screen.query("#filter:focus"):
                await pilot.press("escape")


def is_there(first: object, screen: object, entry: Entry) -> bool:
    """Say whether the screen in sight is the one that an entry names."""
    if entry.then == "formula":
        return isinstance(screen, FormulaScreen)
    if entry.then == "backtest":
        return "Form" in type(screen).__name__
    if entry.tab:
        return (
            isinstance(screen, ListScreen)
            and screen.tab.name == entry.tab
            and (screen is first) is (entry.opens is None)
        )
    return isinstance(screen, Frame) and (entry.opens is None or screen is not first)


async def test_every_list_of_every_place_is_in_the_palette(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        lists = [PoliciesScreen(), NoticesScreen(), promises_screen()]
        for mode in app.MODES:
            await app.action_go(mode)
            lists += [app.screen] if isinstance(app.screen, ListScreen) else []
        beside = {"Due", "Waiting", "All", "Drafts by sheet"}  # of one thing with the list that is offered
        offered = {entry.tab for entry in ENTRIES} | beside
        assert {tab.name for screen in lists for tab in screen.tabs} <= offered


async def test_typed_words_lead_there_and_the_first_keys_work_at_once(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("ctrl+p", *"losses")
        await until(pilot, lambda: "Allowed losses" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "promo-ec" in text(app) and "▾Losses" in text(app))


async def test_jobs_are_shown_once_however_often_they_are_asked_for(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        await pilot.press("j", "j")
        await until_loaded(pilot)
        assert len(app.screen_stack) == 2
