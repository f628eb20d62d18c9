"""A short-call rule by the names of its fields, as `partners set` takes them behind the rule's own name.

`short_sell.fee=0.01 short_sell.free_percent=15 short_sell.within_s=6`: the fee is a decimal in the contract's currency,
the share that is free a number of per cent.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.errors import InputError
from domain.field_text import names_of, texts_of, with_texts
from domain.money import Currency, units_of
from domain.short_calls import ShortCallRule, check_rule, fee_text, percent_bp, percent_text, rule_words

_FEE, _FREE, _SHARE = "fee", "free_bp", "free_percent"
RULE_FIELDS = tuple(_SHARE if name == _FREE else name for name in names_of(ShortCallRule))
"""All that can be set of a rule, in the order in which it is shown."""


def rule_texts(rule: ShortCallRule) -> dict[str, str]:
    """Return every field as text, as `changed_rule` takes it."""
    texts = texts_of(rule) | {_FEE: fee_text(rule.fee) if rule.fee else "0", _SHARE: percent_text(rule.free_bp)}
    return {name: texts[name] for name in RULE_FIELDS}


def changed_rule(rule: ShortCallRule, texts: Mapping[str, str], name: str, where: str) -> ShortCallRule:
    """Return the rule with some fields changed; `name` is its own. Raises InputError, which names the field."""
    plain = {field: text for field, text in texts.items() if field not in (_FEE, _SHARE)}
    changed = with_texts(rule, plain, f"{where}, {name}")
    if _FEE in texts:
        changed = replace(changed, fee=_fee(texts[_FEE], f"{where}, {name}.{_FEE}"))
    if _SHARE in texts:
        share = percent_bp(texts[_SHARE])
        if share is None:
            mend = "Give per cent with two decimals at most, such as 15 or 12.5."
            raise InputError(f"{texts[_SHARE]!r} is no share", where=f"{where}, {name}.{_SHARE}", mend=mend)
        changed = replace(changed, free_bp=share)
    changed = replace(changed, codes=tuple(dict.fromkeys(changed.codes)))
    check_rule(changed, name, where)
    return changed


def of_rule(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return what is set of the rule of a name, by the rule's own fields."""
    return {field.removeprefix(f"{name}."): text for field, text in texts.items() if field.startswith(f"{name}.")}


def given_words(options: Mapping[str, str], currency: Currency) -> list[str]:
    """Say what a partner's options, by their names, ask for short calls: of us, of it; empty where they ask nothing."""
    said = []
    for name, who in (("short_sell", "we charge"), ("short_buy", "it charges")):
        given = {field: text for field, text in of_rule(name, options).items() if field in RULE_FIELDS}
        words = rule_words(changed_rule(ShortCallRule(), given, name, "partner"), currency)
        if words:
            said.append(f"{who} {words}")
    return said


def _fee(text: str, where: str) -> int:
    try:
        return units_of(text.strip() or "0")
    except InputError:
        mend = "Give the fee per call, such as 0.01, or 0 for none."
        raise InputError(f"{text!r} is no amount", where=where, mend=mend) from None
