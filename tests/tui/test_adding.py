"""What forms add: judged line by line as it is typed, told with what comes of it, and sent as commands send it."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from protos import losses_pb2, operators_pb2, statics_pb2
from protos.policies_pb2 import Canaries, PolicyPlace
from tests.tui.adding_figures import policy
from tests.tui.console import burst, console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.routing_figures import CANARY
from tests.tui.test_keys import last_asked
from tui.app import Console
from tui.palette import ENTRIES
from tui.screens.form import FormScreen

WIDE, SMALL = (120, 40), (80, 24)


@pytest.fixture(autouse=True)
def known_names(desk: Desk) -> None:
    desk.answers["PoliciesService/Get"] = policy


def told(app: Console, where: str = "#told-text") -> str:
    """Return what is told below the lines of a form, whatever lines it is broken into."""
    return " ".join(str(app.screen.query_one(where, Static).render()).split())


def marked(app: Console) -> list[str]:
    """Return the names of the lines that are marked as wrong."""
    names = app.screen.query("#lines Horizontal > Static").results(Static)
    return [str(one.render()).removesuffix("✕").strip() for one in names if str(one.render()).endswith("✕")]


def on_one_line(app: Console) -> str:
    """Return what stands on the screen, whatever lines it is broken into."""
    return " ".join(text(app).split())


async def opened(app: Console, pilot: Pilot[None], title: str, letter: str = "") -> None:
    """Go to a form by the palette's way; `letter` answers which of several."""
    app.lead(next(one for one in ENTRIES if one.title == title))
    await until(pilot, lambda: app.screen.is_modal)
    if letter:
        await pilot.press(letter)
    await until(pilot, lambda: isinstance(app.screen, FormScreen))
    await until_loaded(pilot)


async def done(app: Console, pilot: Pilot[None]) -> None:
    """Wait until a form has done what it is for."""
    await until(pilot, lambda: not app.screen.is_modal)
    await until_loaded(pilot)


async def filled(pilot: Pilot[None], **lines: str) -> None:
    """Write into lines by their names, in the order in which they stand; what stands there is taken away."""
    screen = pilot.app.screen
    assert isinstance(screen, FormScreen)
    at, keys = screen._at(), list[str]()
    for place, line in enumerate(screen._lines):
        value = lines.get(line.name.replace(" ", "_"))
        if value is not None:
            keys += [*["down"] * (place - at), *["up"] * (at - place), "ctrl+u", *value]
            at = place
    await burst(pilot, *keys)


async def test_a_static_entry_is_judged_as_it_is_typed_and_added(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=SMALL) as pilot:
        await until_loaded(pilot)
        await opened(app, pilot, "New static entry")
        assert "any vendor cannot be first. Name a vendor or a trunk" in told(app) and marked(app) == []
        await filled(pilot, name="k60", vendor="kestrell")
        await until(pilot, lambda: marked(app) == ["vendor"])
        assert "there is no vendor 'kestrell'" in told(app)
        await filled(pilot, vendor="kestrel", code="2547x")
        await until(pilot, lambda: "'2547x' is no code" in told(app) and marked(app) == ["code"])
        await filled(pilot, code="25471", weight="60", at_most="fifty")
        await until(pilot, lambda: marked(app) == ["at most"])
        await filled(pilot, at_most="62.5")
        await until(pilot, lambda: "kestrel stands before all others for calls to numbers that begin w" in told(app))
        assert "first for 62.5 % of them at most" in told(app) and "by weight 60" in told(app) and marked(app) == []
        assert "Ctrl-S does it now" in text(app), "all of it is in sight"
        await pilot.press("ctrl+s")
        await done(app, pilot)
        assert last_asked(desk, "StaticsService/Add") == statics_pb2.StaticEntry(
            id="k60", place="first", vendor="kestrel", code="25471", priority=1, weight=60, at_most_bp=6_250
        )


async def test_what_the_desk_refuses_is_told_at_its_line_and_what_was_typed_stays(desk: Desk) -> None:
    def refuse(_: statics_pb2.StaticEntry) -> operators_pb2.Changed:
        raise LookupError("there is no trunk 'kestrel-out'. Did you mean kestrel-2?")

    desk.answers |= {"StaticsService/Add": refuse}
    app = console(desk)
    async with app.run_test(size=SMALL) as pilot:
        await until_loaded(pilot)
        await opened(app, pilot, "New static entry")
        await filled(pilot, name="late", place="last", trunk="kestrel-out")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Did you mean kestrel-2?" in text(app))
        assert marked(app) == ["trunk"] and app.focused is app.screen.query_one("#line-trunk")
        await burst(pilot, "ctrl+u", *"kestrel")
        await until(pilot, lambda: "Did you mean" not in text(app) and marked(app) == [])
        await pilot.press("escape")
        assert not app.screen.is_modal


async def test_losses_and_quantities_are_added_one_after_the_other(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=WIDE) as pilot:
        await until_loaded(pilot)
        await an_allowed_loss_is_added(desk, app, pilot)
        await a_limit_is_added(desk, app, pilot)
        await a_commitment_is_added(desk, app, pilot)
        await a_swap_is_added(desk, app, pilot)
        await a_share_is_added(desk, app, pilot)


async def an_allowed_loss_is_added(desk: Desk, app: Console, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "New allowed loss")
    await filled(pilot, name="promo", client="callwell", budget="25", destination="kenya mobile")
    await filled(pilot, most="5", until="+2d", why="new rates")
    await until(pilot, lambda: "calls of callwell to kenya mobile may lose 25.00 a day, base" in told(app))
    await pilot.press("ctrl+s")
    await done(app, pilot)
    loss = last_asked(desk, "LossesService/Add")
    assert isinstance(loss, losses_pb2.AllowedLoss)
    assert (loss.client, loss.budget_units, loss.most_bp, loss.period) == ("callwell", 25 * 10**8, 500, "day")


async def a_limit_is_added(desk: Desk, app: Console, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "New limit")
    await until(pilot, lambda: "it limits nothing yet" in told(app))
    await filled(pilot, name="work", vendor="kestrel", max_calls="100", max_money="5", profile="not work")
    await until(pilot, lambda: "currency is wanted" in told(app))
    await filled(pilot, currency="usd", period="day")
    await until(pilot, lambda: "by vendor kestrel: at most 100 at a time, 5.00 USD a day" in told(app))
    await pilot.press("ctrl+s")
    await done(app, pilot)
    limit = last_asked(desk, "LimitsService/Add")
    assert (limit.max_calls, limit.max_units, limit.currency, limit.profile) == (100, 5 * 10**8, "USD", "not work")
    assert not limit.HasField("max_minutes")


async def a_commitment_is_added(desk: Desk, app: Console, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "New commitment, swap, maximum share", "c")
    await filled(pilot, name="ke", vendor="kestrel", country="ke", minutes="90000")
    await filled(pilot, **{"from": "2026-12-01", "until": "2026-12-3"})
    await until(pilot, lambda: marked(app) == ["until"])
    await filled(pilot, until="2026-12-30")
    await until(pilot, lambda: "kestrel is to get 90,000 billed minutes, calls to country ke" in told(app))
    assert "from 1 Dec 2026 until 30 Dec 2026: 3,000 minutes a day, evenly" in told(app)
    await filled(pilot, money="20")
    await until(pilot, lambda: "both minutes and money are given" in told(app))
    await filled(pilot, money="")
    await pilot.press("ctrl+s")
    await done(app, pilot)
    asked = last_asked(desk, "CommitmentsService/Add")
    assert (asked.id, dict(asked.values)) == ("ke", {
        "vendor": "kestrel", "country": "ke", "minutes": "90000", "from": "2026-12-01", "until": "2026-12-30",
        "warn_pct": "10",
    })  # fmt: skip


async def a_swap_is_added(desk: Desk, app: Console, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "New commitment, swap, maximum share", "s")
    await filled(pilot, name="uk", partner="orbita", low="-200", high="x", **{"from": "2026-12-01"})
    await filled(pilot, until="2026-12-31")
    await until(pilot, lambda: marked(app) == ["high"])
    await filled(pilot, high="300", unit="money")
    await until(pilot, lambda: "stays within -200.00 to 300.00 of its currency" in told(app))
    await pilot.press("ctrl+s")
    await done(app, pilot)
    asked = last_asked(desk, "SwapsService/Add")
    assert (asked.id, asked.values["low"], asked.values["unit"]) == ("uk", "-200", "money")


async def a_share_is_added(desk: Desk, app: Console, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "New commitment, swap, maximum share", "m")
    await filled(pilot, policy="cheap", max_share="kestrel:140")
    await until(pilot, lambda: marked(app) == ["max share"] and "140" in told(app))
    await filled(pilot, max_share="kestrel:40, savanna:12.5", note="as agreed")
    await until(pilot, lambda: "it says nothing now, in version 3" in told(app))
    await pilot.press("ctrl+s")
    await done(app, pilot)
    change = last_asked(desk, "PoliciesService/Set")
    assert (change.name, dict(change.values)) == ("cheap", {"max_share": "kestrel:40, savanna:12.5"})
    assert change.note == "as agreed"


async def test_a_version_is_tried_after_all_that_comes_of_it_was_told(desk: Desk) -> None:
    desk.answers |= {"CanariesService/List": lambda asked: Canaries(canaries=[CANARY] * (asked.policy == "gold"))}
    app = console(desk)
    async with app.run_test(size=SMALL) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v", "T")
        await until_loaded(pilot)
        assert "nothing is said yet that could be tried" in told(app)
        await filled(pilot, fields='order="price, then ppd"')
        await until(pilot, lambda: marked(app) == ["fields"] and "'ppd' in column 13 is no figure" in told(app))
        await filled(pilot, fields='order="price, then asr * acd / pdd_p50"')
        await until(pilot, lambda: "that is what version 3 says" in told(app))
        await filled(pilot, fields='order="price, then asr"', share="150")
        await until(pilot, lambda: marked(app) == ["share"])
        await filled(pilot, share="12.5", until="+2h", worse_margin="0", note="less failing")
        await until(pilot, lambda: "12.5 % of the calls of cheap until" in told(app))
        for part in (
            "the others by v3, which is in force", "it drops itself where its ASR is surely worse by 5 points",
            "order: price, then asr * acd / pdd_p50 → price, then asr", "most asr",
        ):  # fmt: skip
            assert part in told(app), part
        assert "margin of a call" not in told(app)
        await pilot.press("ctrl+s")
        await done(app, pilot)
        order = last_asked(desk, "CanariesService/Begin")
        assert (order.policy, dict(order.values), order.share_bp) == ("cheap", {"order": "price, then asr"}, 1_250)
        assert (order.guard_asr_bp, order.guard_margin_bp, order.least_calls) == (500, 0, 200)
        assert order.note == "less failing" and order.until_ms > 0 and not order.HasField("version")

        await pilot.press("enter")
        await until(pilot, lambda: "as sold" in text(app))
        await pilot.press("T")
        await until_loaded(pilot)
        assert not isinstance(app.screen, FormScreen), "the last one is in force"
        await pilot.press("down", "T")
        await until(pilot, lambda: "max_routes: 3 → –" in told(app))
        await filled(pilot, version="7")
        await until(pilot, lambda: marked(app) == ["version"])
        await filled(pilot, version="2")
        await pilot.press("ctrl+s")
        await done(app, pilot)
        assert last_asked(desk, "CanariesService/Begin").version == 2


async def test_policies_are_made_attached_and_taken_away_again(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=WIDE) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v")
        await until_loaded(pilot)
        await pilot.press("D")
        assert not app.screen.is_modal, "it holds for calls"
        await pilot.press("plus")
        await filled(pilot, name="new", fields="max_routes=3 nonsense=1")
        await until(pilot, lambda: marked(app) == ["fields"] and "no field 'nonsense'" in told(app))
        await filled(pilot, ready="least-cost", fields="max_routes=3", note="cheap routes")
        await until(pilot, lambda: "new is new: it holds for no calls until it is attached" in told(app))
        assert "order: price" in told(app)
        await pilot.press("ctrl+s")
        await done(app, pilot)
        change = last_asked(desk, "PoliciesService/Set")
        assert (change.name, change.ready, dict(change.values), change.note) == (
            "new", "least-cost", {"max_routes": "3"}, "cheap routes",
        )  # fmt: skip
        await pilot.press("a")
        await until(pilot, lambda: "name a client, product, destination" in told(app))
        await filled(pilot, client="callwell", profile="evening")
        await until(pilot, lambda: "cheap holds for calls of callwell in evening, at once" in told(app))
        assert "another one that is attached to just these gives way" in told(app)
        await filled(pilot, policy="default", destination="kenya mobile")
        await until(pilot, lambda: "cheap gives way there" in told(app))
        await filled(pilot, policy="cheap", destination="")
        await pilot.press("ctrl+s")
        await done(app, pilot)
        place = PolicyPlace(policy="cheap", client="callwell", profile="evening")
        assert last_asked(desk, "PoliciesService/Attach") == place
        await pilot.press("equals_sign", *'note="why so" max_routes=4', "enter")
        await done(app, pilot)
        change = last_asked(desk, "PoliciesService/Set")
        assert (dict(change.values), change.note) == ({"max_routes": "4"}, "why so")
        await pilot.press("enter", "right")
        await until(pilot, lambda: "▾Places" in text(app) and "Kenya Mobile" in text(app))
        await pilot.press("D")
        await until(pilot, lambda: "Take policy cheap away from calls of client callwell" in on_one_line(app))
        await pilot.press("y")
        await done(app, pilot)
        assert last_asked(desk, "PoliciesService/Detach").destination == "Kenya Mobile"


async def test_a_promise_is_a_version_and_a_place_and_what_failed_of_them_is_told(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=WIDE) as pilot:
        await until_loaded(pilot)
        await opened(app, pilot, "New promise")
        await filled(pilot, policy="silver", sla_asr="140")
        await until(pilot, lambda: marked(app) == ["sla asr"] and "140" in told(app))
        await filled(pilot, sla_asr="40", sla_bucket="15m", client="callwell", note="contract of May")
        await until(pilot, lambda: "a new policy, for calls of callwell" in told(app))
        attach = desk.answers.pop("PoliciesService/Attach")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "but it is not attached" in told(app, "#wrong"))
        desk.answers["PoliciesService/Attach"] = attach
        await pilot.press("ctrl+s")
        await done(app, pilot)
        change = last_asked(desk, "PoliciesService/Set")
        assert (change.name, dict(change.values)) == ("silver", {"sla_asr": "40", "sla_bucket": "15m"})
        assert last_asked(desk, "PoliciesService/Attach") == PolicyPlace(policy="silver", client="callwell")


async def test_parts_of_the_week_are_listed_made_changed_and_removed(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=WIDE) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v", "left", "left")
        await until(pilot, lambda: "mon-fri 08:00-20:00" in text(app) and "not now" in text(app))
        await pilot.press("plus")
        await filled(pilot, name="night", zone="Europe/Paris", windows="22:00-06:00")
        await pilot.press("ctrl+s")
        await done(app, pilot)
        asked = last_asked(desk, "PoliciesService/SetProfile")
        assert (asked.id, asked.values["zone"], asked.values["windows"]) == ("night", "Europe/Paris", "22:00-06:00")
        await pilot.press("equals_sign", *"holidays=2026-12-25", "enter")
        await done(app, pilot)
        assert dict(last_asked(desk, "PoliciesService/SetProfile").values) == {"holidays": "2026-12-25"}
        await pilot.press("down", "D", "y")
        await done(app, pilot)
        assert last_asked(desk, "PoliciesService/RemoveProfile").name == "work"


async def test_a_source_is_added_and_a_file_brought_in_with_the_rows_that_did_not_go_in(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "moved.csv"
    file.write_text("number,routing_number\n254722000001,254733\n")
    app = console(desk)
    async with app.run_test(size=SMALL) as pilot:
        await until_loaded(pilot)
        await opened(app, pilot, "New source of moved numbers")
        await filled(pilot, name="kfile", prefixes="255")
        await until(pilot, lambda: marked(app) == ["name"])
        await filled(pilot, name="tz")
        await until(pilot, lambda: "numbers that begin with 255 are looked up in a file" in told(app))
        await pilot.press("ctrl+s")
        await done(app, pilot)
        asked = last_asked(desk, "PortabilityService/Add")
        assert (asked.name, dict(asked.fields)) == ("tz", {"kind": "file", "prefixes": "255"})
        await pilot.press("I")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await filled(pilot, file=str(tmp_path / "gone.csv"))
        await until(pilot, lambda: "there is no file" in told(app))
        await filled(pilot, file=str(file), rows="changes")
        await until(pilot, lambda: "moved.csv, 42 octets, into kfile: what is not in it stays" in told(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "255700000001,255" in text(app) and "is no number" in on_one_line(app))
        asked = last_asked(desk, "PortabilityService/Import")
        assert (asked.source, asked.file_name, asked.changes) == ("kfile", "moved.csv", True)
