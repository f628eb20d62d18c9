"""A held piece grows within the money; where it may not, the call is to be cut, and its switch is told a few times."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calls import Side
from domain.commands import Expire, Granted, PlaceHold, Posting, Refused
from domain.cuts import OFFER_AGAIN_MS, OFFERS, Cut, CutReason, Cuts
from domain.directory import Partner as PartnerTerms
from domain.grants import cost_of, grant_seconds
from domain.holds import Hold, HoldMode, HoldTimes
from domain.ids import HoldId
from domain.money import Currency, units_of
from domain.partner import Partner
from domain.partner_events import CutDropped, CutWanted, Event, HoldPut, LapseOver
from tests.domain.builders import NOON, any_terms, terms
from tests.domain.call_builders import ORBITA, TERMS, USD, ask, client, key_of, suspended

TIMES = HoldTimes(interim_s=300)
CENT_A_SECOND = terms("0.60")


class Desk:
    """One partner whose calls are held in pieces of ten minutes, at a cent a second."""

    def __init__(self, limit: str = "100", **contract: Any) -> None:
        self.terms: PartnerTerms = client(limit=limit, **contract)
        self.partner = Partner(ORBITA)

    def apply(self, events: list[Event]) -> list[Event]:
        for event in events:
            self.partner.apply(event)
        return events

    def ask(self, call: str = "c1", **fields: Any) -> Granted | Refused:
        values: dict[str, Any] = {"mode": HoldMode.PIECES, "terms": CENT_A_SECOND}
        events, reply = self.partner.place_hold(ask(call, **(values | fields)), self.terms, TIMES)
        self.apply(events)
        return reply

    def post(
        self, call: str, phase: str, ran_s: int = 0, amount: int = 0, session_id: bytes = b"", late_s: int = 0
    ) -> list[Event]:
        at_ms = NOON + 1000 * (ran_s + late_s)
        posting = Posting(ORBITA, Side.CLIENT, USD, amount, key_of(call), phase, at_ms, ran_s, session_id)
        return self.apply(self.partner.post(posting, self.terms, TIMES))

    def due(self, call: str, seconds: int) -> list[Event]:
        """The cut of a call is due, so long after noon."""
        cut = self.partner.cuts[self.hold(call).hold_id]
        return self.apply(self.partner.cut_due(cut, NOON + 1000 * seconds, self.terms, TIMES))

    def hold(self, call: str = "c1") -> Hold:
        (hold,) = self.partner.holds_of(key_of(call))
        return hold

    @property
    def cuts(self) -> list[tuple[CutReason, int]]:
        """Why calls are to end, and how long after noon."""
        return [(cut.reason, (cut.due_ms - NOON) // 1000) for cut in self.partner.cuts.values()]


def test_a_piece_grows_by_what_is_available_and_no_more() -> None:
    desk = Desk("10.00")
    assert desk.ask("c1") == Granted(1000, units_of("6"))
    assert desk.ask("c2") == Granted(400, units_of("4"))
    desk.post("c1", "start")
    desk.post("c1", "alive", 300)
    assert desk.partner.held[USD] == units_of("10"), "the other call holds what the first would have grown by"
    assert desk.cuts == [(CutReason.NO_CREDIT, 600)]


def test_where_a_part_of_the_piece_can_be_held_the_call_ends_when_that_is_used_up() -> None:
    desk = Desk("10.00")
    desk.ask("c1")
    desk.ask("c2", max_s=300)
    desk.post("c1", "start")
    desk.post("c1", "alive", 300)
    assert (desk.hold().amount, desk.cuts) == (units_of("7"), [(CutReason.NO_CREDIT, 700)])


def test_a_cut_is_wanted_once_however_often_the_call_shows_itself() -> None:
    desk = Desk("10.00")
    desk.ask("c1")
    desk.ask("c2")
    events = [event for ran_s in (300, 300, 400, 500, 300) for event in desk.post("c1", "alive", ran_s)]
    assert len([event for event in events if isinstance(event, CutWanted)]) == 1
    assert desk.cuts == [(CutReason.NO_CREDIT, 600)]


def test_a_payment_lets_the_call_go_on() -> None:
    desk = Desk("10.00")
    desk.ask("c1", max_s=3600)
    desk.ask("c2")
    desk.post("c1", "alive", 300)
    assert desk.cuts
    desk.post("payment", "", amount=-units_of("1"))
    desk.post("c1", "alive", 350)
    assert (desk.hold().amount, desk.cuts) == (units_of("7"), [(CutReason.NO_CREDIT, 700)]), "it goes on for longer"
    desk.post("payment", "", amount=-units_of("100"))
    assert CutDropped(desk.hold().hold_id) in desk.post("c1", "alive", 390)
    assert (desk.hold().amount, desk.cuts) == (units_of("9.90"), [])


def test_a_cut_that_is_due_is_taken_back_by_a_payment_before_the_call_shows_itself() -> None:
    desk = Desk("100.00")
    desk.ask("c1")
    desk.terms = client(limit="6.00")
    desk.post("c1", "alive", 300)
    assert desk.due("c1", 600) == [], "no money has come"
    desk.post("payment", "", amount=-units_of("1"))
    desk.due("c1", 601)
    assert (desk.hold().amount, desk.cuts) == (units_of("7"), [(CutReason.NO_CREDIT, 700)]), "it goes on for longer"
    expires_ms = desk.hold().expires_ms
    desk.post("payment", "", amount=-units_of("100"))
    assert CutDropped(desk.hold().hold_id) in desk.due("c1", 700)
    assert (desk.hold().amount, desk.cuts) == (units_of("13"), [])
    assert desk.hold().expires_ms == expires_ms, "it was no sign of life"


def test_money_that_comes_when_a_cut_is_due_lets_the_call_have_its_grant_and_no_more() -> None:
    desk = Desk("10.00")
    desk.ask("c1")
    desk.ask("c2")
    desk.post("c1", "alive", 300)
    desk.post("payment", "", amount=-units_of("100"))
    desk.due("c1", 600)
    assert (desk.hold().amount, desk.cuts) == (units_of("10"), [(CutReason.TIME_UP, 1003)])
    assert desk.due("c1", 1003) == []


def test_a_partner_that_is_no_longer_suspended_when_a_cut_is_due_talks_on() -> None:
    desk = Desk()
    desk.ask()
    trusted, desk.terms = desk.terms, suspended(desk.terms)
    desk.post("c1", "alive", 300)
    assert desk.due("c1", 600) == []
    desk.terms = trusted
    desk.due("c1", 600)
    assert (desk.hold().amount, desk.cuts) == (units_of("12"), [])


def test_a_report_that_comes_late_takes_no_cut_back() -> None:
    desk = Desk("10.00")
    desk.ask("c1")
    desk.ask("c2")
    desk.post("c1", "alive", 300)
    assert desk.post("c1", "start", 0) == []
    assert desk.cuts == [(CutReason.NO_CREDIT, 600)]


def test_a_report_that_shows_a_longer_call_than_was_thought_brings_its_cut_nearer() -> None:
    desk = Desk("10.00")
    desk.ask("c1")
    desk.ask("c2")
    desk.post("c1", "alive", 300, late_s=100)
    assert desk.cuts == [(CutReason.NO_CREDIT, 700)]
    desk.post("c1", "alive", 360)
    assert desk.cuts == [(CutReason.NO_CREDIT, 600)]
    desk.post("c1", "alive", 360, late_s=50)
    assert not [event for event in desk.post("c1", "alive", 420, late_s=-1) if isinstance(event, CutWanted)]
    assert desk.cuts == [(CutReason.NO_CREDIT, 600)]


def test_the_end_of_a_call_takes_its_cut_along() -> None:
    desk = Desk("10.00")
    desk.ask("c1")
    desk.ask("c2")
    desk.post("c1", "alive", 300)
    desk.post("c1", "end", 310, amount=units_of("3.10"))
    assert (desk.partner.held[USD], desk.cuts) == (units_of("4"), [])


def test_the_hold_of_a_partner_that_was_suspended_grows_no_more() -> None:
    desk = Desk()
    desk.ask()
    desk.post("c1", "start")
    desk.terms = suspended(desk.terms)
    desk.post("c1", "alive", 300)
    assert (desk.hold().amount, desk.cuts) == (units_of("6"), [(CutReason.SUSPENDED, 600)])


def test_a_hold_in_another_currency_than_the_contracts_grows_no_more() -> None:
    desk = Desk()
    desk.ask()
    desk.terms = replace(desk.terms, currency=Currency("EUR"))
    desk.post("c1", "alive", 300)
    assert desk.cuts == [(CutReason.NO_CREDIT, 600)]


def test_a_call_that_outlives_its_grant_is_cut_a_little_after_it() -> None:
    desk = Desk("7.00", prepaid=False)
    assert desk.ask() == Granted(700, units_of("6"))
    desk.post("c1", "start")
    assert desk.cuts == []
    desk.post("c1", "alive", 300)
    assert (desk.hold().amount, desk.cuts) == (units_of("7"), [(CutReason.TIME_UP, 703)])


def test_a_call_that_has_used_up_more_than_its_hold_is_cut_at_once() -> None:
    desk = Desk("10.00")
    desk.ask("c1")
    desk.ask("c2")
    desk.post("c1", "alive", 900)
    assert desk.cuts == [(CutReason.NO_CREDIT, 900)]


def test_what_was_charged_beyond_the_limit_stops_growth_and_shrinks_nothing() -> None:
    desk = Desk("10.00")
    desk.ask("c1")
    desk.post("other", "", amount=units_of("50"))
    desk.post("c1", "alive", 300)
    assert (desk.hold().amount, desk.cuts) == (units_of("6"), [(CutReason.NO_CREDIT, 600)])


@pytest.mark.parametrize("mode", [HoldMode.WHOLE, HoldMode.FIXED])
def test_no_other_hold_is_ever_cut(mode: HoldMode) -> None:
    desk = Desk("10.00")
    desk.ask(mode=mode)
    desk.post("c1", "start")
    assert desk.post("c1", "alive", 5000) == []
    assert desk.cuts == []


def test_a_piece_that_hears_nothing_more_lapses_in_its_time_and_is_not_cut() -> None:
    desk = Desk()
    desk.ask()
    desk.post("c1", "start")
    assert desk.cuts == []
    assert not desk.partner.expire(Expire(NOON + 899_999), TIMES)
    desk.apply(desk.partner.expire(Expire(NOON + 900_000), TIMES))
    assert not desk.partner.holds


def test_how_often_a_switch_shows_its_calls_says_when_a_silent_one_lapses() -> None:
    desk = Desk()
    desk.ask(interim_s=60)
    desk.post("c1", "start")
    assert desk.hold().expires_ms == NOON + 180_000


@pytest.mark.parametrize(("interim_s", "held_s"), [(0, 600), (600, 600), (1800, 1800), (10**16, 3600)])
def test_a_piece_reaches_to_the_next_sign_of_life_at_least(interim_s: int, held_s: int) -> None:
    desk = Desk()
    desk.ask(interim_s=interim_s)
    desk.post("c1", "start")
    assert desk.hold().amount == units_of("0.01") * held_s
    desk.post("c1", "alive", held_s)
    assert desk.hold().amount == units_of("0.01") * min(2 * held_s, 3600)


def test_a_switch_that_is_said_to_show_its_calls_in_ages_does_so_daily() -> None:
    desk = Desk()
    desk.ask(interim_s=10**16)
    desk.post("c1", "start")
    assert desk.hold().expires_ms == NOON + 3 * 86_400_000


def test_a_hold_keeps_the_ids_by_which_the_switch_knows_the_call() -> None:
    desk = Desk()
    desk.ask(call_id=b"3c5ae1b6")
    desk.post("c1", "start", session_id=b"0000001A")
    desk.post("c1", "alive", 60, session_id=b"another")
    assert (desk.hold().call_id, desk.hold().session_id) == (b"3c5ae1b6", b"0000001A")


calls = st.sampled_from(["c1", "c2", "c3", "c4"])
asked = st.builds(
    ask,
    call=calls,
    attempt=st.integers(1, 2),
    mode=st.sampled_from(HoldMode),
    terms=st.one_of(any_terms, st.just(TERMS), st.just(CENT_A_SECOND)),
    max_s=st.integers(1, 14_400),
    at_ms=st.integers(NOON, NOON + 5000),
)
signs = st.tuples(calls, st.sampled_from(["start", "alive", "alive", "end"]), st.integers(0, 4000))
money = st.integers(-(10**9), 10**9)
dues = st.tuples(st.just("due"), st.integers(0, 4000))
moments = st.integers(NOON, NOON + 5 * 10**6).map(lambda ms: ("expire", ms))
happenings = st.lists(st.one_of(asked, signs, signs, money, moments, dues), max_size=30)


@settings(max_examples=300)
@given(happenings, st.integers(0, 2 * 10**9))
def test_whatever_happens_nothing_is_held_beyond_the_limit_and_cuts_are_wanted_where_growth_is_refused(
    happened: list[PlaceHold | tuple[str, str, int] | tuple[str, int] | int], limit: int
) -> None:
    desk = Desk()
    desk.terms = client(credit_limit=limit)
    partner = desk.partner
    for what in happened:
        held, events = partner.held[USD], list[Event]()
        match what:
            case PlaceHold():
                events, _ = partner.place_hold(what, desk.terms, TIMES)
                desk.apply(events)
            case (str(call), str(phase), int(ran_s)):
                events = desk.post(call, phase, ran_s)
                assert_cut_where_growth_was_refused(desk, call, phase, ran_s, events)
            case ("due", seconds):
                for cut in list(partner.cuts.values()):
                    desk.apply(partner.cut_due(cut, NOON + 1000 * seconds, desk.terms, TIMES))
            case (_, at_ms):
                desk.apply(partner.expire(Expire(at_ms), TIMES))
            case int():
                desk.post("money", "", amount=what)
        if partner.held[USD] > held and not any(isinstance(event, LapseOver) for event in events):
            assert partner.owed(USD) + partner.held[USD] <= limit, "but what a call that is back has run up is owed"
        assert partner.held[USD] == sum(hold.amount for hold in partner.holds.values()) >= 0
        assert partner.cuts.keys() <= partner.holds.keys()
        assert len(partner.lapses) == len(partner.holds)


def assert_cut_where_growth_was_refused(desk: Desk, call: str, phase: str, ran_s: int, events: list[Event]) -> None:
    """A cut is wanted by the first sign of life whose piece is not covered, and by others only where it moves."""
    holds = [hold for hold in desk.partner.holds_of(key_of(call)) if hold.mode is HoldMode.PIECES and hold.started]
    wanted = [event.cut for event in events if isinstance(event, CutWanted)]
    if phase == "end" or not holds:
        assert not wanted
        return
    put = [event.hold for event in events if isinstance(event, HoldPut)]
    for cut in wanted:
        assert cut.covered_s < cut.wanted_s
        assert desk.partner.cuts[cut.hold_id] == cut
    for hold in put:
        if hold.mode is HoldMode.PIECES:
            covered = grant_seconds(hold.terms, hold.amount, hold.granted_s)
            assert (hold.hold_id in desk.partner.cuts) >= (covered < ran_s + TIMES.piece_s)
            if covered >= ran_s + TIMES.piece_s and hold.hold_id in desk.partner.cuts:
                assert covered < desk.partner.cuts[hold.hold_id].wanted_s
            assert hold.amount >= cost_of(hold.terms, min(covered, ran_s))


def cut_of(name: str, due_ms: int = NOON, covered_s: int = 600) -> Cut:
    return Cut(HoldId(name.encode()), CutReason.NO_CREDIT, due_ms, covered_s, covered_s + 1)


def test_a_cut_is_offered_when_it_is_due_and_a_few_times_more_while_it_is_wanted() -> None:
    cuts = Cuts()
    cut = cut_of("a", NOON + 1000)
    cuts.want(cut, ORBITA)
    assert cuts.take(NOON + 999, 0, 10) == []
    machine = [(0, 1), (1, 0), (OFFER_AGAIN_MS, 2), (OFFER_AGAIN_MS + 1, 0), (2 * OFFER_AGAIN_MS, 3), (99_999, 0)]
    for at_ms, offer in machine:
        assert cuts.take(NOON + 1000, at_ms, 10) == ([(cut, ORBITA, offer)] if offer else [])
    assert (len(cuts), cuts.given_up, OFFERS) == (0, 1, 3)
    assert [cuts.gave_up(), cuts.gave_up()] == [[(cut.hold_id, ORBITA)], []]


def test_a_cut_whose_call_is_over_is_offered_no_more() -> None:
    cuts = Cuts()
    for name in ("due", "offered"):
        cuts.want(cut_of(name), ORBITA)
    assert [cut.hold_id for cut, *_ in cuts.take(NOON, 0, 1)] == [b"due"]
    cuts.drop(HoldId(b"due"))
    cuts.drop(HoldId(b"offered"))
    cuts.drop(HoldId(b"never"))
    assert (cuts.take(NOON, 10**9, 10), len(cuts), cuts.given_up) == ([], 0, 0)


def test_a_cut_that_moves_is_offered_anew_at_its_time() -> None:
    cuts = Cuts()
    cuts.want(cut_of("a"), ORBITA)
    cuts.take(NOON, 0, 10)
    moved = cut_of("a", NOON + 5000, 900)
    cuts.want(moved, ORBITA)
    assert cuts.take(NOON, 10**9, 10) == []
    assert cuts.take(NOON + 5000, 10**9, 10) == [(moved, ORBITA, 1)]


def test_no_more_cuts_are_offered_at_once_than_are_asked_for() -> None:
    cuts = Cuts()
    for n in range(7):
        cuts.want(cut_of(str(n)), ORBITA)
    offered = [len(cuts.take(NOON, 0, 3)) for _ in range(4)]
    assert offered == [3, 3, 1, 0]
