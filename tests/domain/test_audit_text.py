"""What the audit trail says changed."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.audit_text import changes, everything
from domain.causes import Cause
from domain.credit import OnLimit, PartnerOptions
from domain.directory import AnswerRule, Direction, NumberRules, Partner, Switch, Trunk, TrunkOptions
from domain.end_users import EndUser
from domain.ids import EndUserId, PartnerId, SwitchId, TrunkId
from domain.money import Currency, units_of
from domain.recipes import recipe_named
from domain.short_calls import ShortCallRule
from store.values_json import to_plain

SWITCH = Switch(SwitchId("gw1"), "192.0.2.10", recipe_named("cisco"), secret="***")
TRUNK = Trunk(TrunkId("t"), PartnerId("acme"), Direction.IN, switch=SwitchId("gw1"))
NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text("xyz"), lambda v: st.dictionaries(NAMES, v))


def told(before: object, after: object) -> list[str]:
    return list(changes(None if before is None else to_plain(before), None if after is None else to_plain(after)))


def test_one_field_of_a_recipe_is_one_field_of_the_trail() -> None:
    after = replace(SWITCH, recipe=replace(SWITCH.recipe, zone="Europe/Kyiv"))
    assert told(SWITCH, after) == [f"recipe.zone: {SWITCH.recipe.zone} → Europe/Kyiv"]


def test_the_most_that_may_be_spent_is_told_by_the_name_by_which_it_is_set() -> None:
    alice = EndUser(EndUserId("alice"), max_units=units_of("5"))
    assert told(alice, replace(alice, max_units=units_of("7.25"))) == ["max_money: 5.00 → 7.25"]
    assert "max_money: 5.00" in told(None, alice)
    assert "max_money: 5.00" in everything(to_plain(alice), to_plain(alice))


def test_options_and_answers_of_a_trunk_are_told_one_by_one() -> None:
    one = replace(TRUNK, options=TrunkOptions(answers=(AnswerRule(Cause.NO_ROUTE, 503, "No route"),)))
    other = replace(TRUNK, options=TrunkOptions(answers=(AnswerRule(Cause.NO_ROUTE, 404, "No route"),)), max_calls=5)
    assert told(one, other) == ["max_calls: none → 5", "options.answers.no-route.status: 503 → 404"]
    assert told(TRUNK, one) == [
        "options.answers.no-route.phrase: none → No route",
        "options.answers.no-route.q850: none → 0",
        "options.answers.no-route.status: none → 503",
    ]


def test_what_is_added_shows_what_is_not_as_usual() -> None:
    added = replace(SWITCH, recipe=replace(SWITCH.recipe, interim_s=60))
    assert {text for text in told(None, added) if text.startswith("recipe")} == {
        "recipe: cisco",
        "recipe.interim_s: 60",
    }
    assert not [text for text in told(None, TRUNK) if text.startswith(("options", "rules"))]
    assert "rules.tech_prefix: 99" in told(None, replace(TRUNK, rules=NumberRules(tech_prefix="99")))


def test_what_is_watched_of_a_partner_is_told_option_by_option() -> None:
    partner = Partner(PartnerId("acme"), "Acme", Currency("USD"))
    watched = replace(partner, options=PartnerOptions(low_balance=500_000_000, on_limit=OnLimit.SUSPEND))
    assert told(partner, watched) == ["options.low_balance: 0.00 → 5.00", "options.on_limit: refuse → suspend"]
    assert not [text for text in told(None, partner) if text.startswith("options")]
    short = replace(partner, options=PartnerOptions(short_sell=ShortCallRule(1_000_000, codes=("44",))))
    assert told(partner, short) == ['options.short_sell.codes: [] → ["44"]', "options.short_sell.fee: 0.00 → 0.01"]


def test_what_is_removed_shows_what_it_had() -> None:
    assert "partner: acme" in told(TRUNK, None)


def test_single_values_and_money_are_told_as_people_read_them() -> None:
    assert list(changes("active", "suspended")) == ["active → suspended"]
    assert list(changes({"credit_limit": 100_000_000, "at_ms": 0}, {"credit_limit": 0, "at_ms": 0})) == [
        "credit_limit: 1.00 → 0.00"
    ]
    assert list(changes(None, {"at_ms": 1_793_491_200_000})) == ["at_ms: 2026-11-01T00:00:00.000Z"]


def test_everything_shows_the_fields_that_stayed_too() -> None:
    after = replace(TRUNK, max_calls=5)
    shown = list(everything(to_plain(TRUNK), to_plain(after)))
    assert "max_calls: none → 5" in shown and "partner: acme" in shown and "options.transport: none" in shown
    assert len([text for text in shown if " → " in text]) == 1
    assert "recipe.zone: UTC" in list(everything(None, {"recipe": {"zone": "UTC"}}))


@given(st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, VALUES))
def test_nothing_is_told_exactly_where_nothing_differs(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert not list(changes(before, before))
    texts = list(changes(before, after))
    assert all(": " in text and " → " in text for text in texts)
    if not texts:
        assert _bare(before) == _bare(after)


def _bare(value: Any) -> Any:
    """A thing without fields that are themselves nothing."""
    if isinstance(value, dict):
        return {name: bare for name, held in value.items() if (bare := _bare(held)) not in ({},)}
    return value
