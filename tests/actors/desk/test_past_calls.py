"""Past calls at the desk: decided anew by what held when they were asked about, and by what holds now."""

from dataclasses import replace
from typing import Any

import pytest

from actors.decision_log import DecisionLog
from actors.desk.core import Desk
from actors.desk.explaining import ExplainingService
from actors.desk.policies import PoliciesService
from domain.asking_again import first_alone
from domain.calls import CallSetup
from domain.causes import Cause
from domain.clock import Clock
from domain.decisions import Decision, LeftOut
from domain.errors import InputError, NotFoundError
from domain.ids import SwitchId, TrunkId, call_key
from domain.policies.comparing import Guard
from domain.policies.policy import Canary, Policy
from domain.routing import decide
from protos import explaining_pb2 as pb
from protos import operators_pb2 as op
from protos import policies_pb2 as policies
from tests.cluster.tasks.places import BY, NOW
from tests.domain.worlds import setup

NOBODY: Any = None
CALL = "5a1e@gw1"


class Past:
    """The service, and a node that decides by what the desk has published."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.service = desk, ExplainingService(desk)
        desk.home.books.mkdir(parents=True, exist_ok=True)
        desk.home.segments.mkdir(parents=True, exist_ok=True)
        trunk = next(one for one in desk.catalog.trunks.list() if one.partner == "orbita" and one.switch)
        self.whose: dict[str, Any] = {"switch": trunk.switch, "source": trunk.host, "trunk_hint": trunk.id}

    def asked(self, call_id: str = CALL, **fields: Any) -> CallSetup:
        return setup(**({"call_id": call_id.encode(), "at_ms": self.desk.now_ms(), **self.whose} | fields))

    def decides(self, asked: CallSetup) -> Decision:
        assert self.desk.world is not None
        return decide(asked, self.desk.world)

    def writes(self, decision: Decision, asked: CallSetup) -> None:
        log = DecisionLog(self.desk.home.decisions, "node-0")
        log.add(decision, asked)
        log.flush()

    def calls(self, call_id: str = CALL, **fields: Any) -> Decision:
        asked = self.asked(call_id, **fields)
        decision = self.decides(asked)
        self.writes(decision, asked)
        return decision

    async def explain(self, call: str = CALL, **fields: Any) -> pb.PastCall:
        return await self.service.Past(pb.PastCallQuery(call=op.CallRef(call=call), **fields), NOBODY)

    async def sets(self, name: str = "default", **values: str) -> None:
        await PoliciesService(self.desk).Set(policies.PolicyChange(name=name, values=values), NOBODY)

    def at(self, at_ms: int) -> None:
        self.desk.clock = Clock(at_ms, 0, 0.0)


@pytest.fixture
async def past(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Past:
    async def world() -> Any:
        return desk.world

    monkeypatch.setattr(desk, "fresh_world", world)
    await desk.publish()
    return Past(desk)


def places(found: pb.PastCall) -> list[tuple[str, int, int, int]]:
    return [(one.vendor, one.then, one.anew, one.now) for one in found.routes if one.then or one.anew or one.now]


async def test_it_is_decided_anew_as_it_was_and_beside_that_as_it_would_be_today(past: Past) -> None:
    decision = past.calls()
    vendors = [route.vendor for route in decision.routes]
    assert len(vendors) > 1
    past.at(NOW + 60_000)
    await past.sets(order="most price", max_routes="1")
    past.at(NOW + 3_600_000)
    found = await past.explain()
    assert (found.same, list(found.differences), list(found.missing)) == (True, [], [])
    assert (found.call_key, found.at_ms, found.decision, found.decisions) == (decision.call_key.hex(), NOW, 1, 1)
    assert (found.then_policy, found.anew_policy, found.now_policy) == ("default v1", "default v1", "default v2")
    assert (found.then_verdict, found.anew_verdict, found.now_verdict) == ("may go",) * 3
    last = len(vendors)
    assert places(found) == [(vendor, place, place, int(place == last)) for place, vendor in enumerate(vendors, 1)], (
        "the dearest alone is today's"
    )
    assert list(found.then) == list(found.anew) and list(found.now) != list(found.anew)


async def test_who_stood_last_for_its_quality_then_stands_so_anew_and_is_told_why(past: Past) -> None:
    asked = past.asked()
    decision = past.decides(asked)
    first, *others = decision.routes
    last = LeftOut(first.vendor, first.trunk, "out since noon: asr 25.0")
    past.writes(replace(decision, routes=(*others, first), last=(last,)), asked)
    found = await past.explain()
    [told] = [one for one in found.routes if one.trunk == first.trunk]
    assert (found.same, told.then, told.anew, told.now) == (True, len(decision.routes), len(decision.routes), 1)
    assert (told.then_why, told.anew_why, told.now_why) == (f"stands last: {last.reason}",) * 2 + ("",)


async def test_every_figure_and_term_of_then_is_told_with_the_price_that_would_have_won(past: Past) -> None:
    await past.sets(order="price, then real_cost")
    decision = past.calls()
    past.at(NOW + 60_000)
    await past.sets(order="most price")
    assert not (await past.explain()).HasField("explained")
    found = (await past.explain(with_terms=True)).explained
    assert [term.text for term in found.terms] == ["price", "real_cost"]
    assert (found.policy, found.decision.admitted, found.at_ms) == ("default v2", True, NOW)
    ranked = [one for one in found.vendors if one.place]
    assert [one.vendor for one in ranked] == [route.vendor for route in decision.routes]
    assert ranked[0].wins_units >= ranked[0].price_units > 0
    assert all(one.wins_units < ranked[0].price_units + 1 for one in ranked[1:])
    assert all([figure.name for figure in one.worth] == ["price", "real_cost"] for one in ranked)


async def test_the_version_that_took_it_on_trial_is_found_again(past: Past) -> None:
    catalog = past.desk.catalog
    canary = Canary(Policy("default"), NOW, 5_000)
    catalog.canaries.begin(Policy("default", max_routes=1), canary, Guard(), note="", **BY, counted_ms=NOW)
    await past.desk.publish()
    past.at(NOW + 10_000)
    titles = {past.calls(f"call-{number}").policy for number in range(12)}
    assert titles == {"default v1", "default v2 (canary)"}
    catalog.canaries.promote("default", who="ada", at_ms=NOW + 20_000)
    await past.desk.publish()
    past.at(NOW + 86_400_000)
    for number in range(12):
        found = await past.explain(f"call-{number}")
        assert (found.same, found.then_policy, found.now_policy) == (True, found.anew_policy, "default v3")


async def test_a_policy_is_laid_over_those_that_held_as_it_is_or_in_a_version(past: Past) -> None:
    vendors = [route.vendor for route in past.calls().routes]
    await past.sets("dear", order="most price")
    await past.sets("dear", order="price", max_routes="1")
    found = await past.explain(trial=pb.TrialPolicy(order="most price"))
    assert [one[0] for one in sorted(places(found), key=lambda one: one[2])] == vendors[::-1]
    assert (found.trial, found.same, found.anew_policy) == ("trial", False, "default v1 + trial v1")
    assert f"{vendors[0]}-out: place 1 then, {len(vendors)} anew" in found.differences
    old = await past.explain(trial=pb.TrialPolicy(policy="dear"), version=1)
    assert old.anew_policy == "default v1 + dear v1" and len([one for one in places(old) if one[2]]) == len(vendors)
    new = await past.explain(trial=pb.TrialPolicy(policy="dear"))
    assert new.anew_policy == "default v1 + dear v2" and len([one for one in places(new) if one[2]]) == 1
    changed = await past.explain(trial=pb.TrialPolicy(policy="dear", only="price < 0"), version=1)
    assert changed.trial == "trial of dear" and changed.anew_verdict.startswith("refused: no-route")


async def test_of_the_questions_about_a_call_each_is_a_decision_of_its_own(past: Past) -> None:
    first = past.asked()
    one = first_alone(past.decides(first))
    past.writes(one, first)
    trunk = one.routes[0].trunk
    second = past.asked(attempt=2, asked=2, tried=(TrunkId(trunk),), last_cause=38, at_ms=NOW + 1_000)
    two = first_alone(past.decides(second))
    past.writes(two, second)
    third = past.asked(attempt=3, asked=3, tried=(trunk, two.routes[0].trunk), last_cause=17, at_ms=NOW + 2_000)
    past.writes(past.decides(third), third)
    past.at(NOW + 60_000)
    last = await past.explain()
    assert (last.decision, last.decisions, last.same) == (2, 3, True), "the last one with routes"
    its = two.routes[0].vendor
    assert places(last) == [(its, 1, 1, 1)], "one at a time, today too"
    assert any(line.startswith("asked again: attempt 2, cause 38: goes on") for line in last.anew)
    stopped = await past.explain(decision=3)
    assert stopped.same and stopped.anew_verdict == "refused: failover-stopped, cause 17: stop, as usual"
    assert (await past.explain(decision=1)).at_ms == NOW
    with pytest.raises(InputError, match="there is no decision 4"):
        await past.explain(decision=4)


async def test_what_is_kept_no_more_is_named(past: Past) -> None:
    past.calls()
    past.at(NOW + 60_000)
    trunk = next(one for one in past.desk.catalog.trunks.list() if one.partner == "kestrel")
    past.desk.catalog.trunks.change(replace(trunk, port=5099), who="ada", at_ms=NOW + 60_000)
    await past.desk.publish()
    assert (await past.explain()).missing == [], "the file of then is there"
    manifest = past.desk.home.manifest()
    assert manifest is not None
    older = [file for file in past.desk.home.snapshots.glob("directory*") if file.name != manifest.directory.name]
    assert older
    for file in older:
        file.unlink()
    assert list((await past.explain()).missing) == ["trunks as they were then: they are those of now"]


async def test_a_refused_call_is_explained_too(past: Past) -> None:
    asked = past.asked("poor")
    decision = past.decides(asked)
    past.writes(replace(decision, routes=(), refusal=Cause.NO_CREDIT, detail="0.10 is lacking"), asked)
    found = await past.explain("poor")
    assert (found.same, found.then_verdict, found.anew_verdict, found.now_verdict) == (
        True, "refused: no-credit, 0.10 is lacking", "refused: no-credit, 0.10 is lacking", "may go",
    )  # fmt: skip


async def test_what_nobody_knows_or_cannot_be_is_refused(past: Past) -> None:
    past.calls()
    with pytest.raises(NotFoundError):
        await past.explain("never-heard-of")
    with pytest.raises(InputError, match="'prise' in column 1"):
        await past.explain(trial=pb.TrialPolicy(order="prise"))
    with pytest.raises(NotFoundError, match="no policy 'nowhere'"):
        await past.explain(trial=pb.TrialPolicy(policy="nowhere"))
    with pytest.raises(NotFoundError, match="there is no version 7"):
        await past.explain(trial=pb.TrialPolicy(policy="default"), version=7)
    key = call_key(SwitchId("sw"), b"noted-only")
    log = DecisionLog(past.desk.home.decisions, "node-0")
    log.note(key, NOW, "disconnected")
    log.flush()
    with pytest.raises(NotFoundError, match="no decision about it is kept"):
        await past.explain(key.hex())
