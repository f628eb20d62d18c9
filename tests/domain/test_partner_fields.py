"""Partners by the names of their fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contract import Contract
from domain.credit import OnLimit, PartnerOptions
from domain.directory import Outage, Partner, PartnerStatus
from domain.errors import InputError
from domain.ids import PartnerId, PlanId
from domain.money import Currency
from domain.partner_fields import PARTNER_FIELDS, Agreement, changed_partner, given_options, partner_texts
from domain.short_call_fields import RULE_FIELDS, given_words
from domain.short_calls import CountedBy, ShortCallRule

ORBITA = Agreement(
    Partner(PartnerId("orbita"), "Orbita", Currency("USD"), credit_limit=50_000_000_000, sell_plan=PlanId("retail")),
    emails=("a@b.example",),
)


def test_every_field_of_partner_and_contract_can_be_set_but_its_name() -> None:
    own, contract = set(Partner.__dataclass_fields__) - {"id", "options"}, set(Contract.__dataclass_fields__)
    rules = {f"{rule}.{name}" for rule in ("short_sell", "short_buy") for name in RULE_FIELDS}
    options = set(PartnerOptions.__dataclass_fields__) - {"short_sell", "short_buy"} | rules
    assert set(PARTNER_FIELDS) == own | options | contract | {"emails", "noc_emails", "rates_emails"}
    assert list(partner_texts(ORBITA)) == list(PARTNER_FIELDS)


def test_fields_are_given_as_people_write_them() -> None:
    given = {
        "credit_limit": "12.5", "currency": "eur", "outage": "trust", "max_calls": "30", "sell_plan": "",
        "pay_days": "14", "emails": "x@y.example, z@y.example", "status": "suspended",
    }  # fmt: skip
    after = changed_partner(ORBITA, given)
    assert (after.partner.credit_limit, after.partner.currency) == (1_250_000_000, "EUR")
    assert (after.partner.outage, after.partner.status) == (Outage.TRUST, PartnerStatus.SUSPENDED)
    assert (after.partner.max_calls, after.partner.sell_plan, after.contract.pay_days) == (30, None, 14)
    assert after.emails == ("x@y.example", "z@y.example")


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("credit_limit", "much", "'much' is no amount"),
        ("credit_limit", "0.000000001", "is no amount"),
        ("credit_limit", "1e30", "is too large"),
        ("max_calls", "many", "takes a whole number"),
        ("name", " ", "name is empty"),
        ("creditlimit", "1", "Did you mean credit_limit"),
        ("id", "other", "there is no field 'id'"),
        ("warn_percent", "0,50", "warn_percent cannot be that"),
        ("warn_percent", "half", "'half' is no value of warn_percent"),
        ("warn_percent", "1,2,3,4,5,6,7,8,9,10,11", "warn_percent cannot be that"),
        ("low_balance", "some", "'some' is no amount"),
        ("low_balance", "-1", "low_balance is -1.00"),
        ("low_balance", "5", "low_balance is for prepaid partners"),
        ("on_limit", "stop", "one of refuse, suspend"),
        ("reinstate_below", "0", "reinstate_below is 0"),
        ("options", "1", "there is no field 'options'"),
        ("short_sell", "1", "there is no field 'short_sell'"),
        ("short_sell.fe", "1", "Did you mean short_sell.fee"),
        ("short_sell.fee", "some", "'some' is no amount"),
        ("short_buy.fee", "-1", "short_buy.fee is -1.0000"),
        ("short_buy.free_percent", "half", "'half' is no share"),
        ("short_buy.within_s", "0", "short_buy.within_s is 0"),
        ("short_buy.counted_by", "week", "one of total, destination, code"),
        ("short_buy.counted_by", "code", "counts by code and has none"),
    ],
)
def test_what_cannot_be_is_refused_with_its_name(field: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        changed_partner(ORBITA, {field: text})


def test_what_is_watched_is_set_by_its_own_names() -> None:
    given = {
        "prepaid": "yes", "credit_limit": "0", "warn_percent": "90, 50,90", "low_balance": "12.50",
        "on_limit": "suspend", "reinstate_below": "80", "noc_emails": "noc@x.example",
    }  # fmt: skip
    after = changed_partner(ORBITA, given)
    assert after.partner.options == PartnerOptions((50, 90), 1_250_000_000, OnLimit.SUSPEND, 80)
    assert after.noc_emails == ("noc@x.example",)
    assert partner_texts(after)["low_balance"] == "12.50"
    assert given_options(after.partner) == {
        "warn_percent": "50,90", "low_balance": "12.50", "on_limit": "suspend", "reinstate_below": "80",
    }  # fmt: skip
    assert given_options(ORBITA.partner) == {}


def test_what_short_calls_cost_is_set_by_direction() -> None:
    given = {
        "short_sell.fee": "0.01", "short_sell.free_percent": "12.5 %", "short_sell.codes": "1, 44,1",
        "short_buy.fee": "0.005", "short_buy.within_s": "10", "short_buy.counted_by": "destination",
        "short_buy.least_calls": "100",
    }  # fmt: skip
    options = changed_partner(ORBITA, given).partner.options
    assert options.short_sell == ShortCallRule(1_000_000, 6, 1250, codes=("1", "44"))
    assert options.short_buy == ShortCallRule(500_000, 10, 1500, 100, CountedBy.DESTINATION)
    texts = partner_texts(changed_partner(ORBITA, given))
    assert (texts["short_sell.fee"], texts["short_sell.free_percent"]) == ("0.0100", "12.5")
    assert partner_texts(ORBITA)["short_buy.fee"] == "0"


def test_what_short_calls_cost_is_said_from_the_options_that_were_given() -> None:
    agreed = changed_partner(ORBITA, {"short_sell.fee": "0.01", "short_buy.fee": "0.005", "short_buy.within_s": "10"})
    assert given_words(given_options(agreed.partner), Currency("USD")) == [
        "we charge 0.01 USD a call ≤ 6 s beyond 15 %",
        "it charges 0.005 USD a call ≤ 10 s beyond 15 %",
    ]
    assert given_words(given_options(ORBITA.partner), Currency("USD")) == []


@given(st.integers(-(2**62), 2**62), st.lists(st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}", fullmatch=True), max_size=3))
def test_what_is_shown_can_be_set_again(limit: int, emails: list[str]) -> None:
    rule = ShortCallRule(abs(limit) % 10**9, free_bp=abs(limit) % 10_001, codes=("1", "44"))
    options = PartnerOptions(short_buy=rule)
    partner = Partner(PartnerId("p"), "P, Inc.", Currency("USD"), credit_limit=limit, max_cps=3, options=options)
    terms = Agreement(partner, Contract(cycle="week"), tuple(emails), tuple(emails[:1]))
    other = Agreement(Partner(PartnerId("p"), "Q", Currency("EUR")))
    assert changed_partner(other, partner_texts(terms)) == terms


def test_a_vendors_floors_and_rules_are_set_by_their_names() -> None:
    given = {"min_margin_bp": "800", "min_margin": "0.002", "failover": "404,603: next"}
    after = changed_partner(ORBITA, given)
    options = after.partner.options
    assert (options.min_margin_bp, options.min_margin, options.failover) == (800, 200_000, "404,603: next")
    texts = partner_texts(after)
    assert {name: texts[name] for name in given} == given
    assert changed_partner(after, {"min_margin": "", "min_margin_bp": "0", "failover": ""}) == ORBITA


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("min_margin_bp", "10000", "Give 0 to 9,999"),
        ("min_margin", "-0.1", "no call is made at a loss"),
        ("min_margin", "x", "'x' is no amount"),
        ("failover", "17: maybe", "'maybe' in column 5"),
    ],
)
def test_floors_and_rules_that_cannot_be_are_refused(field: str, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        changed_partner(ORBITA, {field: text})
    assert said in str(caught.value)
