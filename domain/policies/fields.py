"""Policies by the names of their fields: what `policies set` and `policies show` speak of.

What is not said is "": it is left to the policies below. Money is a decimal in the base currency.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.field_text import most_money, names_of, texts_of, unknown_field, with_texts
from domain.ids import PartnerId
from domain.money import decimal_text
from domain.policies.policy import ANY_VENDOR, Policy
from domain.policies.rules import check
from domain.policies.spread import shares_of, split_of

_MONEY = {"min_margin": "min_margin", "watch_probe_money": "watch_probe_units"}
"""Fields of money by the name that people give them, with the field of Policy that holds the units."""
_CALLED = {held: name for name, held in _MONEY.items()}
_FIRST = ("order", "only", "keep", "unmet", "window", "vendors", "max_routes", "min_margin_bp", "min_margin")
POLICY_FIELDS = (
    *_FIRST,
    *(_CALLED.get(name, name) for name in names_of(Policy) if name not in ("name", "version", *_FIRST)),
)
"""All that can be said by a policy, in the order in which it is shown."""


def policy_texts(policy: Policy) -> dict[str, str]:
    """Return every field as text, as `changed_policy` takes it."""
    texts = texts_of(policy)
    for name, held in _MONEY.items():
        units = getattr(policy, held)
        texts[name] = "" if units is None else decimal_text(units)
    return {name: texts[name] for name in POLICY_FIELDS}


def said_texts(policy: Policy) -> dict[str, str]:
    """Return the fields that a policy says something by."""
    return {name: text for name, text in policy_texts(policy).items() if text}


def named_vendors(policy: Policy) -> frozenset[PartnerId]:
    """Return the partners that a policy names as vendors. Raises InputError for one that was not checked."""
    split = split_of(policy.split) if policy.split else None
    shares = shares_of(policy.max_share) if policy.max_share else {}
    return frozenset({*policy.vendors, *(split.weights if split else ()), *shares}) - {ANY_VENDOR}


def changed_policy(policy: Policy, texts: Mapping[str, str]) -> Policy:
    """Return the policy with some fields changed, and checked. Raises InputError: which field, what is wrong."""
    where = f"policy {policy.name}"
    for name in texts:
        if name not in POLICY_FIELDS:
            raise unknown_field(name, POLICY_FIELDS, where)
    changed = with_texts(policy, {name: text for name, text in texts.items() if name not in _MONEY}, where)
    for name in _MONEY.keys() & texts.keys():
        units: Any = most_money(name, texts[name].strip(), where)
        changed = replace(changed, **{_MONEY[name]: units})
    check(changed)
    return changed
