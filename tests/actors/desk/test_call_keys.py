"""A call is found by the id that its switch shows: while it runs, when it is sealed, parked, or was only asked for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from actors.decision_log import DecisionLog
from actors.desk.board import Board
from actors.desk.calls import CallsService
from actors.desk.cdrs import CdrsService
from actors.desk.core import Desk
from actors.shard import Shard
from cluster.tasks.segments import draft_segments
from domain.calls import Parked, Side
from domain.causes import Cause, ParkCause
from domain.commands import Park
from domain.errors import InputError, NotFoundError
from domain.ids import CallKey, SwitchId, call_key, normal_conf_id
from domain.report_json import report_to_json
from domain.routing import decide
from protos import operators_pb2 as pb
from tests.actors.builders import one, open_shard, outcomes
from tests.cluster.tasks.places import NOW
from tests.domain.builders import NOON
from tests.domain.call_builders import a_leg, ask, start, stop
from tests.domain.call_builders import report as reported
from tests.domain.reports import report
from tests.domain.worlds import setup, uk_world

NOBODY: Any = None
CALL_ID = "a84b4c76e66710@pc33.example.com"
CONF_ID = "F3E0A1B2 11D811B9 80010000 1"
SIP_CALL = call_key(SwitchId("sx"), CALL_ID.encode())
RADIUS_CALL = call_key(SwitchId("gw"), normal_conf_id(CONF_ID))


@pytest.fixture
def shard(desk: Desk) -> Iterator[Shard]:
    desk.home.books.mkdir(parents=True, exist_ok=True)
    desk.home.segments.mkdir(parents=True, exist_ok=True)
    opened = open_shard("", desk.home.books)
    yield opened
    opened.book.close()


@pytest.fixture
def calls(desk: Desk) -> CallsService:
    return CallsService(desk)


@pytest.fixture
def cdrs(desk: Desk) -> CdrsService:
    return CdrsService(desk, Board(desk))


def ended(shard: Shard, key: CallKey, seal: Desk | None = None, **fields: Any) -> None:
    """Both legs of a call end, and are sealed where a desk is given whose segments they go to."""
    for side in Side:
        leg = replace(a_leg(key.hex(), side, **fields), call_key=key)
        outcomes(shard, reported(leg))
    for draft in draft_segments(seal.home, 0) if seal else ():
        shard.seal([draft], NOW)


def parked(shard: Shard, key: CallKey, **fields: Any) -> None:
    said = report(**fields)
    record = Parked(key, key, a_leg("x").leg_id, ParkCause.NO_RATE, "", report_to_json(said), NOON)
    one(shard, Park(record))


async def key_told(calls: CallsService, call: str, switch: str = "") -> bytes:
    return bytes.fromhex((await calls.Story(pb.CallRef(call=call, switch_id=switch), NOBODY)).call_key)


async def keys_listed(cdrs: CdrsService, call: str, switch: str = "") -> list[bytes]:
    ref = pb.CallRef(call=call, switch_id=switch)
    return sorted({leg.call_key for leg in (await cdrs.List(pb.CdrQuery(call=ref), NOBODY)).legs})


async def test_a_sip_call_is_found_by_its_call_id_while_it_runs(calls: CallsService, shard: Shard) -> None:
    hold = ask("c1", call_key=SIP_CALL, call_id=CALL_ID.encode())
    one(shard, hold)
    assert await key_told(calls, f" Call-ID: {CALL_ID} ") == SIP_CALL
    assert await key_told(calls, CALL_ID, "sx") == SIP_CALL
    query = pb.CallQuery(call=pb.CallRef(call=CALL_ID))
    assert [call.hold_id for call in (await calls.Find(query, NOBODY)).calls] == [hold.hold_id]
    assert (await calls.Find(pb.CallQuery(call=pb.CallRef(call="another")), NOBODY)).total == 0
    with pytest.raises(NotFoundError, match="looked for as a switch's id of a call, at gw; as "):
        await key_told(calls, CALL_ID.replace("@", " @ "), "gw")


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize(
    "written", [CONF_ID, CONF_ID.lower(), "f3e0a1b2  11d811b9 80010000 00000001", f"h323-conf-id={CONF_ID}",
                "F3E0A1B211D811B98001000000000001", "f3e0a1b2-11d8-11b9-8001-000000000001"],
)  # fmt: skip
async def test_a_radius_call_is_found_by_its_conf_id_however_it_is_written(
    calls: CallsService, cdrs: CdrsService, shard: Shard, desk: Desk, written: str, sealed: bool
) -> None:
    ended(shard, RADIUS_CALL, desk if sealed else None)
    assert await key_told(calls, written) == RADIUS_CALL
    assert await keys_listed(cdrs, written) == [RADIUS_CALL]
    assert len((await cdrs.Show(pb.CallRef(call=written), NOBODY)).legs) == 2


async def test_one_id_of_two_switches_is_two_calls_and_the_switch_tells_which(
    calls: CallsService, cdrs: CdrsService, shard: Shard, desk: Desk
) -> None:
    there, here = SIP_CALL, call_key(SwitchId("ab"), CALL_ID.encode())
    ended(shard, there, desk)
    ended(shard, here, session="another")
    assert await keys_listed(cdrs, CALL_ID) == sorted([there, here])
    assert await keys_listed(cdrs, CALL_ID, "sx") == [there]
    assert await key_told(calls, CALL_ID, "sx") == there
    ended(shard, there, session="third")
    with pytest.raises(InputError, match=rf"2 calls have the id .*{here.hex()} of ab.*--switch NAME"):
        await key_told(calls, CALL_ID)


async def test_a_parked_record_is_found_by_call_id_conf_id_and_session_id(
    calls: CallsService, cdrs: CdrsService, shard: Shard
) -> None:
    parked(shard, RADIUS_CALL, call_id=normal_conf_id(CONF_ID), session_id=b"0000001F", switch=SwitchId("gw"))
    parked(shard, SIP_CALL, call_id=CALL_ID.encode(), session_id=b"00000020", switch=SwitchId("sx"))
    for written in (CONF_ID.lower(), "0000001F", "Acct-Session-Id = 0000001F"):
        page = await cdrs.Parked(pb.ParkedQuery(call=pb.CallRef(call=written)), NOBODY)
        assert [record.call_key for record in page.records] == [RADIUS_CALL]
        assert await key_told(calls, written) == RADIUS_CALL
    assert (await cdrs.Parked(pb.ParkedQuery(), NOBODY)).total == 2
    assert (await cdrs.Parked(pb.ParkedQuery(filter="no such", call=pb.CallRef(call=CALL_ID)), NOBODY)).total == 0
    assert (await cdrs.Parked(pb.ParkedQuery(call=pb.CallRef(call=CALL_ID, switch_id="gw")), NOBODY)).total == 0


async def test_a_running_call_is_found_by_the_session_id_of_its_client_leg(calls: CallsService, shard: Shard) -> None:
    one(shard, ask("c1"))
    outcomes(shard, replace(start("c1"), session_id=b"0000001F"))
    assert await key_told(calls, "0000001F") == start("c1").leg.call_key
    with pytest.raises(NotFoundError):
        await key_told(calls, "0000001F", "gw")


async def test_what_was_only_asked_is_found_by_the_id_of_the_question(calls: CallsService, desk: Desk) -> None:
    log = DecisionLog(desk.home.decisions, "node-0")
    asked = setup(call_id=normal_conf_id(CONF_ID), switch=SwitchId("gw"))
    decided = replace(decide(asked, uk_world()), call_key=RADIUS_CALL, at_ms=NOW, routes=(), refusal=Cause.NO_CREDIT)
    log.add(decided, asked)
    log.flush()
    told = await calls.Story(pb.CallRef(call=CONF_ID.lower()), NOBODY)
    assert (told.state, told.call_key) == ("refused", RADIUS_CALL.hex())


async def test_a_whole_id_of_a_switch_comes_before_the_beginning_of_one_of_ours(
    calls: CallsService, shard: Shard
) -> None:
    outcomes(shard, stop("c1"))
    beginning = stop("c1").leg.call_key.hex()[:10]
    assert await key_told(calls, beginning) == stop("c1").leg.call_key
    ended(shard, call_key(SwitchId("ab"), beginning.encode()), session="another")
    assert await key_told(calls, beginning) == call_key(SwitchId("ab"), beginning.encode())


async def test_a_switch_that_is_not_known_is_said_with_those_that_are(calls: CallsService) -> None:
    with pytest.raises(NotFoundError, match=r"no switch g is known\. There are ab, b2, gw, km, sx"):
        await key_told(calls, CALL_ID, "g")


async def test_a_call_of_which_only_a_question_is_known_has_no_legs_and_says_so(
    cdrs: CdrsService, shard: Shard
) -> None:
    one(shard, ask("c1", call_key=SIP_CALL))
    with pytest.raises(NotFoundError, match=r"nothing was reported of call .* that could be charged"):
        await cdrs.Show(pb.CallRef(call=CALL_ID), NOBODY)
