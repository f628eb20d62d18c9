"""Open calls are found by what they are, and any call is told from its request to its postings."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from actors.decision_log import DAY_MS, DecisionLog
from actors.desk.board import Board
from actors.desk.calls import CallsService
from actors.desk.core import Desk
from actors.desk.switches import SwitchesService
from actors.desk.values import leg_message
from actors.shard import Shard
from actors.tasks import LegQuery
from cluster.tasks.segments import draft_segments
from domain.calls import Side
from domain.causes import Cause
from domain.cuts import CutOutcome, CutResult
from domain.errors import InputError, NotFoundError
from domain.holds import Hold, HoldMode
from domain.ids import PlanId
from domain.rates import Service, Unit
from domain.routing import decide
from protos import operators_pb2 as pb
from tests.actors.builders import one, open_shard, outcomes
from tests.cluster.tasks.places import NOW
from tests.domain.builders import NOON
from tests.domain.call_builders import ask, failed, key_of, start, stop
from tests.domain.worlds import setup, uk_world

SOLD: dict[str, Any] = {"plan": PlanId("sell"), "plan_version": 2}
BOUGHT: dict[str, Any] = {"plan": PlanId("buy-kestrel"), "plan_version": 2}
NOBODY: Any = None
"""The context of a call: none of these services asks it anything."""


@pytest.fixture
def calls(desk: Desk) -> CallsService:
    return CallsService(desk)


@pytest.fixture
def shard(desk: Desk) -> Iterator[Shard]:
    desk.home.books.mkdir(parents=True, exist_ok=True)
    desk.home.segments.mkdir(parents=True, exist_ok=True)
    opened = open_shard("", desk.home.books)
    yield opened
    opened.book.close()


def three_calls(shard: Shard) -> None:
    """c1 talks with kestrel; c2 by another trunk, and c3, are asked, each a second after the other."""
    one(shard, ask("c1"))
    outcomes(shard, start("c1"), start("c1", Side.VENDOR))
    one(shard, ask("c2", "orbita", b="254722000111", trunk="orbita-uk", at_ms=NOON + 1000))
    one(shard, ask("c3", "orbita", at_ms=NOON + 2000))


async def keys(calls: CallsService, **fields: Any) -> list[bytes]:
    return [call.call_key for call in (await calls.Find(pb.CallQuery(**fields), NOBODY)).calls]


async def test_open_calls_are_found_by_number_client_vendor_trunk_and_state(calls: CallsService, shard: Shard) -> None:
    three_calls(shard)
    c1, c2, c3 = (key_of(call) for call in ("c1", "c2", "c3"))
    assert await keys(calls) == [c1, c2, c3]
    assert await keys(calls, number="25472") == [c2]
    assert await keys(calls, client="orb*") == [c1, c2, c3]
    assert await keys(calls, client="orb") == []
    assert await keys(calls, vendor="kestrel") == [c1]
    assert await keys(calls, trunk="orbita-uk", state="asked") == [c2]
    assert await keys(calls, state="started") == [c1]
    assert await keys(calls, switch_id="sw1", limit=1, offset=1) == [c2]
    assert (await calls.Find(pb.CallQuery(limit=1), NOBODY)).total == 3


async def test_a_call_has_the_limit_that_its_switch_was_told_from_its_answer_on(
    calls: CallsService, shard: Shard, desk: Desk
) -> None:
    three_calls(shard)
    one(shard, ask("c5", mode=HoldMode.FIXED, at_ms=NOON + 3000))
    found = {call.call_key: call for call in (await calls.Find(pb.CallQuery(), NOBODY)).calls}
    running, waiting, untold = (found[key_of(name)] for name in ("c1", "c2", "c5"))
    answered = start("c1").leg.connect_ms
    assert answered is not None and running.limit_ms == answered + 1000 * running.granted_s != running.expires_ms
    assert waiting.limit_ms == desk.now_ms() + 1000 * waiting.granted_s
    assert not untold.HasField("limit_ms") and untold.expires_ms


async def test_an_open_call_is_found_by_the_name_of_its_destination(
    calls: CallsService, shard: Shard, desk: Desk
) -> None:
    three_calls(shard)
    await desk.open()
    assert desk.world is not None
    kenya = desk.world.codes.destination_of("254722000111")
    one(shard, ask("c4", b="254722000111", destination=kenya))
    assert await keys(calls, destination="keny") == [key_of("c4")]
    assert await keys(calls, destination="mars") == []


async def test_a_state_that_no_call_has_is_refused(calls: CallsService) -> None:
    with pytest.raises(InputError, match="unknown state 'ringing'"):
        await calls.Find(pb.CallQuery(state="ringing"), NOBODY)


def decided(desk: Desk, call: str, at_ms: int = NOON, **fields: Any) -> None:
    """Write what a node decided about a call; `fields` are those of the decision."""
    log = DecisionLog(desk.home.decisions, "node-0")
    asked = setup(call_id=call.encode(), called="00447911123456")
    decision = replace(decide(asked, uk_world()), call_key=key_of(call), at_ms=at_ms, **fields)
    log.add(decision, asked, granted_s=2400, held=1_000_000)
    log.flush()


@pytest.mark.parametrize("late_ms", [-DAY_MS, -1, 1, DAY_MS])
async def test_what_was_decided_a_day_before_or_after_a_leg_began_is_found(
    calls: CallsService, shard: Shard, desk: Desk, late_ms: int
) -> None:
    midnight_ms = NOON // DAY_MS * DAY_MS
    decided(desk, "c1", midnight_ms if late_ms > 0 else midnight_ms - 1)
    began_ms = midnight_ms - late_ms if late_ms > 0 else midnight_ms - 1 - late_ms
    outcomes(shard, stop("c1", setup_ms=began_ms))
    _, lines = await story(calls, key_of("c1").hex())
    assert lines["decision"][0].startswith("admitted with")


async def story(calls: CallsService, ref: str) -> tuple[pb.CallStory, dict[str, list[str]]]:
    told = await calls.Story(pb.CallRef(call=ref), NOBODY)
    by_kind: dict[str, list[str]] = {}
    for line in told.lines:
        by_kind.setdefault(line.kind, []).append(line.text)
    return told, by_kind


async def test_a_call_is_told_while_it_runs_and_after_by_any_of_its_ids(
    calls: CallsService, shard: Shard, desk: Desk
) -> None:
    decided(desk, "c1")
    hold = ask("c1")
    one(shard, hold)
    begun = start("c1")
    outcomes(shard, failed("c1"), begun)
    told, lines = await story(calls, hold.hold_id.hex())
    assert (told.state, told.client, told.call_key) == ("started", "orbita", key_of("c1").hex())
    assert "over sip: 12025550100 to 00447911123456" in lines["request"][0]
    assert lines["decision"][0].startswith("admitted with")
    assert lines["route"][0].startswith("1. ")
    assert lines["hold"][0] == "2,400 s granted, 0.01 USD held"
    assert "held now, the call has started" in lines["hold"][1]
    assert "not answered, cause 17 busy" in lines["leg"][0] + lines["leg"][1]
    outcomes(shard, stop("c1", **SOLD), stop("c1", Side.VENDOR, session="v", **BOUGHT))
    told, lines = await story(calls, key_of("c1").hex()[:10])
    assert told.state == "ended"
    assert lines["hold"][-1] == "released: the client's leg has ended"
    assert any(line.startswith("client orbita: 0.0294 USD for 60 s") for line in lines["charge"])
    [details] = [line.details for line in told.lines if line.kind == "charge" and line.text.startswith("client")]
    assert details[0].startswith("code 44, ")
    assert all("in the book, not sealed yet" in line for line in lines["posting"])
    assert (await story(calls, begun.leg.leg_id.hex()))[0].call_key == told.call_key


async def test_a_session_that_was_admitted_without_routes_has_its_request_decision_and_grant(
    calls: CallsService, desk: Desk
) -> None:
    decided(desk, "c8", NOW, routes=(), left_out=(), service=Service.DATA)
    _, lines = await story(calls, key_of("c8").hex())
    assert "over sip: 12025550100 to 00447911123456" in lines["request"][0]
    assert lines["decision"] == ["admitted"]
    assert lines["hold"][0] == "2,400 s granted, 0.01 USD held"
    assert "note" not in lines


async def test_a_ported_call_is_explained_by_the_number_that_it_was_rated_by(
    calls: CallsService, shard: Shard, desk: Desk
) -> None:
    ended = stop("c1", **SOLD)
    outcomes(shard, replace(ended, leg=replace(ended.leg, b="99955500011", routing_number=ended.leg.b)))
    told, _ = await story(calls, key_of("c1").hex())
    [details] = [line.details for line in told.lines if line.kind == "charge"]
    assert details[0] == f"ported: rated by {ended.leg.b}"
    assert details[1].startswith("code 44, ")
    found, _ = await desk.tasks.find_legs(LegQuery(call_keys=(key_of("c1"),)))
    assert leg_message(found[0].leg, "", "", "USD").routing_number == ended.leg.b


async def test_what_is_sealed_names_its_transfer(calls: CallsService, shard: Shard, desk: Desk) -> None:
    outcomes(shard, stop("c1", **SOLD))
    for draft in draft_segments(desk.home, 0):
        shard.seal([draft], NOW)
    told, lines = await story(calls, key_of("c1").hex())
    assert told.state == "ended"
    assert "within 0.0294 USD from revenue to receivable:orbita" in lines["posting"][0]


async def test_a_refused_call_is_found_though_nothing_was_held_or_reported(calls: CallsService, desk: Desk) -> None:
    decided(desk, "c9", NOW, routes=(), refusal=Cause.NO_CREDIT)
    told, lines = await story(calls, key_of("c9").hex()[:8])
    assert (told.state, told.client) == ("refused", "orbita")
    assert lines["decision"] == ["refused: no-credit"]


async def test_an_id_that_is_none_unknown_or_short_of_one_call_says_so(calls: CallsService, shard: Shard) -> None:
    for wrong in (" ", "x" * 513):
        with pytest.raises(InputError, match="is no id of a call"):
            await calls.Story(pb.CallRef(call=wrong), NOBODY)
    for unknown in ("12345", "xyzxyzxyz", "a" * 33, "0123456789", "a" * 32):
        with pytest.raises(NotFoundError, match=f"no call {unknown} is known"):
            await calls.Story(pb.CallRef(call=unknown), NOBODY)


async def test_a_call_that_cannot_be_ended_says_why(calls: CallsService, shard: Shard, desk: Desk) -> None:
    await desk.open()
    outcomes(shard, stop("c1", **SOLD))
    with pytest.raises(InputError, match="is not running"):
        await calls.Disconnect(pb.CallRef(call=key_of("c1").hex()), NOBODY)
    one(shard, ask("c2", switch="gw"))
    with pytest.raises(InputError, match=r"switch gw \(recipe cisco\) cannot be told to end a call"):
        await calls.Disconnect(pb.CallRef(call=key_of("c2").hex()), NOBODY)


class Told:
    """A node's handle, whose switch answers what it is given to answer."""

    def __init__(self, outcome: CutOutcome, text: str) -> None:
        self.holds: list[Hold] = []
        self._result = CutResult(outcome, text)
        self.disconnect = SimpleNamespace(remote=self._remote)

    async def _remote(self, hold: Hold) -> CutResult:
        self.holds.append(hold)
        return self._result


async def test_a_call_is_ended_by_its_switch_and_who_did_it_is_audited(
    calls: CallsService, shard: Shard, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await SwitchesService(desk, Board(desk)).Set(pb.FieldChanges(id="gw", values={"can_disconnect": "true"}), NOBODY)
    hold = ask("c2", switch="gw")
    one(shard, hold)
    assert (await calls.Find(pb.CallQuery(), NOBODY)).calls[0].can_disconnect
    node = Told(CutOutcome.ENDED, "has ended it")
    monkeypatch.setattr("actors.desk.calls.handle", lambda name: node)
    said = (await calls.Disconnect(pb.CallRef(call=hold.hold_id.hex()), NOBODY)).what
    assert said.endswith("of orbita to 447911123456: switch gw ended it")
    assert [its.hold_id for its in node.holds] == [hold.hold_id]
    assert [(entry.action, entry.key) for entry in desk.catalog.audit.list("call")] == [("end", key_of("c2").hex())]
    silent = Told(CutOutcome.NO_ANSWER, "did not answer at 10.0.0.1:3799 (3 tries)")
    monkeypatch.setattr("actors.desk.calls.handle", lambda name: silent)
    with pytest.raises(InputError, match="switch gw did not answer at"):
        await calls.Disconnect(pb.CallRef(call=hold.hold_id.hex()), NOBODY)


class Silent:
    """A node's handle that never says what became of it."""

    def __init__(self) -> None:
        self.disconnect = SimpleNamespace(remote=lambda hold: asyncio.sleep(60))


def nobody(name: str) -> Any:
    raise ValueError(f"no actor is named {name}")


@pytest.mark.parametrize(
    ("handle", "said"), [(lambda name: Silent(), "may have been told: node"), (nobody, "was not told: no node answers")]
)
async def test_what_nobody_knows_of_a_calls_end_is_told_so_and_audited(
    calls: CallsService, shard: Shard, desk: Desk, monkeypatch: pytest.MonkeyPatch, handle: Any, said: str
) -> None:
    await SwitchesService(desk, Board(desk)).Set(pb.FieldChanges(id="gw", values={"can_disconnect": "true"}), NOBODY)
    one(shard, ask("c2", switch="gw"))
    monkeypatch.setattr("actors.desk.calls.handle", handle)
    monkeypatch.setattr("actors.desk.calls.END_WAIT_S", 0.05)
    with pytest.raises(InputError, match=f"switch gw {said}"):
        await calls.Disconnect(pb.CallRef(call=key_of("c2").hex()), NOBODY)
    (entry,) = desk.catalog.audit.list("call")
    assert (entry.action, said in str(entry.after)) == ("end", True)


@pytest.mark.parametrize("attempts", [(1, 2, 3), (3, 2, 1)])
async def test_of_several_attempts_the_latest_that_has_begun_is_ended(
    calls: CallsService, shard: Shard, desk: Desk, monkeypatch: pytest.MonkeyPatch, attempts: tuple[int, ...]
) -> None:
    await SwitchesService(desk, Board(desk)).Set(pb.FieldChanges(id="gw", values={"can_disconnect": "true"}), NOBODY)
    for at, attempt in enumerate(attempts[:2]):
        one(shard, ask("c2", switch="gw", attempt=attempt, at_ms=NOON + at))
        outcomes(shard, start("c2", at_ms=NOON + at, session=str(attempt)))
    one(shard, ask("c2", switch="gw", attempt=attempts[2], at_ms=NOON + 5))
    node = Told(CutOutcome.ENDED, "has ended it")
    monkeypatch.setattr("actors.desk.calls.handle", lambda name: node)
    await calls.Disconnect(pb.CallRef(call=key_of("c2").hex()), NOBODY)
    assert [its.hold_id for its in node.holds] == [ask("c2", attempt=attempts[1]).hold_id]


async def test_a_session_whose_quota_its_switch_is_not_told_says_so(calls: CallsService, shard: Shard) -> None:
    one(shard, ask("c1", unit=Unit.MEGABYTE, max_kb=1024, mode=HoldMode.FIXED))
    told, _ = await story(calls, key_of("c1").hex())
    details = [line.details[0] for line in told.lines if line.kind == "hold" and line.details]
    assert details[0].startswith("the quota is held, and not enforced")


async def test_what_was_noted_of_a_call_afterwards_is_told_beside_its_decision(
    calls: CallsService, shard: Shard, desk: Desk
) -> None:
    decided(desk, "c1")
    log = DecisionLog(desk.home.decisions, "node-0")
    log.note(key_of("c1"), NOON + 5000, "ended, by-operator: switch gw has ended it")
    log.flush()
    outcomes(shard, stop("c1", **SOLD))
    _, lines = await story(calls, key_of("c1").hex())
    assert lines["note"] == ["ended, by-operator: switch gw has ended it"]
    assert len(lines["decision"]) == 1
