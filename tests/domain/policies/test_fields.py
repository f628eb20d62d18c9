"""Policies by the names of their fields, and the ready ones."""

import pytest

from domain.directory import Policy
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId
from domain.policies.fields import POLICY_FIELDS, changed_policy, named_vendors, policy_texts, said_texts
from domain.policies.library import LIBRARY, Ready, ready
from domain.policies.policy import Unmet
from domain.policies.rules import check, rules_of
from domain.route_watch import Action

TEXTS = {
    "order": "price, then asr * acd / pdd_p50",
    "only": 'vendor != "kestrel"',
    "unmet": "refuse",
    "window": "100 calls",
    "vendors": "bluewire,savanna",
    "max_routes": "3",
    "min_margin_bp": "250",
    "min_margin": "0.0005",
    "split": "bluewire:60, nordlink:40",
    "watch_asr": "35.5",
    "watch_action": "last",
    "watch_probe_money": "2.50",
}


def test_what_is_said_comes_back_as_it_was_given_and_what_is_not_is_empty() -> None:
    policy = changed_policy(Policy("p"), TEXTS)
    assert (policy.min_margin, policy.watch_probe_units, policy.watch_asr) == (50_000, 250_000_000, 35.5)
    assert (policy.unmet, policy.watch_action, policy.max_routes) == (Unmet.REFUSE, Action.LAST, 3)
    assert said_texts(policy) == TEXTS
    assert tuple(policy_texts(policy)) == POLICY_FIELDS
    assert changed_policy(policy, dict.fromkeys(POLICY_FIELDS, "")) == Policy("p")
    assert named_vendors(policy) == {PartnerId("bluewire"), PartnerId("savanna"), PartnerId("nordlink")}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"ordr": "price"}, "policy p: there is no field 'ordr'. Did you mean order"),
        ({"version": "3"}, "no field 'version'"),
        ({"order": "price, then pryce"}, "policy p, order: 'pryce' in column 13 is no figure. Did you mean price"),
        ({"max_routes": "few"}, "max_routes takes a whole number"),
        ({"min_margin": "-1"}, "policy p, min_margin"),
        ({"unmet": "perhaps"}, "one of best, refuse"),
        ({"watch_asr": "1e3"}, "a number such as 35"),
        ({"only": "asr\n>= 3"}, "without control characters"),
    ],
)
def test_what_cannot_be_said_is_told_with_its_field(texts: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as raised:
        changed_policy(Policy("p"), texts)
    assert said in str(raised.value)


@pytest.mark.parametrize("one", LIBRARY, ids=lambda one: one.policy.name)
def test_every_ready_policy_can_be(one: Ready) -> None:
    check(one.policy)
    assert rules_of((one.policy,)).arranges
    assert ready(one.policy.name) is one
    assert one.words[0].islower() and not one.words.endswith(".")


def test_a_ready_policy_that_is_not_there_has_near_ones() -> None:
    with pytest.raises(NotFoundError, match="Did you mean quality"):
        ready("qualitty")
