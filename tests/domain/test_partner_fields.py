"""Partners by the names of their fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contract import Contract
from domain.directory import Outage, Partner, PartnerStatus
from domain.errors import InputError
from domain.ids import PartnerId, PlanId
from domain.money import Currency
from domain.partner_fields import PARTNER_FIELDS, Agreement, changed_partner, partner_texts

ORBITA = Agreement(
    Partner(PartnerId("orbita"), "Orbita", Currency("USD"), credit_limit=50_000_000_000, sell_plan=PlanId("retail")),
    emails=("a@b.example",),
)


def test_every_field_of_partner_and_contract_can_be_set_but_its_name() -> None:
    own, contract = set(Partner.__dataclass_fields__) - {"id"}, set(Contract.__dataclass_fields__)
    assert set(PARTNER_FIELDS) == own | contract | {"emails"}
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
    ],
)
def test_what_cannot_be_is_refused_with_its_name(field: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        changed_partner(ORBITA, {field: text})


@given(st.integers(-(2**62), 2**62), st.lists(st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}", fullmatch=True), max_size=3))
def test_what_is_shown_can_be_set_again(limit: int, emails: list[str]) -> None:
    partner = Partner(PartnerId("p"), "P, Inc.", Currency("USD"), credit_limit=limit, max_cps=3)
    terms = Agreement(partner, Contract(cycle="week"), tuple(emails))
    other = Agreement(Partner(PartnerId("p"), "Q", Currency("EUR")))
    assert changed_partner(other, partner_texts(terms)) == terms
