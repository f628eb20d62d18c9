"""Partners, switches, trunks, policies, exchange rates: what may enter, and what comes back."""

from dataclasses import replace
from typing import Any

import pytest

from domain.contract import Contract
from domain.credit import PartnerOptions
from domain.directory import Direction, FxRate, NumberRules, Outage, PartnerStatus, Policy, Recipe, TrunkOptions
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency, units_of
from domain.short_calls import CountedBy, ShortCallRule
from store.catalog import Catalog
from store.catalog.partners import Contact
from tests.store.catalog.builders import AT, BY, partner, rules, switch, trunk, with_plan


def test_a_partner_comes_back_as_it_was_given(catalog: Catalog) -> None:
    given = partner(zone="Europe/Berlin", credit_limit=10**15, max_calls=30, outage=Outage.TRUST)
    catalog.partners.add(given, Contract(pay_days=15, cycle="week"), **BY)
    assert catalog.partners.get(given.id) == given
    assert catalog.partners.list() == [given]
    assert catalog.partners.contract(given.id) == Contract(pay_days=15, cycle="week")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"id": PartnerId("Orbita Ltd")}, "is no short name"),
        ({"currency": Currency("DOLLAR")}, "unknown currency 'DOLLAR'"),
        ({"zone": "Europe/Berlinn"}, "Did you mean Europe/Berlin"),
        ({"zone": "../etc/passwd"}, "unknown time zone"),
        ({"credit_limit": units_of("-5")}, r"credit_limit is negative \(-5(\.0+)?\)"),
        ({"prepaid": True, "credit_limit": 5}, "prepaid partner has no credit limit"),
        ({"policy": "defolt"}, "Did you mean default"),
        ({"sell_plan": PlanId("none")}, "there is no plan 'none'"),
    ],
)
def test_what_a_partner_cannot_be_is_said_with_the_way_to_mend_it(
    catalog: Catalog, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words) as refused:
        catalog.partners.add(partner(**fields), **BY)
    assert refused.value.mend
    assert catalog.partners.list() == []


def test_a_taken_id_is_a_conflict_and_a_missing_one_names_a_near_one(catalog: Catalog) -> None:
    catalog.partners.add(partner("orbita"), **BY)
    with pytest.raises(ConflictError, match="already a partner 'orbita'"):
        catalog.partners.add(partner("orbita"), **BY)
    with pytest.raises(NotFoundError, match="Did you mean orbita"):
        catalog.partners.get(PartnerId("orbitta"))


def test_a_partner_changes_all_but_its_currency(catalog: Catalog) -> None:
    catalog.partners.add(partner(), Contract(pay_days=7), **BY)
    catalog.partners.change(partner(max_calls=5), **BY)
    assert catalog.partners.get(PartnerId("orbita")).max_calls == 5
    assert catalog.partners.contract(PartnerId("orbita")).pay_days == 7
    with pytest.raises(InputError, match="currency cannot change"):
        catalog.partners.change(partner(currency=Currency("EUR")), **BY)


def test_what_short_calls_cost_comes_back_as_it_was_given(catalog: Catalog) -> None:
    rule = ShortCallRule(1_000_000, 10, 1250, 100, CountedBy.CODE, ("1", "44"))
    given = replace(partner("orbita"), options=PartnerOptions(short_sell=rule, short_buy=replace(rule, codes=("7",))))
    catalog.partners.add(given, **BY)
    assert catalog.partners.get(PartnerId("orbita")) == given
    wrong = replace(given, options=PartnerOptions(short_sell=replace(rule, within_s=0)))
    with pytest.raises(InputError, match=r"short_sell\.within_s is 0"):
        catalog.partners.change(wrong, **BY)


def test_suspending_twice_changes_once_and_is_in_the_trail(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    suspend = PartnerId("orbita"), PartnerStatus.SUSPENDED
    assert catalog.partners.set_status(*suspend, who="bob", at_ms=AT + 5)
    assert not catalog.partners.set_status(*suspend, who="bob", at_ms=AT + 6)
    last, first = catalog.audit.list("partner", "orbita")
    assert (last.who, last.at_ms, last.action, last.before, last.after) == (
        "bob",
        AT + 5,
        "suspended",
        "active",
        "suspended",
    )
    assert (first.before, first.after["name"]) == (None, "Orbita")


def test_contacts_keep_their_order(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    for mail in ("b@orbita.example", "a@orbita.example"):
        catalog.partners.add_contact(PartnerId("orbita"), Contact("billing", mail), **BY)
    assert [contact.email for contact in catalog.partners.contacts(PartnerId("orbita"))] == [
        "b@orbita.example",
        "a@orbita.example",
    ]
    with pytest.raises(InputError, match="no mail address"):
        catalog.partners.add_contact(PartnerId("orbita"), Contact("billing", "orbita"), **BY)


def test_a_switch_comes_back_with_all_of_its_recipe_and_its_secret_is_not_in_the_trail(catalog: Catalog) -> None:
    given = switch(recipe=Recipe("odd", sends_interims=True, call_id_attributes=("a", "b"), zone="Asia/Kolkata"))
    catalog.switches.add(given, **BY)
    assert catalog.switches.get(given.id) == given
    assert catalog.audit.list("switch")[0].after["secret"] == "***"


def test_two_switches_never_share_an_address(catalog: Catalog) -> None:
    catalog.switches.add(switch("gw1", "2001:db8::1"), **BY)
    with pytest.raises(ConflictError, match="is the address of switch gw1"):
        catalog.switches.add(switch("gw2", "2001:0db8:0::1"), **BY)
    with pytest.raises(InputError, match="no IP address"):
        catalog.switches.add(switch("gw3", "gw3.example"), **BY)


def test_two_switches_never_share_the_name_in_a_certificate(catalog: Catalog) -> None:
    catalog.switches.add(switch(recipe=Recipe("cisco", tls_name="gw.example")), **BY)
    with pytest.raises(ConflictError, match="is the tls_name of switch gw1"):
        catalog.switches.add(switch("gw2", "192.0.2.2", recipe=Recipe("cisco", tls_name="GW.example")), **BY)
    catalog.switches.add(switch("gw2", "192.0.2.2"), **BY)
    catalog.switches.add(switch("gw3", "192.0.2.3"), **BY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("interim_s", 59),
        ("interim_s", 86_401),
        ("interim_s", 10**16),
        ("hold_asked_s", 4),
        ("hold_asked_s", 3_601),
        ("hold_asked_s", -1),
        ("disconnect_port", 0),
        ("disconnect_port", 65536),
    ],
)
def test_a_switch_is_told_to_end_calls_and_to_show_them_in_ways_that_it_knows(
    catalog: Catalog, field: str, value: int
) -> None:
    with pytest.raises(InputError, match=f"{field} is {value}"):
        catalog.switches.add(switch(recipe=Recipe("cisco", **{field: value})), **BY)  # type: ignore[arg-type]


@pytest.mark.parametrize("lost_end_s", [1, 600, -1])
def test_an_end_is_not_lost_before_its_call_is_to_show_itself(catalog: Catalog, lost_end_s: int) -> None:
    hasty = Recipe("cisco", sends_interims=True, interim_s=600, lost_end_s=lost_end_s)
    with pytest.raises(InputError, match="lost_end_s"):
        catalog.switches.add(switch(recipe=hasty), **BY)
    catalog.switches.add(switch(recipe=replace(hasty, lost_end_s=1_200)), **BY)


def test_outgoing_trunks_that_a_switch_could_not_tell_apart_are_refused(catalog: Catalog) -> None:
    for name in ("nordlink", "savanna"):
        catalog.partners.add(partner(name), **BY)
    out = Direction.OUT
    catalog.trunks.add(trunk("nord", "nordlink", out, host="192.0.2.9", prefix="77"), **BY)
    with pytest.raises(ConflictError, match="it and trunk nord cannot be told apart"):
        catalog.trunks.add(trunk("sav", "savanna", out, host="192.0.2.9 ", prefix="77"), **BY)
    catalog.trunks.add(trunk("sav", "savanna", out, host="192.0.2.9", prefix="78"), **BY)
    with pytest.raises(ConflictError, match="cannot be told apart"):
        catalog.trunks.change(trunk("sav", "savanna", out, host="192.0.2.9", prefix="77"), **BY)
    assert [each.id for each in catalog.trunks.list()] == ["nord", "sav"]
    assert catalog.trunks.get(TrunkId("sav")).rules.tech_prefix == "78"


@pytest.mark.parametrize(
    "fields",
    [
        {"host": "192.0.2.9\r\nEvil: x"},
        {"host": "fe80::1%eth0\r\nEvil: x"},
        {"host": "nord.example\nb"},
        {"host": "a,b"},
        {"host": "192.0.2.900"},
        {"host": "[2001:db8::1]"},
        {"host": "nord.example:5060"},
        {"host": "-nord.example"},
        {"host": "nord..example"},
        {"name": "nord\r\nEvil: x"},
        {"name": "a,b"},
        {"name": "n" * 65},
        {"rules": NumberRules(tech_prefix="77\r\n")},
        {"rules": NumberRules(add="<1>")},
        {"rules": NumberRules(country="44 ")},
        {"rules": NumberRules(international=("+", "0\n0"))},
        {"options": TrunkOptions(context="x>\r\nEvil: x"), "name": "nord"},
    ],
)
def test_what_goes_out_as_a_trunk_has_it_holds_nothing_that_breaks_a_header_or_a_table(
    catalog: Catalog, fields: dict[str, Any]
) -> None:
    catalog.partners.add(partner(), **BY)
    good = trunk("nord", direction=Direction.OUT, host="192.0.2.9")
    with pytest.raises(InputError):
        catalog.trunks.add(replace(good, **fields), **BY)
    catalog.trunks.add(good, **BY)
    with pytest.raises(InputError):
        catalog.trunks.change(replace(good, **fields), **BY)
    assert catalog.trunks.list() == [good]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Nord.Example ", "nord.example"),
        ("sip_1.nord-link.example", "sip_1.nord-link.example"),
        ("2001:0DB8:0::1", "2001:db8::1"),
        ("localhost", "localhost"),
        ("xn--nrd-5na.example", "xn--nrd-5na.example"),
    ],
)
def test_a_host_is_an_address_or_a_domain_name_in_its_normal_form(catalog: Catalog, given: str, kept: str) -> None:
    catalog.partners.add(partner(), **BY)
    catalog.trunks.add(trunk("nord", direction=Direction.OUT, host=given, name="PJSIP/nord link"), **BY)
    assert catalog.trunks.get(TrunkId("nord")).host == kept


def test_no_two_enabled_outgoing_trunks_have_one_name(catalog: Catalog) -> None:
    for name in ("nordlink", "savanna"):
        catalog.partners.add(partner(name), **BY)
    nord = trunk("nord", "nordlink", Direction.OUT, host="192.0.2.8", name="carrier")
    sav = trunk("sav", "savanna", Direction.OUT, "78", host="192.0.2.9", name="carrier")
    catalog.trunks.add(nord, **BY)
    with pytest.raises(ConflictError, match="trunk nord has the name 'carrier'"):
        catalog.trunks.add(sav, **BY)
    catalog.trunks.add(replace(sav, enabled=False), **BY)
    with pytest.raises(ConflictError, match="has the name"):
        catalog.trunks.change(sav, **BY)
    catalog.trunks.add(trunk("mine", "savanna", Direction.IN, name="carrier"), **BY)
    catalog.trunks.change(replace(nord, enabled=False), **BY)
    catalog.trunks.change(sav, **BY)


def test_a_trunk_names_what_exists_and_a_plan_of_its_side_and_currency(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    with_plan(catalog, "buy-a", "buy")
    with_plan(catalog, "sell-eur", currency="EUR")
    for fields, words in (
        ({"partner": PartnerId("nobody")}, "no partner 'nobody'"),
        ({"switch": SwitchId("gw9")}, "no switch 'gw9'"),
        ({"port": 0}, "0 is no port"),
        ({"direction": Direction.OUT}, "needs a host"),
        ({"plan": PlanId("buy-a")}, "is a buy plan"),
        ({"plan": PlanId("sell-eur")}, "is in EUR, the contract in USD"),
    ):
        with pytest.raises(InputError, match=words):
            catalog.trunks.add(trunk(**fields), **BY)


def test_a_plan_is_assigned_by_its_side_and_only_in_the_contracts_currency(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    catalog.trunks.add(trunk(), **BY)
    sell, buy = with_plan(catalog), with_plan(catalog, "buy-a", "buy")
    euro = with_plan(catalog, "euro", currency="EUR")
    catalog.plans.assign(sell, PartnerId("orbita"), **BY)
    catalog.plans.assign(buy, PartnerId("orbita"), **BY)
    catalog.plans.assign_to_trunk(sell, TrunkId("orbita-in"), **BY)
    found = catalog.partners.get(PartnerId("orbita"))
    assert (found.sell_plan, found.buy_plan) == (sell, buy)
    assert catalog.plans.assigned_to(sell) == ("orbita", "orbita-in")
    with pytest.raises(InputError, match="is in EUR, the contract in USD"):
        catalog.plans.assign(euro, PartnerId("orbita"), **BY)
    with pytest.raises(InputError, match="is a buy plan"):
        catalog.plans.assign_to_trunk(buy, TrunkId("orbita-in"), **BY)


def test_policies_name_partners_and_exchange_rates_other_currencies(catalog: Catalog) -> None:
    catalog.partners.add(partner("kestrel"), **BY)
    policy = Policy("static", (PartnerId("kestrel"),), min_margin_bp=50, max_routes=3)
    catalog.policies.set(policy, **BY)
    assert catalog.policies.list() == [Policy("default"), policy]
    with pytest.raises(NotFoundError, match="no partner 'nobody'"):
        catalog.policies.set(Policy("bad", (PartnerId("nobody"),)), **BY)
    rate = FxRate(Currency("EUR"), AT, 110_000_000, "ECB")
    catalog.fx.set(rate, **BY)
    assert catalog.fx.list() == [rate]
    with pytest.raises(InputError, match="base currency"):
        catalog.fx.set(FxRate(Currency("USD"), AT, 100_000_000), **BY)
    with pytest.raises(InputError, match="above zero"):
        catalog.fx.set(FxRate(Currency("EUR"), AT, 0), **BY)


def test_the_directory_holds_all_and_its_version_grows_with_each_change_of_it(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    catalog.switches.add(switch(), **BY)
    catalog.trunks.add(trunk(switch=SwitchId("gw1")), **BY)
    first = catalog.directory()
    assert first.partners == {PartnerId("orbita"): partner()}
    assert first.switches == {SwitchId("gw1"): switch()}
    assert first.trunks == {TrunkId("orbita-in"): trunk(switch=SwitchId("gw1"))}
    assert first.base_currency == "USD"
    catalog.plans.add(rules(), "sell", **BY)
    assert catalog.directory_version() == first.version
    catalog.partners.set_status(PartnerId("orbita"), PartnerStatus.SUSPENDED, **BY)
    assert catalog.directory().version > first.version
