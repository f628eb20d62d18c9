"""The money of one partner: what is promised, what is held, and what sets it free."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Side
from domain.causes import Cause
from domain.commands import Expire, Granted, PlaceHold, Posting, Refused
from domain.directory import Partner as PartnerTerms
from domain.directory import PartnerStatus
from domain.grants import cost_of
from domain.holds import HoldMode, HoldTimes
from domain.ids import SwitchId, TrunkId
from domain.money import Currency, units_of
from domain.partner import Partner
from domain.partner_events import HoldPut, Posted
from domain.rates import Unit
from tests.domain.builders import NOON, any_terms, terms
from tests.domain.call_builders import ORBITA, USD, ask, client, key_of, suspended

TIMES = HoldTimes(interim_s=300)


class Desk:
    """One partner at work: decides, applies and remembers nothing else."""

    def __init__(self, **contract: Any) -> None:
        self.terms: PartnerTerms = client(**contract)
        self.partner = Partner(ORBITA)

    def ask(self, call: str = "c1", **fields: Any) -> Granted | Refused:
        events, reply = self.partner.place_hold(ask(call, **fields), self.terms, TIMES)
        for event in events:
            self.partner.apply(event)
        return reply

    def post(self, call: str, phase: str, amount: int = 0, at_ms: int = NOON, ran_s: int = 0) -> None:
        posting = Posting(ORBITA, Side.CLIENT, USD, amount, key_of(call), phase, at_ms, ran_s)
        for event in self.partner.post(posting, self.terms, TIMES):
            self.partner.apply(event)

    @property
    def held(self) -> int:
        return self.partner.held[USD]


def test_the_same_money_is_never_promised_to_two_calls() -> None:
    desk = Desk(limit="1.00")
    rate = terms("0.025", "30/6")
    assert desk.ask("first", terms=rate) == Granted(2400, units_of("1.00"))
    assert desk.ask("second", terms=rate) == Refused(Cause.NO_CREDIT)


def test_a_repeated_hold_is_granted_as_the_first_time_and_holds_once() -> None:
    desk = Desk()
    first = desk.ask()
    assert desk.ask() == first
    assert (desk.held, len(desk.partner.holds)) == (cost_of(ask().terms, 3600), 1)


def test_a_repeated_question_is_granted_as_the_first_time_though_its_moment_and_the_rate_have_changed() -> None:
    desk = Desk(limit="1.00", max_calls=1, max_cps=1)
    first = desk.ask(max_s=60)
    assert desk.ask(max_s=60, at_ms=NOON + 900, terms=terms("9")) == first
    desk.post("c1", "start")
    assert desk.ask(max_s=60, at_ms=NOON + 1900) == first
    assert (desk.held, len(desk.partner.holds)) == (units_of("0.0294"), 1)


DEAR: dict[str, Any] = {"b": "254722000111", "terms": terms("0.90"), "max_s": 60}


def test_the_id_of_a_cheap_call_buys_no_dear_one() -> None:
    desk = Desk(limit="1.00")
    desk.ask(max_s=60)
    assert desk.ask(**DEAR) == Granted(60, units_of("0.90"))
    assert desk.held == units_of("0.90"), "what was granted last is what is held"
    assert [hold.b for hold in desk.partner.holds_of(key_of("c1"))] == ["254722000111"]
    assert desk.ask(**DEAR | {"b": "254722000112", "terms": terms("1.10", "60/60")}) == Refused(Cause.NO_CREDIT)


@pytest.mark.parametrize("other", [{"b": "447911123457"}, {"a": "12025550101"}, {"trunk": TrunkId("orbita-2")}])
def test_another_question_with_the_id_of_one_counts_against_the_limits(other: dict[str, Any]) -> None:
    desk = Desk(max_cps=1, max_calls=1)
    desk.ask()
    assert desk.ask(**other) == Refused(Cause.OVER_CPS)
    assert isinstance(desk.ask(at_ms=NOON + 1000, **other), Granted)
    assert desk.ask("c2", at_ms=NOON + 2000) == Refused(Cause.OVER_CALLS)
    narrow: dict[str, Any] = {"trunk": TrunkId("narrow"), "trunk_max_calls": 0, "at_ms": NOON + 3000}
    assert desk.ask(**narrow) == Refused(Cause.OVER_CALLS)


@pytest.mark.parametrize("other", [DEAR, {"a": "12025550101"}, {"trunk": TrunkId("t2")}, {"currency": Currency("EUR")}])
def test_a_call_that_has_begun_becomes_no_other_call(other: dict[str, Any]) -> None:
    desk = Desk()
    desk.ask()
    desk.post("c1", "start")
    held = desk.held
    assert desk.ask(**other) == Refused(Cause.DIFFERS)
    assert (desk.held, len(desk.partner.holds)) == (held, 1)


def test_a_whole_grant_is_held_for_a_switch_that_keeps_to_time_only() -> None:
    assert Desk().ask(mode=HoldMode.WHOLE) == Granted(3600, units_of("1.764"))


@pytest.mark.parametrize("mode", [HoldMode.PIECES, HoldMode.FIXED])
def test_ten_minutes_are_held_of_a_longer_grant(mode: HoldMode) -> None:
    assert Desk().ask(mode=mode) == Granted(3600, units_of("0.294"))


def test_a_piece_grows_with_the_call_up_to_the_grant() -> None:
    desk = Desk()
    desk.ask(mode=HoldMode.PIECES, max_s=1000)
    desk.post("c1", "start")
    held = [desk.held]
    for ran_s in (300, 300, 600):
        desk.post("c1", "alive", at_ms=NOON + 1000 * ran_s, ran_s=ran_s)
        held.append(desk.held)
    assert held == [cost_of(ask().terms, seconds) for seconds in (600, 900, 900, 1000)]


def test_a_start_that_comes_again_grows_no_piece() -> None:
    desk = Desk()
    desk.ask(mode=HoldMode.PIECES)
    desk.post("c1", "start")
    desk.post("c1", "alive", at_ms=NOON + 20_000)
    assert desk.held == cost_of(ask().terms, 600)


@pytest.mark.parametrize("mode", [HoldMode.WHOLE, HoldMode.FIXED])
def test_a_hold_that_is_no_piece_never_grows(mode: HoldMode) -> None:
    desk = Desk()
    desk.ask(mode=mode)
    held = desk.held
    desk.post("c1", "start")
    desk.post("c1", "alive", at_ms=NOON + 900_000, ran_s=900)
    assert desk.held == held


def test_two_quotas_share_the_money_and_each_is_answered_as_the_first_time() -> None:
    desk, mb = Desk(limit="3.00"), 1024
    quota = {"unit": Unit.MEGABYTE, "terms": terms("0.10"), "max_kb": 20 * mb, "mode": HoldMode.PIECES}
    assert [desk.ask(call, **quota) for call in ("c1", "c2", "c1", "c3")] == [
        Granted(3600, units_of("2.00"), 20 * mb),
        Granted(3600, units_of("1.00"), 10 * mb),
        Granted(3600, units_of("2.00"), 20 * mb),
        Refused(Cause.NO_CREDIT),
    ]
    desk.post("c1", "alive", ran_s=3000)  # a quota is no piece: time does not grow it
    assert desk.held == units_of("3.00")


def test_a_postpaid_limit_counts_what_is_unbilled_and_what_is_held() -> None:
    desk = Desk(limit="1.00")
    desk.post("earlier", "", units_of("0.90"))
    desk.ask("c1", max_s=100)
    # 0.10 less the 0.049 that are held for 100 s leave 0.051: 104 s
    assert desk.ask("c2") == Granted(104, cost_of(ask().terms, 104))


def test_a_prepaid_client_stops_at_zero() -> None:
    desk = Desk(limit="0", prepaid=True)
    assert desk.ask() == Refused(Cause.NO_CREDIT)
    desk.post("payment", "", -units_of("0.0294"))
    assert desk.ask() == Granted(60, units_of("0.0294"))
    assert desk.ask("c2") == Refused(Cause.NO_CREDIT)


def test_a_prepaid_client_has_no_credit_even_if_a_limit_is_left_in_its_contract() -> None:
    assert Desk(limit="500", prepaid=True).ask() == Refused(Cause.NO_CREDIT)


def test_a_suspended_partner_is_refused() -> None:
    desk = Desk()
    desk.terms = suspended(desk.terms)
    assert desk.terms.status is PartnerStatus.SUSPENDED
    assert desk.ask() == Refused(Cause.SUSPENDED)


def test_a_partner_that_is_not_in_the_directory_is_refused() -> None:
    assert Partner(ORBITA).place_hold(ask(), None, TIMES) == ([], Refused(Cause.UNKNOWN_TRUNK))


def test_a_plan_in_another_currency_than_the_contract_is_refused() -> None:
    assert Desk().ask(currency=Currency("EUR")) == Refused(Cause.NO_RATE)


def test_calls_per_second_flow_back_with_time() -> None:
    desk = Desk(max_cps=2)
    replies = [desk.ask(f"c{n}", at_ms=NOON + at) for n, at in enumerate([0, 0, 0, 499, 500, 501, 2500, 2500, 2500])]
    refused = [isinstance(reply, Refused) and reply.cause is Cause.OVER_CPS for reply in replies]
    assert refused == [False, False, True, True, False, True, False, False, True]


def test_a_trunk_has_calls_per_second_and_open_calls_of_its_own() -> None:
    desk = Desk()
    narrow: dict[str, Any] = {"trunk": TrunkId("narrow"), "trunk_max_cps": 1}
    assert isinstance(desk.ask("c1", **narrow), Granted)
    assert desk.ask("c2", **narrow) == Refused(Cause.OVER_CPS)
    assert isinstance(desk.ask("c3"), Granted)
    assert desk.ask("c4", trunk=TrunkId("narrow"), trunk_max_calls=1) == Refused(Cause.OVER_CALLS)
    desk.post("c1", "end")
    assert isinstance(desk.ask("c4", trunk=TrunkId("narrow"), trunk_max_calls=1), Granted)


def test_open_calls_are_limited_and_a_repeated_hold_is_none_more() -> None:
    desk = Desk(max_calls=2)
    assert [type(desk.ask(call)) for call in ("c1", "c2", "c3", "c2")] == [Granted, Granted, Refused, Granted]
    desk.post("c1", "end")
    assert isinstance(desk.ask("c3"), Granted)


def test_a_question_that_comes_again_is_told_whom_it_was_sent_to_first() -> None:
    desk = Desk()
    told = [desk.ask(trunk_out=TrunkId(name)) for name in ("kestrel-out", "bluewire-out")]
    assert [one.first for one in told if isinstance(one, Granted)] == [None, "kestrel-out"]


def test_a_call_that_is_asked_about_anew_holds_for_its_last_attempt_only() -> None:
    desk = Desk(limit="0.0294", max_calls=1)
    first = desk.ask(max_s=60)
    assert desk.ask(attempt=2, max_s=60, trunk_max_calls=1) == first == Granted(60, units_of("0.0294"))
    assert (desk.held, len(desk.partner.holds)) == (units_of("0.0294"), 1)
    assert desk.ask("c2") == Refused(Cause.OVER_CALLS)


def test_an_attempt_that_is_refused_frees_what_the_one_before_it_held() -> None:
    desk = Desk(max_cps=1)
    desk.ask()
    assert desk.ask(attempt=2) == Refused(Cause.OVER_CPS)
    assert (desk.held, desk.partner.holds) == (0, {})


def test_what_has_begun_or_is_another_switchs_is_held_beside_a_new_attempt() -> None:
    desk = Desk()
    desk.ask()
    desk.post("c1", "start")
    desk.ask(attempt=2)
    desk.ask(attempt=3, switch=SwitchId("sw2"))
    assert len(desk.partner.holds) == 3


def test_the_end_of_a_call_releases_the_holds_of_all_its_attempts() -> None:
    desk = Desk()
    desk.ask("c1", attempt=1)
    desk.ask("c1", attempt=2, at_ms=NOON + 1000, switch=SwitchId("sw2"))
    desk.ask("c2")
    desk.post("c1", "start", at_ms=NOON + 2000)
    assert sorted(hold.placed_ms for hold in desk.partner.holds.values() if hold.started) == [NOON + 1000]
    desk.post("c1", "end", 100)
    assert [hold.call_key for hold in desk.partner.holds.values()] == [key_of("c2")]
    assert desk.partner.owed(USD) == 100


def test_asked_started_and_silent_holds_lapse_in_their_time() -> None:
    desk = Desk()
    for call, mode in (("asked", HoldMode.WHOLE), ("whole", HoldMode.WHOLE), ("pieces", HoldMode.PIECES)):
        desk.ask(call, mode=mode)
    desk.post("whole", "start", at_ms=NOON + 10_000)
    desk.post("pieces", "start", at_ms=NOON + 10_000)
    left = {key_of(call): call for call in ("asked", "whole", "pieces")}
    lapses = {left[hold.call_key]: (hold.expires_ms - NOON) // 1000 for hold in desk.partner.holds.values()}
    assert lapses == {"asked": 180, "whole": 10 + 3600 + 60, "pieces": 10 + 3 * 300}
    assert len(desk.partner.expire(Expire(NOON + 179_999), TIMES)) == 0
    assert len(desk.partner.expire(Expire(NOON + 180_000), TIMES)) == 1


def test_a_late_sign_of_life_never_brings_the_expiry_nearer() -> None:
    desk = Desk()
    desk.ask(mode=HoldMode.PIECES)
    desk.post("c1", "start")
    desk.post("c1", "alive", at_ms=NOON + 600_000, ran_s=600)
    desk.post("c1", "alive", at_ms=NOON + 300_000, ran_s=300)
    (hold,) = desk.partner.holds.values()
    assert hold.expires_ms == NOON + 600_000 + 900_000


def test_an_interim_keeps_a_hold_whose_start_was_lost() -> None:
    desk = Desk()
    desk.ask()
    desk.post("c1", "alive", at_ms=NOON + 100_000, ran_s=90)
    assert [hold.started for hold in desk.partner.holds.values()] == [True]


def test_a_switch_that_restarted_frees_what_it_was_given_until_then() -> None:
    desk = Desk()
    desk.ask("before")
    desk.ask("after", at_ms=NOON + 2)
    desk.ask("elsewhere", switch=SwitchId("sw2"))
    for event in desk.partner.release_switch(SwitchId("sw1"), NOON + 1):
        desk.partner.apply(event)
    assert {hold.call_key for hold in desk.partner.holds.values()} == {key_of("after"), key_of("elsewhere")}


def test_money_held_in_two_currencies_is_not_mixed() -> None:
    desk = Desk(limit="1.00")
    desk.ask("old", max_s=60)
    desk.terms = replace(desk.terms, currency=Currency("EUR"))
    assert desk.ask("new", currency=Currency("EUR")) == Granted(2040, units_of("0.9996"))
    assert dict(desk.partner.held) == {"USD": units_of("0.0294"), "EUR": units_of("0.9996")}


commands = st.builds(
    ask,
    call=st.sampled_from(["c1", "c2", "c3", "c4"]),
    attempt=st.integers(1, 2),
    mode=st.sampled_from(HoldMode),
    terms=any_terms,
    max_s=st.integers(1, 14_400),
    at_ms=st.integers(NOON, NOON + 5000),
    b=st.sampled_from(["447911123456", "254722000111"]),
)


@given(st.lists(st.tuples(commands, st.booleans()), max_size=12), st.integers(0, 10**9))
def test_what_is_granted_is_held_for_what_was_asked_or_was_granted_before(
    asked: list[tuple[PlaceHold, bool]], limit: int
) -> None:
    desk = Desk(credit_limit=limit)
    first: dict[tuple[bytes, str], Granted] = {}
    for command, starts in asked:
        events, reply = desk.partner.place_hold(command, desk.terms, TIMES)
        for event in events:
            desk.partner.apply(event)
        if isinstance(reply, Granted):
            hold = desk.partner.holds[command.hold_id]
            assert (hold.b, hold.amount, hold.granted_s) == (command.b, reply.amount, reply.seconds)
            if not events:
                assert reply == first[command.hold_id, command.b]
            first[command.hold_id, command.b] = reply
        assert desk.held <= limit
        if starts and (holds := desk.partner.holds_of(command.call_key)):
            posting = Posting(ORBITA, Side.CLIENT, USD, 0, holds[0].call_key, "start", NOON)
            room = replace(desk.terms, credit_limit=0)  # nothing grows
            for event in desk.partner.post(posting, room, TIMES):
                desk.partner.apply(event)


@given(st.lists(commands, max_size=12), st.integers(0, 10**9))
def test_grants_of_whole_holds_never_exceed_what_there_is(asked: list[PlaceHold], limit: int) -> None:
    partner, contract = Partner(ORBITA), client(credit_limit=limit)
    for command in asked:
        before = partner.available(contract) + sum(hold.amount for hold in partner.holds_of(command.call_key))
        events, reply = partner.place_hold(replace(command, mode=HoldMode.WHOLE), contract, TIMES)
        for event in events:
            partner.apply(event)
        if isinstance(reply, Granted) and events:
            assert reply.amount <= max(0, before)
            assert 0 < reply.seconds <= command.max_s
    assert partner.held[USD] <= limit


phases = st.tuples(st.sampled_from(["c1", "c2", "c3", "c4"]), st.sampled_from(["start", "alive", "end", ""]))


@given(st.lists(st.one_of(commands, phases, st.integers(NOON, NOON + 10**7)), max_size=25))
def test_held_is_the_sum_of_holds_and_open_calls_their_number_whatever_happens(
    happened: list[PlaceHold | tuple[str, str] | int],
) -> None:
    desk = Desk()
    for what in happened:
        match what:
            case PlaceHold():
                events, _ = desk.partner.place_hold(what, desk.terms, TIMES)
                for event in events:
                    desk.partner.apply(event)
            case (call, phase):
                desk.post(call, phase, 7, ran_s=400)
            case int():
                for gone in desk.partner.expire(Expire(what), TIMES):
                    desk.partner.apply(gone)
        holds = desk.partner.holds.values()
        assert desk.held == sum(hold.amount for hold in holds) == desk.partner.held.total()
        assert desk.partner.calls_in.total() == desk.partner.on_trunk.total() == len(holds)
        assert sum(map(len, desk.partner.by_call.values())) == len(holds)
    for call in ("c1", "c2", "c3", "c4"):
        desk.post(call, "end")
    assert (desk.held, desk.partner.holds, desk.partner.by_call) == (0, {}, {})


def test_deciding_changes_nothing() -> None:
    partner = Partner(ORBITA)
    events, _ = partner.place_hold(ask(), client(max_cps=1), TIMES)
    assert any(isinstance(event, HoldPut) for event in events)
    assert partner == Partner(ORBITA)
    assert partner.post(Posting(ORBITA, Side.CLIENT, USD, 5, key_of("c1"), "end", NOON), client(), TIMES) == [
        Posted(Side.CLIENT, USD, 5)
    ]
    assert partner == Partner(ORBITA)
