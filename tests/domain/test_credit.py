"""How a partner stands by its balance: what is told when, and who is suspended."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Side
from domain.causes import Cause
from domain.commands import Granted, Posting, Refused
from domain.credit import Notice, NoticeKind, OnLimit, PartnerOptions, Standing, watch
from domain.cuts import CutReason
from domain.directory import Partner as PartnerTerms
from domain.holds import HoldMode, HoldTimes
from domain.ids import CallKey
from domain.money import Currency, units_of
from domain.partner import Partner
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA, USD, ask, client, key_of

TIMES = HoldTimes(interim_s=300)
SUSPENDS = PartnerOptions(on_limit=OnLimit.SUSPEND)


class Watched:
    """One partner whose balance is posted to, and what was told of it."""

    def __init__(self, limit: str = "100", options: PartnerOptions = SUSPENDS, **terms: Any) -> None:
        self.terms: PartnerTerms = client(limit=limit, options=options, **terms)
        self.partner = Partner(ORBITA)
        self.notices: list[Notice] = []

    def post(self, amount: str, **fields: Any) -> None:
        values: dict[str, Any] = {"side": Side.CLIENT, "currency": USD} | fields
        posting = Posting(ORBITA, amount=units_of(amount), call_key=CallKey(b""), phase="", at_ms=NOON, **values)
        self._apply(self.partner.post(posting, self.terms, TIMES))

    def alive(self, call: str, ran_s: int) -> None:
        at_ms = NOON + 1000 * ran_s
        posting = Posting(ORBITA, Side.CLIENT, USD, 0, key_of(call), "alive", at_ms, ran_s)
        self._apply(self.partner.post(posting, self.terms, TIMES))

    def change(self, **terms: Any) -> None:
        self.terms = replace(self.terms, **terms)
        self._apply(self.partner.judge(self.terms, NOON + 1))

    def ask(self, call: str = "c1", **fields: Any) -> Granted | Refused:
        events, reply = self.partner.place_hold(ask(call, **fields), self.terms, TIMES)
        self._apply(events)
        return reply

    def _apply(self, events: list[Any]) -> None:
        for event in events:
            self.partner.apply(event)
            self.notices += getattr(event, "notices", ())

    @property
    def told(self) -> list[str]:
        return [f"{its.kind} {its.percent}" if its.percent else str(its.kind) for its in self.notices]


def prepaid(**terms: Any) -> Watched:
    return Watched("0", prepaid=True, **terms)


def test_each_share_of_the_limit_is_told_once_as_it_is_passed() -> None:
    watched = Watched()
    for amount in ("49", "1", "10", "19.99999999", "0.00000001", "14", "1", "2"):
        watched.post(amount)
    assert watched.told == ["warned 50", "warned 80", "warned 95"]


def test_a_charge_that_passes_several_shares_tells_each() -> None:
    watched = Watched()
    watched.post("96")
    assert watched.told == ["warned 50", "warned 80", "warned 95"]


def test_a_share_that_was_left_is_told_again() -> None:
    watched = Watched()
    for amount in ("81", "-2", "2", "-40", "40"):
        watched.post(amount)
    assert watched.told == ["warned 50", "warned 80", "warned 80", "warned 50", "warned 80"]


def test_a_postpaid_partner_is_suspended_at_its_limit_and_back_as_soon_as_it_owes_less() -> None:
    watched = Watched(options=replace(SUSPENDS, warn_percent=()))
    watched.post("99.99999999")
    assert watched.ask(max_s=1) == Refused(Cause.NO_CREDIT)
    watched.post("0.00000001")
    assert watched.ask() == Refused(Cause.SUSPENDED)
    watched.post("-10")
    assert isinstance(watched.ask(max_s=60), Granted)
    assert watched.told == ["suspended", "reinstated"]
    assert watched.notices[0] == Notice(
        NoticeKind.SUSPENDED, ORBITA, NOON, 0, units_of("100"), units_of("100"), Currency("USD")
    )


def test_a_partner_comes_back_below_its_own_share_of_the_limit() -> None:
    watched = Watched(options=replace(SUSPENDS, warn_percent=(), reinstate_below=80))
    for amount in ("100", "-20"):
        watched.post(amount)
    assert watched.ask() == Refused(Cause.SUSPENDED), "80 % is not below 80 %"
    watched.post("-0.00000001")
    assert not watched.partner.standing.suspended


def test_a_prepaid_partner_is_suspended_when_nothing_is_left_and_back_with_any_payment() -> None:
    watched = prepaid()
    for amount in ("-10", "10"):
        watched.post(amount)
    assert watched.ask() == Refused(Cause.SUSPENDED)
    watched.post("-1")
    assert isinstance(watched.ask(max_s=60), Granted)
    assert watched.told == ["suspended", "reinstated"]


def test_low_funds_are_told_once_until_they_are_paid_up() -> None:
    watched = prepaid(options=PartnerOptions(low_balance=units_of("5")))
    for amount in ("-10", "5", "0.01", "1", "-1.01", "0.02"):
        watched.post(amount)
    assert watched.told == ["low-balance", "low-balance"], "5 is not below 5"


def test_a_partner_whose_contract_does_not_say_so_is_refused_and_not_suspended() -> None:
    watched = Watched(options=PartnerOptions())
    watched.post("150")
    assert watched.ask() == Refused(Cause.NO_CREDIT)
    assert not watched.partner.standing.suspended


def test_another_limit_or_other_options_are_judged_at_once() -> None:
    watched = Watched(options=replace(SUSPENDS, warn_percent=(80,)))
    watched.post("100")
    watched.change(credit_limit=units_of("200"))
    watched.change(credit_limit=units_of("100"))
    watched.change(options=PartnerOptions(warn_percent=()))
    assert watched.told == ["warned 80", "suspended", "reinstated", "warned 80", "suspended", "reinstated"]
    assert watched.partner.standing == Standing(since_ms=NOON + 1)


def test_of_a_partner_that_never_owed_or_paid_nothing_is_told() -> None:
    watched = prepaid(options=replace(SUSPENDS, low_balance=units_of("5")))
    watched.change(credit_limit=0)
    assert not watched.notices
    assert watched.ask() == Refused(Cause.NO_CREDIT)


def test_what_we_owe_a_vendor_and_other_money_are_no_credit() -> None:
    watched = Watched()
    watched.post("500", side=Side.VENDOR)
    watched.post("500", currency=Currency("EUR"))
    assert not watched.notices


def test_a_call_of_a_suspended_partner_grows_no_more_and_goes_on_when_it_is_paid() -> None:
    watched = Watched("20", options=replace(SUSPENDS, warn_percent=()))
    watched.ask(mode=HoldMode.PIECES)
    watched.alive("c1", 0)
    held = watched.partner.held[USD]
    watched.post("20")
    watched.alive("c1", 300)
    cut = next(iter(watched.partner.cuts.values()))
    assert (watched.partner.held[USD], cut.reason) == (held, CutReason.SUSPENDED)
    watched.post("-20")
    for event in watched.partner.cut_due(cut, cut.due_ms, watched.terms, TIMES):
        watched.partner.apply(event)
    assert not watched.partner.cuts
    assert watched.partner.held[USD] > held


AMOUNTS = st.lists(st.integers(-150, 150), max_size=40)
LIMITS = st.sampled_from((0, 1, 100, 333))


@given(AMOUNTS, LIMITS, st.booleans(), st.lists(st.integers(1, 120), max_size=4, unique=True), st.integers(0, 50))
def test_any_postings_and_payments_tell_each_crossing_once_and_leave_what_the_balance_says(
    amounts: list[int], limit: int, is_prepaid: bool, shares: list[int], low: int
) -> None:
    options = replace(SUSPENDS, warn_percent=tuple(shares), low_balance=low)
    terms = client(prepaid=is_prepaid, options=options, credit_limit=limit)
    limit = 0 if is_prepaid else limit
    standing, told, owed = Standing(), list[tuple[NoticeKind, int]](), 0
    expected: list[tuple[NoticeKind, int]] = []
    is_low = is_suspended = False
    over: set[int] = set()
    for at, amount in enumerate(amounts):
        owed += amount
        standing, notices = watch(standing, owed, terms, NOON + at)
        told += [(its.kind, its.percent) for its in notices]
        passed = {share for share in shares if limit and owed / limit >= share / 100}
        expected += [(NoticeKind.WARNED, share) for share in sorted(passed - over)]
        over = passed
        now_low = is_prepaid and low > 0 and -owed < low
        expected += [(NoticeKind.LOW_BALANCE, 0)] * (now_low and not is_low)
        is_low = now_low
        now_suspended = owed >= limit
        if now_suspended is not is_suspended:
            expected.append((NoticeKind.SUSPENDED if now_suspended else NoticeKind.REINSTATED, 0))
        is_suspended = now_suspended
        assert (standing.suspended, standing.low) == (owed >= limit, is_low)
        assert standing.warned == max(passed, default=0)
    assert told == expected


@given(AMOUNTS, st.integers(1, 100))
def test_with_a_share_to_come_back_at_a_partner_is_suspended_from_the_limit_until_below_it(
    amounts: list[int], back: int
) -> None:
    terms = client(limit="0", credit_limit=100, options=replace(SUSPENDS, reinstate_below=back))
    standing, owed = Standing(), 0
    for amount in amounts:
        owed += amount
        before = standing.suspended
        standing, _ = watch(standing, owed, terms, NOON)
        assert standing.suspended is (owed >= 100 or (before and owed >= back))


@pytest.mark.parametrize("owed", [0, 1, -1])
def test_watching_twice_changes_nothing(owed: int) -> None:
    terms = client(limit="0", options=SUSPENDS)
    standing, _ = watch(Standing(), owed, terms, NOON)
    assert watch(standing, owed, terms, NOON + 1) == (standing, ())
