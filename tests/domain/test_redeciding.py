"""A call of the past decided anew: with all that was kept it comes out as its record has it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.decision_log import DecisionLog, decisions_of_day
from domain.asking_again import first_alone
from domain.calls import CallSetup
from domain.causes import Cause
from domain.decisions import Decision, LeftOut
from domain.directory import CallerFrom, FxRate, Policy, Portability, TrunkOptions
from domain.durations import Histogram
from domain.ids import PartnerId, TrunkId
from domain.past_calls import Kept, kept_of
from domain.policies.explaining import explained, wins_at
from domain.probe_draw import ProbeDraw
from domain.quality_figures import DestinationFigures, Figures
from domain.quality_windows import SPANS
from domain.redeciding import decided_anew, differences
from domain.route_standing import RouteStanding
from domain.route_watch import Action
from domain.routing import decide
from domain.world import World
from tests.domain import test_asking_again as asking
from tests.domain import test_losses as losing
from tests.domain import test_portability as porting
from tests.domain.builders import row, table
from tests.domain.policies import known as quality
from tests.domain.policies import test_placing as placing
from tests.domain.worlds import EUR, incoming, setup, uk_world, vendor, world

ORDERS = ("price", "real_cost", "price, then asr * acd / pdd_p50", "most asr(24h)", "least real_cost * (150 - asr)")
CONDITIONS = ("", "asr > 40", "acd(24h) > 100 or price < 0.02", "attempts >= 10")


def logged(decision: Decision, folder: Path, asked: CallSetup) -> Kept:
    """Return what the record of a decision has, written to a day file and read again."""
    log = DecisionLog(folder, "node-0")
    log.add(decision, asked)
    log.flush()
    [found] = decisions_of_day(folder, decision.call_key.hex(), decision.at_ms // 86_400_000)
    return kept_of(bytes.fromhex(found.key), found.at_ms, found.asked, found.why)


def kept(decision: Decision, asked: CallSetup | None = None) -> Kept:
    with TemporaryDirectory() as folder:
        return logged(decision, Path(folder), asked or setup())


def known(values: list[tuple[float, float]]) -> DestinationFigures:
    figures = [Figures(asr, 95.0, acd, 3.0, 8.0, 5.0, attempts=asr) for asr, acd in values]
    return DestinationFigures(
        vendors={PartnerId(f"v{number}"): {SPANS["1h"]: one, SPANS["24h"]: one} for number, one in enumerate(figures)}
    )


prices = st.lists(st.tuples(st.integers(150, 320), st.sampled_from(("1/1", "30/6", "60/60"))), min_size=1, max_size=5)
shares = st.lists(st.tuples(st.floats(5, 95), st.floats(20, 400)), min_size=5, max_size=5)


@settings(max_examples=150, deadline=None)
@given(
    prices, shares, shares, st.sampled_from(ORDERS), st.sampled_from(CONDITIONS), st.sampled_from(CONDITIONS),
    st.lists(st.integers(1, 900), min_size=60, max_size=80), st.booleans(),
)  # fmt: skip
def test_with_all_that_was_kept_it_is_as_its_record_has_it(
    prices: list[tuple[int, str]],
    then: list[tuple[float, float]],
    now: list[tuple[float, float]],
    order: str,
    only: str,
    keep: str,
    durations: list[int],
    euros: bool,
) -> None:
    buys = {f"v{at}": table(row("447", f"0.0{price:04}", steps)) for at, (price, steps) in enumerate(prices)}
    if euros:
        buys["v0"] = table(row("447", "0.0200", "30/6"), currency=EUR)
    policy = Policy("default", order=order, only=only, keep=keep, max_routes=4)
    values: dict[str, Any] = {"policies": [policy], "rates": [FxRate(EUR, 0, 112_345_678)]}
    here = world(
        table(row("44", "0.0310", "30/6")), buys, durations=Histogram.of(durations), known=known(then), **values
    )
    record = kept(decide(setup(), here))
    later = world(table(row("44", "0.0310", "30/6")), buys, known=known(now), **values)
    again = decided_anew(record, later)
    if not any("real costs that the record has not" in one or "figures that" in one for one in again.missing):
        assert differences(record, again.decision) == ()


def test_the_same_is_the_same_to_the_last_word() -> None:
    here = uk_world(policies=[Policy("default", order="price, then asr")])
    decision = decide(setup(), here)
    found = decided_anew(kept(decision), here)
    assert (found.missing, differences(kept(decision), found.decision)) == ((), ())
    assert found.decision.routes == decision.routes and found.decision.policy == decision.policy


def test_other_rates_and_another_policy_are_told() -> None:
    record = kept(decide(setup(), uk_world(policies=[Policy("default")])))
    buys = {"bluewire": table(row("447", "0.0210", "30/6")), "kestrel": table(row("447", "0.0246"))}
    other = world(table(row("44", "0.0294")), buys, policies=[Policy("default", order="price", version=2)])
    told = differences(record, decided_anew(record, other).decision)
    assert "by default v1, anew by default v2" in told
    assert any(
        line.startswith("bluewire-out: its rate was 0.0240 USD/min 30/6, code 447, anew 0.0210") for line in told
    )


def test_who_was_out_for_what_lived_then_is_out_anew_with_the_words_of_the_record() -> None:
    here = uk_world()
    decision = decide(setup(), here)
    out = LeftOut(decision.routes[0].vendor, decision.routes[0].trunk, "limit kestrel: 10 of 10 calls are open")
    then = replace(decision, routes=decision.routes[1:], left_out=(out,))
    found = decided_anew(kept(then), here)
    assert differences(kept(then), found.decision) == ()
    assert out in found.decision.left_out


def test_who_was_first_by_a_draw_stays_first() -> None:
    here = uk_world()
    decision = decide(setup(), here)
    then = replace(decision, routes=decision.routes[::-1], drawn="bluewire first, its turn, 1 of 2 calls")
    assert differences(kept(then), decided_anew(kept(then), here).decision) == ()


def test_a_refusal_is_decided_anew_too() -> None:
    here = world(table(row("44", "0.0294")), {}, partners=[vendor("idle")])
    record = kept(decide(setup(), here))
    assert record.refusal == "no-route"
    assert differences(record, decided_anew(record, here).decision) == ()
    told = differences(record, decided_anew(record, uk_world()).decision)
    assert told[0].startswith("it was refused: no-route") and told[0].endswith("anew it is let go")


def test_a_trial_policy_lies_over_what_held() -> None:
    record = kept(decide(setup(), uk_world()))
    found = decided_anew(record, uk_world(), Policy("trial", order="most price"))
    assert found.decision.policy.endswith("trial v1")


AFTER_ONE = setup(tried=(TrunkId("a-out"),), asked=2, attempt=102, last_cause=34)
RULES = {"failover": "34: stop"}


def test_a_question_after_a_failure_is_decided_anew_with_who_was_tried_and_how_he_failed() -> None:
    here = asking.four()
    decision = first_alone(decide(AFTER_ONE, here))
    record = kept(decision, AFTER_ONE)
    assert record.setup == AFTER_ONE
    found = decided_anew(record, here)
    assert differences(record, found.decision) == ()
    assert found.missing == ("real costs that the record has not, by the durations of now: a, c, d",)
    assert [route.vendor for route in found.decision.routes] == ["b"]
    dear = decided_anew(record, here, Policy("trial", order="most price")).decision
    assert [route.vendor for route in dear.routes] == ["d"], "who stood behind may come first; who was tried may not"


def test_what_stopped_a_call_is_decided_anew_and_other_rules_may_let_it_go_on() -> None:
    here = asking.four(**RULES)
    record = kept(decide(AFTER_ONE, here), AFTER_ONE)
    assert record.refusal == "failover-stopped"
    assert differences(record, decided_anew(record, here).decision) == ()
    told = differences(record, decided_anew(record, here, Policy("trial", failover="34: next")).decision)
    assert told[0].endswith("anew it is let go")


def test_of_old_records_that_know_no_attempts_what_stopped_stays_stopped() -> None:
    here = asking.four(**RULES)
    record = kept(decide(AFTER_ONE, here), setup())
    assert differences(record, decided_anew(record, here).decision) == ()


@pytest.mark.parametrize("cause", [Cause.NO_CREDIT, Cause.OVER_CALLS, Cause.FROZEN, Cause.LOOP, Cause.NOT_LOOKED_UP])
def test_a_call_that_was_refused_for_what_lived_then_stays_refused(cause: Cause) -> None:
    here = uk_world()
    record = kept(replace(decide(setup(), here), routes=(), refusal=cause, detail="as it was"))
    decision = decided_anew(record, here).decision
    assert (decision.refusal, decision.detail, differences(record, decision)) == (cause, "as it was", ())
    barred = world(table(row("1", "0.0294")), {})  # by what is refused without that it is told
    assert decided_anew(record, barred).decision.refusal is Cause.NO_RATE


@pytest.mark.parametrize("header", ["p-asserted-identity", "from", "remote-party-id"])
def test_the_caller_is_read_where_its_trunk_reads_it(header: str) -> None:
    said = (("from", "+1 202 555 0100"), ("p-asserted-identity", "+44 7700 900123"))
    asked = setup(callers=said, caller="+1 202 555 0100")
    trunk = incoming(options=TrunkOptions(caller_from=(CallerFrom(header),)))
    here = uk_world(trunks=[trunk])
    decision = decide(asked, here)
    again = decided_anew(kept(decision, asked), here).decision
    assert again.a == decision.a == {"f": "12025550100", "p": "447700900123", "r": ""}[header[0]]


def test_a_moved_number_is_where_it_was_then() -> None:
    then = porting.kenya(Portability.LOOK_UP)
    for number, gone in ((porting.MOVED, {}), (porting.STAYED, {porting.STAYED: porting.AIRTEL})):
        decision = decide(setup(number), then)
        record = kept(decision, setup(number))
        now = porting.kenya(Portability.LOOK_UP, numbers=gone)
        assert differences(record, decide(setup(number), now)), "another file says another thing"
        assert differences(record, decided_anew(record, now).decision) == ()


def test_a_call_that_could_lose_money_by_an_allowance_is_let_go_by_it_again() -> None:
    here = losing.losing(losing.allowance(), a="0.15", b="0.05")
    gate = losing.gate_of(here)
    decision = decide(setup(), here, losses=gate)
    record = kept(decision)
    assert [route.allowed for route in record.routes if route.allowed] == ["promo"]
    assert differences(record, decided_anew(record, here).decision) == ()


def test_another_destination_by_now_is_told() -> None:
    here = uk_world()
    record = replace(kept(decide(setup(), here)), destination="Atlantis Mobile")
    assert "its destination was Atlantis Mobile, anew UK Mobile" in differences(
        record, decided_anew(record, here).decision
    )


@pytest.mark.parametrize(
    "policy", [{}, {"order": "price, then asr"}, {"order": "real_cost * (150 - asr)", "keep": "asr > 1"}]
)
def test_it_is_explained_as_it_would_have_been_then_to_the_last_digit(policy: dict[str, Any]) -> None:
    figures = quality.known(bluewire=quality.quality(asr=41.0), kestrel=quality.quality(asr=47.0))
    then = uk_world(policies=[Policy("default", **policy)], known=figures)
    live = explained(setup(), then)
    later = uk_world(policies=[Policy("default", **policy)])  # what was read then stands in the record
    found = decided_anew(kept(decide(setup(), then)), later, with_terms=True)
    assert found.explained is not None and found.explained.vendors == live.vendors
    assert (found.explained.terms, found.explained.keep) == (live.terms, live.keep)
    trunks = [one.trunk for one in live.vendors if one.trunk]
    assert list(found.wins) == [wins_at(setup(), then, trunk) for trunk in trunks]


def test_who_was_out_for_what_lived_then_would_have_won_at_no_price() -> None:
    here = uk_world()
    decision = decide(setup(), here)
    out = LeftOut(decision.routes[0].vendor, decision.routes[0].trunk, "limit kestrel: 10 of 10 calls are open")
    then = replace(decision, routes=decision.routes[1:], left_out=(out,))
    found = decided_anew(kept(then), here, with_terms=True)
    assert found.explained is not None
    assert [(one.vendor, one.place, one.reason) for one in found.explained.vendors] == [
        ("bluewire", 1, ""), ("kestrel", 0, out.reason),
    ]  # fmt: skip
    assert found.wins[1] is None


def test_a_call_that_came_not_so_far_is_explained_by_its_refusal_alone() -> None:
    record = kept(decide(setup(source="10.9.9.9"), uk_world()), setup(source="10.9.9.9"))
    found = decided_anew(record, uk_world(), with_terms=True)
    assert found.explained is not None and (found.explained.vendors, found.wins) == ((), ())
    assert found.explained.decision.refusal is Cause.UNKNOWN_TRUNK


def test_a_moved_number_is_where_it_was_though_its_trunk_looks_nothing_up_by_now() -> None:
    then = porting.kenya(Portability.LOOK_UP)
    record = kept(decide(setup(porting.MOVED), then), setup(porting.MOVED))
    assert differences(record, decided_anew(record, porting.kenya(Portability.IGNORE)).decision) == ()


def test_an_allowance_that_is_gone_is_named() -> None:
    here = losing.losing(losing.allowance(), a="0.15", b="0.05")
    record = kept(decide(setup(), here, losses=losing.gate_of(here)))
    assert "what was allowed to be lost: promo" in decided_anew(record, losing.losing(a="0.15", b="0.05")).missing


def last_for_quality(**vendors: RouteStanding) -> World:
    return placing.three(placing.stands(True, None, **vendors), watch_asr=35.0, watch_action=Action.LAST)


def test_who_stood_last_then_stands_last_anew() -> None:
    record = kept(decide(setup(), last_for_quality(a=placing.LAST)))
    found = decided_anew(record, last_for_quality(), with_terms=True)
    assert (differences(record, found.decision), found.missing) == ((), ())
    assert found.decision.last == record.last == (LeftOut(PartnerId("a"), TrunkId("a-out"), placing.LAST.why),)
    assert found.explained is not None
    assert [(one.vendor, one.place, one.reason) for one in found.explained.vendors] == [
        ("b", 1, ""), ("c", 2, ""), ("a", 3, f"stands last: {placing.LAST.why}"),
    ]  # fmt: skip


def test_who_stands_last_now_does_not_where_nobody_stood_so_then() -> None:
    record = kept(decide(setup(), last_for_quality()))
    found = decided_anew(record, last_for_quality(a=placing.LAST))
    assert (differences(record, found.decision), found.missing) == ((), ())


def test_a_vendor_that_was_tried_first_is_first_anew_beside_one_that_stood_last() -> None:
    then = last_for_quality(b=placing.LAST, c=placing.probing(share_bp=10_000, last=True))
    record = kept(decide(setup(), then, None, None, ProbeDraw()))
    assert [route.vendor for route in record.routes] == ["c", "a", "b"]
    assert differences(record, decided_anew(record, last_for_quality()).decision) == ()


def test_of_a_record_that_names_nobody_it_is_told_that_who_stood_last_is_not_known() -> None:
    decision = decide(setup(), last_for_quality(a=placing.LAST))
    record = kept(replace(decision, last=()))  # as they were written before
    assert differences(record, decided_anew(record, last_for_quality()).decision)
    assert any(one.startswith("who stood last for quality") for one in decided_anew(record, last_for_quality()).missing)
