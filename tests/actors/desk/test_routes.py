"""quality-0 and the desk watching routes, without Ray: the real actor, the real desk, the real catalog."""

import asyncio
import time
from array import array
from pathlib import Path
from typing import Any

import pytest

from actors import quality_actor
from actors.desk import route_rounds
from actors.desk.core import Desk
from actors.desk.route_rounds import ALARM, RouteRounds
from actors.desk.routes import watch_text
from actors.desk.users import AuditService
from actors.refs import UnavailableError
from domain.calls import Side
from domain.directory import Directory, Policy
from domain.errors import InputError
from domain.ids import LegId
from domain.policies.watching import watch_of
from domain.quality import LegSeen
from domain.quality_calls import packed
from domain.quality_counts import SeriesFilled, route_key
from domain.quality_refill import Refill
from domain.quality_windows import SPANS
from domain.route_states import Standing
from domain.route_watch import Action
from protos import operators_pb2 as base
from protos import routes_pb2 as pb
from store.directory_file import read_directory
from tests.actors.desk.route_house import VENDOR, House


@pytest.fixture
async def house(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> House:
    its = House(desk, monkeypatch)
    await its.open()
    return its


def told(standings: dict[Any, Any]) -> dict[str, str]:
    return {str(vendor): its.standing.value for vendors in standings.values() for vendor, its in vendors.items()}


async def ordered(house: House, order: str, why: str = "ticket 7", until_ms: int | None = None) -> str:
    request = pb.RouteOrder(vendor=VENDOR, destination="kenya", order=order, why=why, until_ms=until_ms)
    return str((await house.service.Order(request, None)).what)  # type: ignore[arg-type]


async def listed(house: House, **query: Any) -> pb.RouteStates:
    return await house.service.States(pb.RouteStatesQuery(**query), None)  # type: ignore[arg-type]


async def happened(house: House, **query: Any) -> pb.RouteEvents:
    return await house.service.Events(pb.RouteEventsQuery(**query), None)  # type: ignore[arg-type]


async def test_a_dry_run_raises_no_alarm_since_nobody_is_out(house: House) -> None:
    policy = Policy("default", watch_asr=35.0, watch_action=Action.TELL)
    await house.desk.change(lambda catalog, at_ms: catalog.policies.set(policy, who="ada", at_ms=at_ms))
    await house.standing()
    await house.calls("...x" * 30)
    [state] = (await listed(house)).states
    assert (state.standing, state.why[:13]) == ("out", "dry run: asr ")
    assert (await house.standing(), house.alarms[ALARM]) == ({}, "")
    sums = await house.quality.destination_sums(None, SPANS["1h"])
    assert [(one.vendors, one.away, one.last) for one in sums] == [((VENDOR,), (), ())]


async def test_a_watch_is_written_as_its_policy_says_it() -> None:
    watch = watch_of((Policy("default", watch_asr=35.0, watch_probe_share_bp=1000, watch_probe_units=10_000_000),))
    assert watch_text(watch) == "asr=35 probe_share_bp=1000 probe_money=0.10"
    assert watch_text(None) == "by hand"


async def test_a_route_that_stands_last_is_said_to_be_last_and_not_out(house: House) -> None:
    policy = Policy("default", watch_asr=35.0, watch_rest_s=60, watch_action=Action.LAST)
    await house.desk.change(lambda catalog, at_ms: catalog.policies.set(policy, who="ada", at_ms=at_ms))
    await house.standing()
    await house.calls("...x" * 30)
    [state], [event, *_] = (await listed(house)).states, (await happened(house)).events
    assert (state.standing, event.before, event.after) == ("last", "active", "last")
    assert house.alarms[ALARM] == "kestrel Kenya last for quality: see `switchboard routes states`"
    [summed] = [
        one for one in await house.quality.destination_sums(None, SPANS["1h"]) if one.destination == house.where
    ]
    assert (summed.vendors, summed.away, summed.last) == ((VENDOR,), (), (VENDOR,))
    house.passes(60)
    await house.rounds.keep()
    assert told(await house.standing()) == {"kestrel": "probing"}
    assert house.alarms[ALARM] == "kestrel Kenya last for quality: see `switchboard routes states`", "but for its tries"


async def test_a_sick_route_goes_out_is_tried_and_comes_back_and_all_of_it_is_written(house: House) -> None:
    await house.calls("x.x..x.x.." * 10)
    assert (await listed(house)).total == 0
    await house.calls("...x" * 30)
    assert told(await house.standing()) == {"kestrel": "out"}
    assert house.alarms[ALARM] == "kestrel Kenya out for quality: see `switchboard routes states`"
    house.passes(60)
    await house.rounds.keep()
    for batch in range(1, 5):
        assert told(await house.standing()) == {"kestrel": "probing"}
        await house.calls("...x" * 12 + "..")
        [state] = (await listed(house, vendor="kestrel", destination="ken")).states
        assert (state.standing, state.why.split(":")[0]) == ("out", f"batch {batch} failed")
        house.passes(60)
        await house.rounds.keep()
    await house.calls("x.x.." * 9 + "x....")
    assert told(await house.standing()) == {"kestrel": "trial"}
    assert house.alarms[ALARM] == ""
    await house.calls("x.x.." * 20)
    assert await house.standing() == {}
    events = (await happened(house)).events
    assert [one.after for one in reversed(events)] == ["out", *["probing", "out"] * 4, "probing", "trial", "active"]
    assert events[1].why == "batch 5 passed"
    assert [(one.name, one.value, one.calls) for one in events[1].measures] == [("asr", 38.0, 50)]


async def test_a_new_quality_goes_on_from_what_was_kept_and_gives_no_board_before(house: House) -> None:
    await house.calls("...x" * 30)
    before = await house.standing()
    house.begin()
    assert await house.quality.board(0) is None
    await house.meet()
    assert await house.standing() == before
    house.passes(60)
    await house.rounds.keep()
    assert [one.after for one in (await happened(house)).events] == ["probing", "out"]


async def test_calls_that_another_process_heard_count_once_the_books_are_read(house: House) -> None:
    await house.calls("...x" * 15)
    assert (await listed(house)).total == 0
    counts = house.quality._state.counts
    house.begin()
    house.quality._state.counts = counts  # as a filling leaves it
    house.quality._maker.count_by(counts)
    house.quality.refill_routes()
    await house.meet()
    for _ in range(2):
        house.quality.refill_routes()
    assert [one.calls for one in (await listed(house, all=True)).states] == [60]
    await house.calls("...x" * 5)
    assert told(await house.standing()) == {"kestrel": "out"}


async def test_a_call_counts_once_when_it_is_answered_and_not_again_when_it_is_over(house: House) -> None:
    [leg, *_] = await house.answers(20)
    await house.calls("." * 20)
    assert [one.calls for one in (await listed(house, all=True)).states] == [40]
    before = house.legs
    house.legs = int.from_bytes(leg, "big") - 1
    await house.calls("x" * 20)
    assert house.legs == before - 20
    assert [one.calls for one in (await listed(house, all=True)).states] == [40]


async def test_calls_that_were_over_before_anybody_watched_count_for_a_new_watch(house: House) -> None:
    house.quality.refill_routes()
    floor = Policy("default", watch_asr=0)
    await house.desk.change(lambda catalog, at_ms: catalog.policies.set(floor, who="ada", at_ms=at_ms))
    await house.standing()
    await house.calls("...x" * 15)
    assert (await listed(house, all=True)).total == 0
    floor = Policy("default", watch_asr=40.0)
    await house.desk.change(lambda catalog, at_ms: catalog.policies.set(floor, who="ada", at_ms=at_ms))
    await house.standing()
    house.quality.refill_routes()
    assert [one.calls for one in (await listed(house, all=True)).states] == [60]
    await house.calls(".")
    assert told(await house.standing()) == {"kestrel": "out"}


async def test_what_was_written_is_not_written_again_by_a_new_desk(house: House) -> None:
    await house.calls("...x" * 30)
    house.rounds = RouteRounds(house.desk, lambda *_: None)
    await house.rounds.round()
    assert (await happened(house)).total == 1


async def test_orders_by_hand_hold_are_in_the_trail_and_survive_a_restart(house: House) -> None:
    assert await ordered(house, "out") == "kestrel to Kenya: out, until another order"
    assert told(await house.standing()) == {"kestrel": "locked-out"}
    entry = house.desk.catalog.audit.list(limit=1)[0]
    assert (entry.action, entry.noun, entry.key) == ("order locked-out", "route", "kestrel to Kenya")
    page = await AuditService(house.desk).List(base.AuditQuery(noun="route"), None)  # type: ignore[arg-type]
    assert '"destination":"Kenya"' in page.entries[0].after
    house.begin()
    await house.meet()
    await house.calls("x" * 200)
    assert told(await house.standing()) == {"kestrel": "locked-out"}
    assert await ordered(house, "in") == "kestrel to Kenya: back in, watched as before"
    assert await house.standing() == {}
    assert [one.standing for one in house.desk.catalog.route_states.standing()] == [Standing.ACTIVE]
    assert {one.why for one in (await happened(house)).events} == {"ticket 7"}


async def test_an_order_in_holds_until_its_time(house: House) -> None:
    until_ms = house.desk.now_ms() + 1_000_000
    assert await ordered(house, "in", until_ms=until_ms) == "kestrel to Kenya: in, whatever its calls say"
    await house.calls("." * 100)
    assert await house.standing() == {}
    house.passes(1000)
    await house.calls("." * 50)
    assert told(await house.standing()) == {"kestrel": "out"}


async def test_a_probe_by_hand_begins_a_batch(house: House) -> None:
    assert await ordered(house, "probe") == "kestrel to Kenya: a batch of tries begins"
    assert told(await house.standing()) == {"kestrel": "probing"}


@pytest.mark.parametrize(
    ("request_of", "said"),
    [
        ({"order": "away"}, "'away' is no order"),
        ({"why": " "}, "no reason is given"),
        ({"why": "x" * 201}, "the reason has 201 letters"),
        ({"order": "probe", "until_ms": 10**13}, "a batch of tries ends by itself"),
        ({"until_ms": 1}, "the order would be over already"),
        ({"destination": "Kenia"}, "there is no destination 'Kenia'. Did you mean Kenya?"),
        ({"vendor": "nobody"}, "nobody"),
    ],
)
async def test_orders_that_cannot_be_are_refused(house: House, request_of: dict[str, Any], said: str) -> None:
    fields: dict[str, Any] = {"vendor": VENDOR, "destination": "Kenya", "order": "out", "why": "ticket 7"}
    with pytest.raises(InputError) as raised:
        await house.service.Order(pb.RouteOrder(**fields | request_of), None)  # type: ignore[arg-type]
    assert said in str(raised.value)
    assert await house.standing() == {}


async def test_nothing_is_ordered_while_quality_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(name: str) -> Any:
        raise ValueError(name)

    monkeypatch.setattr(route_rounds, "handle", nobody)
    with pytest.raises(UnavailableError):
        await ordered(house, "out")
    assert house.desk.catalog.route_states.standing() == []
    await house.rounds.keep()


async def test_who_listens_hears_of_changes_as_they_are_written(house: House) -> None:
    listening = house.rounds.listen()
    first = asyncio.ensure_future(anext(listening))
    await asyncio.sleep(0)
    await house.calls("...x" * 30)
    assert (await first).event.after is Standing.OUT


async def test_names_are_found_and_pages_counted(house: House) -> None:
    await house.calls("...x" * 30)
    assert [(await listed(house, destination=part)).total for part in ("ken", "uk")] == [1, 0]
    assert (await listed(house, offset=1)).states == []
    [watched] = (await listed(house)).states
    assert (watched.watch, watched.destination_name, watched.calls) == ("asr=35 rest_s=60", "Kenya", 0)
    assert [(await happened(house, destination=part)).total for part in ("KEN", "uk")] == [1, 0]


async def test_a_directory_that_was_slow_to_read_does_not_take_the_place_of_a_newer_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new quality-0 is asked for its board, and to count anew, while policies change."""

    def slow(path: Path) -> Directory:
        time.sleep(0.3 if path.name == old else 0)
        return read_directory(path)

    silent, floor = Policy("default", watch_asr=0), Policy("default", watch_asr=35.0)
    await house.desk.change(lambda catalog, at_ms: catalog.policies.set(silent, who="ada", at_ms=at_ms))
    manifest = house.desk.home.manifest()
    assert manifest is not None
    old = manifest.directory.name
    monkeypatch.setattr(quality_actor, "read_directory", slow)
    house.begin()
    first = asyncio.ensure_future(house.quality.board(0))
    await asyncio.sleep(0.05)
    await house.desk.change(lambda catalog, at_ms: catalog.policies.set(floor, who="ada", at_ms=at_ms))
    await house.quality.begin_filling()
    assert house.quality.routes.is_watched(house.where)
    await first
    assert house.quality.routes.is_watched(house.where)


async def test_calls_that_are_heard_before_the_states_were_restored_change_none_of_them(house: House) -> None:
    await house.calls("." * 40)
    assert told(await house.standing()) == {"kestrel": "out"}
    await ordered(house, "probe")
    house.begin()
    await house.quality.begin_filling()  # it knows its policies
    for _ in range(40):
        house.legs += 1
        now_ms = house.desk.now_ms()
        ended = LegSeen(house.where, Side.VENDOR, VENDOR, now_ms, False, 0, None, 34, False, end_ms=now_ms)
        await house.quality.count([ended])
    await house.rounds.keep()
    assert told(await house.standing()) == {"kestrel": "probing"}


async def test_a_leg_that_the_books_had_already_counts_once_for_its_route(house: House) -> None:
    await house.quality.begin_filling()
    leg = LegId(b"16 bytes of a leg"[:16])
    now_ms = house.desk.now_ms()
    ended = LegSeen(house.where, Side.VENDOR, VENDOR, now_ms, False, 0, None, 34, False, end_ms=now_ms, leg_id=leg)
    series = SeriesFilled(route_key(VENDOR, house.where), array("Q", [packed(ended)]), array("q"))
    await house.quality.fill(Refill(series=(series,), ended=frozenset({leg})))
    await house.quality.end_filling()
    await house.standing()
    await house.quality.count([ended])
    assert [one.calls for one in (await listed(house, all=True)).states] == [1]


async def test_a_route_held_by_hand_stands_once_among_states_and_events(house: House) -> None:
    await house.calls("." * 30)
    await ordered(house, "out")
    [state] = (await listed(house)).states
    assert (state.standing, state.watch, state.why) == ("locked-out", "by hand", "ticket 7")
    events = await house.service.Events(pb.RouteEventsQuery(), None)  # type: ignore[arg-type]
    assert [(one.before, one.after, one.who != "") for one in events.events][:1] == [("out", "locked-out", True)]
    assert events.total == 2, "out by its calls, and the order"
