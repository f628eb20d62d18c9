"""Versions that are tried on a part of the calls, as operators begin, compare and end them, and as the desk does."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from actors.decision_counts import DecisionCounts
from actors.desk.canaries import CanariesService
from actors.desk.canary_rounds import ALARM_MS, CanaryRounds
from actors.desk.core import Desk
from actors.desk.policies import PoliciesService
from actors.route_work import ArmsCount, ArmsOrder
from actors.shard import Shard
from domain.clock import Clock
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId
from domain.money import units_of
from domain.policies.comparing import Arm, Decided, Part, Spread
from protos import policies_pb2 as pb
from store.catalog.canary_rows import Outcome
from tests.actors.builders import open_shard
from tests.actors.desk.conftest import Here
from tests.cluster.tasks.places import BY, NOW

NOBODY: Any = None
SOON = NOW + 60_000


class Watched:
    """The service, what its rounds alarm of, and how often arms were counted; `arms`: what they come to, None: as in
    the books."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.alarms, self.counted = desk, dict[str, str](), list[ArmsOrder]()
        self.arms: ArmsCount | None = None
        self.rounds = CanaryRounds(desk, lambda key, text, _: self.alarms.update({key: text}))
        self.service = CanariesService(desk, self.rounds)
        desk.tasks = self  # type: ignore[assignment]  # of all its tasks one is asked for here

    async def count_arms(self, order: ArmsOrder) -> ArmsCount:
        self.counted.append(order)
        return self.arms or await Here(self.desk.home).count_arms(order)

    async def begin(self, policy: str = "cheap", **fields: Any) -> str:
        return (await self.service.Begin(pb.CanaryOrder(policy=policy, **fields), NOBODY)).what

    async def list(self, *, ended: bool = True, **fields: Any) -> list[pb.Canary]:
        return list((await self.service.List(pb.CanariesQuery(all=ended, **fields), NOBODY)).canaries)

    async def compare(self, policy: str = "cheap", **fields: Any) -> pb.CanaryComparison:
        return await self.service.Compare(pb.ArmsQuery(policy=policy, **fields), NOBODY)

    def at(self, at_ms: int) -> None:
        self.desk.clock = Clock(at_ms, 0, 0.0)


@pytest.fixture
async def watched(desk: Desk) -> Watched:
    change = pb.PolicyChange(name="cheap", values={"order": "price", "max_routes": "3"})
    await PoliciesService(desk).Set(change, NOBODY)
    return Watched(desk)


@pytest.fixture
def shard(desk: Desk) -> Iterator[Shard]:
    desk.home.books.mkdir(parents=True, exist_ok=True)
    desk.home.segments.mkdir(parents=True, exist_ok=True)
    opened = open_shard("", desk.home.books)
    yield opened
    opened.book.close()


def arm(calls: int, answered: int, margin: str = "0.01") -> Arm:
    """Calls with one margin each."""
    each, talk = units_of(margin), Spread(answered, 60_000 * answered, 3_600_000_000 * answered)
    return Arm(
        calls=calls, attempts=calls, answered=answered, talk_ms=talk,
        margin=Spread(calls, calls * each, calls * each * each), revenue=calls * each, cost=0,
        vendors={PartnerId("kestrel"): Part(calls, answered, 60_000 * answered)},
    )  # fmt: skip


def arms(current: Arm, tried: Arm) -> ArmsCount:
    return ArmsCount(current, tried, DecisionCounts(Decided(current.calls), Decided(tried.calls, 3, 2)))


async def test_what_is_in_force_is_tried_with_other_fields_and_nodes_hear_of_it(watched: Watched) -> None:
    told = await watched.begin(values={"order": "price, then asr"}, share_bp=1_250, note="less failing")
    assert told == (
        "policy cheap v2 is tried on 12.5 % of the calls, v1 has the others; see `switchboard policies compare cheap`"
    )
    assert watched.desk.world is not None
    [canary] = watched.desk.world.index.directory.policies.canaries
    assert (canary.policy.order, canary.policy.max_routes, canary.share_bp) == ("price, then asr", 3, 1_250)
    [one] = await watched.list(ended=False)
    assert (one.version, one.against, one.note, one.outcome, one.HasField("until_ms")) == (
        2,
        1,
        "less failing",
        "",
        False,
    )
    assert (one.guard_asr_bp, one.guard_margin_bp, one.least_calls) == (500, 1_000, 200)
    assert dict(one.values) == {"order": "price, then asr", "max_routes": "3"}
    with pytest.raises(InputError, match="version 2 is tried"):
        await PoliciesService(watched.desk).Set(pb.PolicyChange(name="cheap", values={"order": "asr"}), NOBODY)


async def test_with_another_share_the_same_version_is_another_trial_with_the_same_guard_and_end(
    watched: Watched,
) -> None:
    await watched.begin(values={"order": "asr"}, until_ms=SOON, guard_asr_bp=300, guard_margin_bp=0, least_calls=50)
    watched.at(NOW + 1_000)
    assert "cheap v2 is tried on 30 %" in await watched.begin(share_bp=3_000)
    second, first = await watched.list()
    assert (first.share_bp, first.outcome, second.share_bp, second.outcome) == (1_000, "another", 3_000, "")
    for one in (first, second):
        assert (one.version, one.until_ms, one.guard_asr_bp, one.guard_margin_bp, one.least_calls) == (
            2,
            SOON,
            300,
            0,
            50,
        )
    [running] = await watched.list(ended=False, policy="cheap")
    assert running.id == second.id


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "nothing is said that could be tried"),
        ({"values": {"order": "asr"}, "version": 1}, "a version and fields are given"),
        ({"values": {"order": "prise"}}, r"order: 'prise' in column 1 is no figure\. Did you mean price"),
        ({"values": {"ordre": "asr"}}, "Did you mean order"),
        ({"values": {"order": "price"}}, "that is what version 1 says, which is in force"),
        ({"values": {"order": "asr"}, "share_bp": 10_000}, "a share of 10000 basis points"),
        ({"values": {"order": "asr"}, "until_ms": NOW}, "it would be over already"),
        ({"values": {"order": "asr"}, "least_calls": 5}, "5 calls at least"),
        ({"values": {"order": "asr"}, "guard_asr_bp": 10_001}, "a guard beyond all bounds"),
        ({"version": 9}, "there is no version 9"),
        ({"policy": "nowhere", "values": {"order": "asr"}}, "nowhere"),
    ],
)
async def test_what_cannot_be_tried_is_refused_and_changes_nothing(
    watched: Watched, fields: dict[str, Any], told: str
) -> None:
    with pytest.raises((InputError, NotFoundError), match=told):
        await watched.begin(**({"policy": "cheap"} | fields))
    assert await watched.list() == []
    assert (
        len((await PoliciesService(watched.desk).Versions(pb.PolicyVersionsQuery(name="cheap"), NOBODY)).policies) == 1
    )


async def test_what_is_promoted_holds_for_all_and_what_is_dropped_for_none(watched: Watched) -> None:
    await watched.begin(values={"order": "asr"})
    told = (await watched.service.Drop(pb.CanaryEnd(policy="cheap", note="dearer"), NOBODY)).what
    assert told == "policy cheap v2 is tried no more: v1 holds for all calls"
    await watched.begin(version=2)
    told = (await watched.service.Promote(pb.CanaryEnd(policy="cheap", note="2 points"), NOBODY)).what
    assert told == "policy cheap v3 is in force: what v2 says"
    assert watched.desk.world is not None
    policies = watched.desk.world.index.directory.policies
    assert (policies.named["cheap"].order, policies.named["cheap"].version, policies.canaries) == ("asr", 3, ())
    promoted, dropped = await watched.list()
    assert (promoted.outcome, promoted.ended_note, dropped.outcome, dropped.ended_note) == (
        "promoted", "2 points", "dropped", "dearer",
    )  # fmt: skip
    for end in (watched.service.Drop, watched.service.Promote):
        with pytest.raises(NotFoundError, match="no version of it is tried"):
            await end(pb.CanaryEnd(policy="cheap"), NOBODY)


async def test_both_arms_stand_side_by_side_with_what_surely_differs(watched: Watched) -> None:
    await watched.begin(values={"order": "asr"})
    watched.arms = arms(arm(1_000, 400), arm(300, 90, "0.02"))
    found = await watched.compare()
    assert (found.current.version, found.current.canary, found.tried.version, found.tried.canary) == (1, False, 2, True)
    assert (found.tried.calls, found.tried.decided, found.tried.refused, found.tried.no_route) == (300, 300, 3, 2)
    assert (found.current.asr.value, found.tried.asr.value) == (40.0, 30.0)
    assert found.tried.margin.units == units_of("6") and found.tried.margin.currency == "USD"
    assert {one.what: one.verdict for one in found.differences} == {
        "asr": "worse", "ner": "worse", "acd": "even", "pdd": "even", "margin": "better",
    }  # fmt: skip
    assert [(part.vendor, part.calls, part.minutes) for part in found.tried.vendors] == [("kestrel", 300, 90.0)]


async def test_arms_are_counted_from_the_books_and_of_no_calls_nothing_is_said(watched: Watched, shard: Shard) -> None:
    await watched.begin(values={"order": "asr"})
    found = await watched.compare()
    assert (found.current.calls, found.tried.calls) == (0, 0)
    assert {one.verdict for one in found.differences} == {"few"}
    assert not found.tried.asr.HasField("value") and not found.tried.margin_call.HasField("value")
    with pytest.raises(NotFoundError, match="no version of it was tried"):
        await watched.compare("default")
    with pytest.raises(NotFoundError, match="no version of it was tried"):
        await watched.compare(id=77)


async def test_a_count_rests_unless_a_fresh_one_is_asked_for_and_an_ended_trial_is_counted_once(
    watched: Watched,
) -> None:
    await watched.begin(values={"order": "asr"})
    watched.arms = arms(arm(5, 1), arm(5, 1))
    for fresh in (False, False, True):
        await watched.compare(fresh=fresh)
    assert len(watched.counted) == 2
    assert watched.counted[1].known == watched.arms.decisions, "decisions are read on from where they were"
    watched.at(NOW + 10_000)
    await watched.service.Drop(pb.CanaryEnd(policy="cheap"), NOBODY)
    for _ in range(3):
        await watched.compare(fresh=True)
    assert [order.until_ms for order in watched.counted[2:]] == [NOW + 10_000]


async def test_one_that_is_surely_worse_is_dropped_with_an_alarm_until_it_is_tried_again(watched: Watched) -> None:
    await watched.begin(values={"order": "asr"})
    watched.arms = arms(arm(1_000, 400), arm(199, 20))
    await watched.rounds.keep()
    assert (await watched.list())[0].outcome == "", "too few calls"
    watched.arms = arms(arm(1_000, 400), arm(400, 40))
    watched.rounds._counted.clear()
    watched.at(NOW + 5_000)
    await watched.rounds.keep()
    [one] = await watched.list()
    assert (one.outcome, one.ended_by, one.ended_ms) == ("worse", "desk", NOW + 5_000)
    assert one.ended_note == "ASR 10.0 of 400 calls, 40.0 of 1000 in force"
    await watched.rounds.keep()
    assert watched.alarms["canaries"] == f"policy cheap v2 dropped itself: {one.ended_note}"
    watched.at(NOW + 5_000 + ALARM_MS)
    await watched.rounds.keep()
    assert watched.alarms["canaries"] == "", "after a day"
    watched.at(NOW + 6_000)
    await watched.rounds.keep()
    assert watched.alarms["canaries"]
    await watched.begin(version=2, guard_asr_bp=0, guard_margin_bp=0)
    counted = len(watched.counted)
    await watched.rounds.keep()
    assert watched.alarms["canaries"] == "", "it is tried again"
    assert len(watched.counted) == counted, "and without a guard nothing is counted for nobody"


async def test_one_that_costs_too_much_is_dropped(watched: Watched) -> None:
    await watched.begin(values={"order": "asr"}, guard_asr_bp=0)
    watched.arms = arms(arm(1_000, 400, "0.02"), arm(400, 160, "0.017"))
    await watched.rounds.keep()
    [one] = await watched.list()
    assert one.ended_note == "margin of a call 0.017000, 0.020000 in force (of 400 and 1000 calls)"


async def test_a_trial_ends_at_its_time_and_who_was_faster_wins(watched: Watched) -> None:
    await watched.begin(values={"order": "asr"}, until_ms=SOON)
    [trial] = watched.desk.catalog.canaries.running()
    watched.at(SOON)
    await watched.rounds.keep()
    assert [(one.outcome, one.ended_note) for one in await watched.list()] == [("over", "its time is over")]
    await watched.rounds._end(replace(trial, ended_ms=None), Outcome.OVER, "again")
    assert (await watched.list())[0].ended_note == "its time is over"
    assert watched.alarms["canaries"] == "", "that is no fault"


async def test_what_became_of_a_version_is_told_with_it(watched: Watched) -> None:
    await watched.begin(values={"order": "asr"}, share_bp=500)
    service = PoliciesService(watched.desk)

    async def words() -> list[str]:
        found = await service.Versions(pb.PolicyVersionsQuery(name="cheap"), NOBODY)
        return list(next(one for one in found.policies if one.version == 2).trials)

    assert await words() == ["tried on 5 % beside v1, still"]
    watched.desk.catalog.canaries.promote("cheap", note="good", **BY)
    assert await words() == ["tried on 5 % beside v1, promoted by ada: good"]
