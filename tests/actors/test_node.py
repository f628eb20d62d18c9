"""A node from question to answer and from report to charged leg, with real books in this process."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from actors.node import NotReadyError, hold_mode
from actors.refs import UnavailableError
from domain.calls import Door, Parked, ReportKind, Side
from domain.causes import Cause, ParkCause
from domain.commands import Command, Recorded, Reply
from domain.decisions import explain
from domain.directory import AnswerRule, Outage, PartnerStatus, Policy, Recipe, Switch, TrunkOptions
from domain.holds import HoldMode
from domain.ids import PartnerId, call_key
from domain.money import units_of
from domain.rates import Service, Unit
from domain.recipes import WIFI
from domain.sla.report import Unmet
from domain.world import World
from tests.actors.builders import money
from tests.actors.exchange import CALLWELL, LIMITS, Exchange
from tests.domain.builders import NOON, row, table
from tests.domain.policies.known import known, quality
from tests.domain.worlds import SWITCH, client, incoming, setup, uk_world, world


async def test_a_node_without_snapshots_is_not_ready(exchange: Exchange) -> None:
    with pytest.raises(NotReadyError):
        await exchange.ask()
    with pytest.raises(NotReadyError):
        await exchange.tell(ReportKind.STOP)
    with pytest.raises(NotReadyError):
        await exchange.node.switch_restarted(SWITCH, NOON + 7)


async def test_a_call_is_routed_granted_held_and_remembered(exchange: Exchange) -> None:
    exchange.opens()
    answer = await exchange.ask()
    assert [route.vendor for route in answer.decision.routes] == ["kestrel", "bluewire"]
    assert (answer.granted_s, answer.held, answer.enforced) == (3600, units_of("1.764"), True)
    assert money(exchange.shards[0]) == (0, units_of("1.764"), 1)
    assert exchange.written(answer.decision.call_key) == [explain(answer.decision)]
    assert exchange.node.last_record == {SWITCH: NOON + 7}
    assert (await exchange.ask()) == answer
    assert money(exchange.shards[0])[2] == 1


@pytest.mark.parametrize(
    ("contract", "asked", "cause"),
    [
        ({}, {"source": "10.9.9.9"}, Cause.UNKNOWN_TRUNK),
        ({}, {"called": "abc:#"}, Cause.BAD_NUMBER),
        ({}, {"called": "12025550199"}, Cause.NO_RATE),
        ({"status": PartnerStatus.SUSPENDED}, {}, Cause.SUSPENDED),
        ({"credit_limit": 0}, {}, Cause.NO_CREDIT),
        ({"max_cps": 0}, {}, Cause.OVER_CPS),
        ({"max_calls": 0}, {}, Cause.OVER_CALLS),
    ],
)
async def test_a_refusal_names_its_cause_is_counted_and_remembered(
    exchange: Exchange, contract: dict[str, Any], asked: dict[str, Any], cause: Cause
) -> None:
    exchange.opens(**contract)
    answer = await exchange.ask(**asked)
    assert (answer.decision.refusal, answer.decision.routes, answer.granted_s) == (cause, (), 0)
    assert exchange.node.counts[f"refused.{cause}"] == 1
    assert exchange.written(answer.decision.call_key) == [explain(answer.decision)]
    assert not any(partner.holds for partner in exchange.shards[0].partners.values())


async def test_a_blocked_code_a_loss_and_a_number_without_vendors_are_refused(exchange: Exchange) -> None:
    sells = table(row("44", "0.0294"), row("442", "1", blocked=True), row("254", "0.0001"), row("33", "1"))
    buys = {"bluewire": table(row("44", "0.02"), row("254", "0.2"))}
    partner = client(credit_limit=units_of("100"))
    exchange.opens(seen=world(sells, buys, partners=[partner]))
    causes = [await exchange.refusal(called=number) for number in ("442079460000", "254700000000", "33142685300")]
    assert causes == [Cause.BARRED, Cause.NO_MARGIN, Cause.NO_ROUTE]


async def test_a_trunks_own_limits_are_kept(exchange: Exchange) -> None:
    partner = client(credit_limit=units_of("100"))
    exchange.opens(seen=uk_world(partners=[partner], trunks=[incoming(max_calls=1)]))
    assert [await exchange.refusal(call) for call in ("a", "b", "a")] == [None, Cause.OVER_CALLS, None]


async def test_what_is_held_follows_what_the_switch_can_do(exchange: Exchange) -> None:
    exchange.opens()
    whole = await exchange.ask("a", CALLWELL)
    fixed = await exchange.ask("b", replace(CALLWELL, recipe=Recipe("302", enforces_time=False)))
    pieces = await exchange.ask("c", replace(CALLWELL, recipe=Recipe("i", sends_interims=True, can_disconnect=True)))
    assert [(its.granted_s, its.held, its.enforced) for its in (whole, fixed, pieces)] == [
        (3600, units_of("1.764"), True),
        (3600, units_of("0.294"), False),
        (3600, units_of("0.294"), True),
    ]
    assert hold_mode(Recipe("half", sends_interims=True)) is HoldMode.WHOLE


async def test_a_call_runs_and_both_sides_are_charged_once(exchange: Exchange) -> None:
    exchange.opens()
    await exchange.ask()
    told_so = [
        await exchange.tell(ReportKind.START),
        await exchange.tell(ReportKind.STOP),
        await exchange.tell(ReportKind.STOP),
        await exchange.tell(ReportKind.STOP, Side.VENDOR),
    ]
    assert [its.outcome for its in told_so if isinstance(its, Recorded)] == ["opened", "closed", "duplicate", "new"]
    assert money(exchange.shards[0]) == (units_of("0.0294"), 0, 0)
    assert exchange.shards[0].partners[PartnerId("bluewire")].posted == {(Side.VENDOR, "USD"): units_of("0.024")}
    assert exchange.node.counts["recorded.duplicate"] == 1


async def test_a_stop_sent_again_later_without_a_connect_time_is_a_duplicate(exchange: Exchange) -> None:
    exchange.opens()
    vague: dict[str, Any] = {"connect_ms": None, "duration_ms": 60_000}
    first = await exchange.tell(ReportKind.STOP, received_ms=NOON + 61_000, disconnect_ms=NOON + 61_000, **vague)
    again = await exchange.tell(ReportKind.STOP, received_ms=NOON + 66_000, disconnect_ms=NOON + 66_000, **vague)
    assert isinstance(first, Recorded)
    assert isinstance(again, Recorded)
    assert (first.outcome, again.outcome, again.charge) == ("new", "duplicate", first.charge)


async def test_what_cannot_be_attributed_is_parked_durably(exchange: Exchange) -> None:
    exchange.opens()
    outcome = await exchange.tell(ReportKind.STOP, Side.VENDOR, remote="nobody.example")
    assert isinstance(outcome, Parked)
    assert exchange.shards[0].book.driver.query("SELECT cause FROM parked") == [(ParkCause.NO_VENDOR.value,)]
    assert exchange.node.counts[f"parked.{ParkCause.NO_VENDOR}"] == 1


async def test_a_cancelled_call_is_released(exchange: Exchange) -> None:
    exchange.opens()
    answer = await exchange.ask()
    await exchange.node.release(answer.decision)
    assert money(exchange.shards[0]) == (0, 0, 0)
    await exchange.node.release((await exchange.ask(source="10.9.9.9")).decision)


async def test_a_switch_that_restarts_frees_its_calls_in_all_books(exchange: Exchange) -> None:
    exchange.opens(books=2)
    for call in ("a", "b", "c"):
        await exchange.ask(call)
    assert await exchange.node.switch_restarted(SWITCH, NOON + 7) == 3
    assert money(exchange.shards[0]) == (0, 0, 0)


async def test_a_call_whose_key_lives_in_another_book_is_charged_at_its_partners_home(exchange: Exchange) -> None:
    exchange.opens(books=2)
    placement = exchange.shards[0].placement
    call = next(c for c in map(str, range(50)) if placement.book_of_call(call_key(SWITCH, c.encode())) == 1)
    await exchange.ask(call)
    await exchange.tell(ReportKind.STOP, call=call)
    assert money(exchange.shards[0])[0] == 0
    done = exchange.shards[0].receive(1, [(number, its) for number, (_, its) in exchange.shards[1].outbox.items()])
    exchange.shards[1].sent(done)
    assert money(exchange.shards[0]) == (units_of("0.0294"), 0, 0)


async def test_a_call_without_an_id_is_held_alone_and_lapses(exchange: Exchange) -> None:
    exchange.opens()
    first = await exchange.ask("", called="447911123456")
    second = await exchange.ask("", called="447911123457")
    assert first.decision.call_key == b""
    assert (first.granted_s, second.granted_s) == (3600, 3600)
    assert money(exchange.shards[0])[2] == 2


async def test_a_call_that_runs_lends_its_id_to_no_other_number(exchange: Exchange) -> None:
    exchange.opens()
    first = await exchange.ask()
    await exchange.tell(ReportKind.START)
    assert await exchange.ask() == first
    other = await exchange.ask(called="447911123457")
    assert (other.decision.refusal, other.decision.routes, other.granted_s) == (Cause.DIFFERS, (), 0)
    assert money(exchange.shards[0])[2] == 1


# ---- when the books do not answer


async def test_a_partners_call_is_refused_when_its_balance_is_out_of_reach(exchange: Exchange) -> None:
    exchange.opens()
    turn, exchange.books[0].turn = exchange.books[0].turn, None
    assert await exchange.refusal() is Cause.BALANCE_UNAVAILABLE
    exchange.books[0].turn = turn
    assert await exchange.refusal() is None
    await asyncio.sleep(0)


async def test_a_partner_may_be_trusted_for_a_few_calls(exchange: Exchange) -> None:
    exchange.opens(outage=Outage.TRUST)
    turn, exchange.books[0].turn = exchange.books[0].turn, None
    answers = [await exchange.ask(str(n)) for n in range(3)]
    assert [its.decision.refusal for its in answers] == [None, None, Cause.BALANCE_UNAVAILABLE]
    assert [(its.granted_s, its.held) for its in answers[:2]] == [(600, 0)] * 2
    exchange.books[0].turn = turn
    assert (await exchange.ask("back")).held > 0
    exchange.books[0].turn = None
    assert await exchange.refusal("again") is None


def by_volume(**recipe: Any) -> tuple[World, Switch]:
    """A world where orbita's sessions are sold at 0.10 a megabyte, and the hot spot that asks for them."""
    partner = client(credit_limit=units_of("100"), outage=Outage.TRUST)
    trunk = incoming(options=TrunkOptions(service=Service.DATA))
    its = world(table(row("0", "0.10"), unit=Unit.MEGABYTE), {}, partners=[partner], trunks=[trunk])
    return its, Switch(SWITCH, "127.0.0.1", replace(WIFI, **recipe))


async def test_a_trusted_session_has_a_small_quota(exchange: Exchange) -> None:
    its, spot = by_volume()
    exchange.opens(seen=its)
    exchange.books[0].turn = None
    answer = await exchange.ask(switch=spot, called="")
    assert (answer.decision.refusal, answer.granted_kb, answer.granted_s) == (None, 10 * 1024, 600)
    exchange.node.limits = LIMITS.model_copy(update={"quota_mb": 2})
    assert (await exchange.ask("s2", spot, called="")).granted_kb == 2 * 1024


async def test_a_quota_that_no_answer_tells_is_held_and_marked_as_not_enforced(exchange: Exchange) -> None:
    its, spot = by_volume()
    _, deaf = by_volume(answers=("Session-Timeout", "Class"))
    exchange.node.limits = LIMITS.model_copy(update={"quota_mb": 20})
    exchange.opens(seen=its)
    kept, let = await exchange.ask("s1", spot, called=""), await exchange.ask("s2", deaf, called="", door=Door.RADIUS)
    assert (kept.enforced, let.enforced) == (True, False)
    holds = exchange.shards[0].partners[PartnerId("orbita")].holds.values()
    assert [(hold.mode, hold.granted_kb > 0, hold.amount > 0) for hold in holds] == [
        (HoldMode.WHOLE, True, True),
        (HoldMode.FIXED, True, True),
    ]


async def test_a_trusted_call_is_granted_no_more_than_the_longest_call(exchange: Exchange) -> None:
    exchange.node.limits = LIMITS.model_copy(update={"max_call_s": 90})
    exchange.opens(outage=Outage.TRUST)
    exchange.books[0].turn = None
    assert (await exchange.ask()).granted_s == 90


async def test_a_hold_placed_after_its_call_was_refused_is_taken_back(exchange: Exchange) -> None:
    exchange.opens()
    book = exchange.books[0]
    assert book.turn is not None
    late = book.turn

    def too_late(commands: Sequence[Command]) -> Sequence[Reply]:
        late(commands)
        book.turn = late
        raise UnavailableError("the answer came too late")

    book.turn = too_late
    assert await exchange.refusal() is Cause.BALANCE_UNAVAILABLE
    assert money(exchange.shards[0])[2] == 1
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert money(exchange.shards[0]) == (0, 0, 0)


async def test_a_report_is_not_answered_while_it_cannot_be_kept(exchange: Exchange) -> None:
    exchange.opens()
    exchange.books[0].turn = None
    with pytest.raises(UnavailableError):
        await exchange.tell(ReportKind.STOP)
    assert exchange.node.counts["recorded.new"] == 0


async def test_a_partner_taken_out_of_the_directory_while_we_wait_still_gets_its_answer(exchange: Exchange) -> None:
    exchange.opens(outage=Outage.TRUST)
    book = exchange.books[0]

    def swap(commands: Sequence[Command]) -> Sequence[Reply]:
        exchange.node.enter(world(None, {}, partners=[], trunks=[]))
        raise UnavailableError("no answer")

    book.turn = swap
    assert await exchange.refusal() is None


async def test_switches_are_found_by_address_and_name(exchange: Exchange) -> None:
    assert exchange.node.switch_named(SWITCH) is None
    exchange.opens()
    found = exchange.node.switch_at("127.0.0.1")
    assert found is not None
    assert found == exchange.node.switch_named(SWITCH)
    assert exchange.node.switch_at("127.0.0.2") is None


async def test_how_far_behind_a_switch_is_tells_its_last_record_of_an_end(exchange: Exchange) -> None:
    exchange.opens()
    await exchange.tell(ReportKind.START)
    assert exchange.node.lag_ms == {}
    await exchange.tell(ReportKind.STOP, received_ms=NOON + 360_000)
    assert exchange.node.lag_ms == {SWITCH: 300_000}
    assert isinstance(await exchange.tell(ReportKind.STOP, call="call-2", called="12025550199"), Parked)
    assert exchange.node.lag_ms == {SWITCH: 1_000}
    assert exchange.node.counts[f"switch.{SWITCH}.parked"] == 1


async def test_a_switch_that_asks_before_each_attempt_gets_one_route_and_no_vendor_twice(exchange: Exchange) -> None:
    seen = uk_world(partners=[client(credit_limit=units_of("100"))])
    its = Switch(SWITCH, "127.0.0.1", Recipe("generic", asks_again=True))
    seen.index.directory.switches[SWITCH] = its
    exchange.opens(seen=seen)
    answers = [
        await exchange.ask(switch=its, attempt=attempt, last_cause=cause)
        for attempt, cause in ((7, 0), (8, 34), (8, 34), (9, 38), (10, 17))
    ]
    assert [[route.vendor for route in answer.decision.routes] for answer in answers] == [
        ["kestrel"], ["bluewire"], ["bluewire"], [], [],
    ]  # fmt: skip
    assert [answer.decision.refusal for answer in answers[3:]] == [Cause.NO_ROUTE, Cause.STOPPED]
    assert exchange.node.answers_of(answers[4].decision)[0] == AnswerRule(Cause.STOPPED, 486, "", 17)
    await asyncio.gather(*exchange.node._late)
    assert money(exchange.shards[0])[2] == 0, "a call that goes no further holds no money"


async def test_an_attempt_that_its_own_limits_refused_tried_no_vendor(exchange: Exchange) -> None:
    seen = uk_world(partners=[client(credit_limit=units_of("100"), max_calls=1)])
    its = Switch(SWITCH, "127.0.0.1", Recipe("generic", asks_again=True))
    seen.index.directory.switches[SWITCH] = its
    exchange.opens(seen=seen)
    other = await exchange.ask("other", switch=its)
    refused = [await exchange.ask(switch=its, attempt=attempt) for attempt in (7, 8)]
    assert [one.decision.refusal for one in refused] == [Cause.OVER_CALLS] * 2
    await exchange.node.release(other.decision)
    again = await exchange.ask(switch=its, attempt=9)
    assert ([route.vendor for route in again.decision.routes], again.decision.course) == (["kestrel"], "")
    second = await exchange.ask(switch=its, attempt=10, last_cause=34)
    assert [route.vendor for route in second.decision.routes] == ["bluewire"]
    assert second.decision.course.startswith("attempt 2, cause 34")


async def test_a_call_for_which_no_promise_is_kept_counts_once_however_many_attempts_its_switch_asks_for(
    exchange: Exchange,
) -> None:
    promise = Policy("default", keep="asr >= 35")
    figures = known(bluewire=quality(asr=10.0), kestrel=quality(asr=12.0))
    seen = uk_world(partners=[client(credit_limit=units_of("100"))], policies=[promise], known=figures)
    its = Switch(SWITCH, "127.0.0.1", Recipe("generic", asks_again=True))
    seen.index.directory.switches[SWITCH] = its
    exchange.opens(seen=seen)
    for attempt in (7, 8):
        assert (await exchange.ask(switch=its, attempt=attempt, last_cause=34)).decision.unmet == "asr >= 35"
    assert [one.counted for one in exchange.node.unmet.news(0)[1]] == [Unmet(1, 0)]


async def test_a_question_that_comes_again_takes_one_turn_and_gets_the_same_vendor(exchange: Exchange) -> None:
    split = Policy("default", split="bluewire:1, kestrel:1")
    exchange.opens(seen=uk_world(partners=[client(credit_limit=units_of("100"))], policies=[split]))
    firsts = [(await exchange.ask(f"c{number // 3}")).decision.routes[0].vendor for number in range(18)]
    assert firsts == [vendor for vendor in firsts[::3] for _ in range(3)]
    assert sorted(firsts[::3]) == ["bluewire"] * 3 + ["kestrel"] * 3
    assert exchange.node.decide(setup(call_id=b"c5")).routes[0].vendor == firsts[-1], "without a hold, too"


async def test_a_call_that_comes_in_a_circle_is_refused_and_counted(exchange: Exchange) -> None:
    partners = [client(credit_limit=units_of("100")), client("callwell", credit_limit=units_of("100"))]
    exchange.opens(seen=uk_world(partners=partners, trunks=[incoming("callwell-in", "callwell", host="10.0.0.2")]))
    sources = ("10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.2")
    refusals = [await exchange.refusal(f"c{at}", source=source) for at, source in enumerate(sources)]
    assert refusals == [None, None, Cause.LOOP, Cause.LOOP]
    assert exchange.node.counts["refused.loop"] == 2


async def test_a_turn_whose_hold_is_refused_or_given_back_is_taken_again(exchange: Exchange) -> None:
    partner = client(credit_limit=units_of("100"), max_calls=1)
    split = Policy("default", split="bluewire:1, kestrel:1")
    exchange.opens(seen=uk_world(partners=[partner], policies=[split]))
    first = (await exchange.ask("a")).decision.routes[0].vendor
    causes = [await exchange.refusal(call) for call in ("b", "c", "d")]
    assert causes == [Cause.OVER_CALLS] * 3
    again = exchange.node.decide(setup(call_id=b"e"))
    assert again.routes[0].vendor != first, "nobody's turn passed by those that were refused"
    await exchange.node.release(again)
    assert exchange.node.decide(setup(call_id=b"f")).routes[0].vendor == again.routes[0].vendor
