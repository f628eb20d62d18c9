"""Partners by the names of their fields: what `partners set` and `partners show` speak of.

A partner has its own fields, its options, those of its contract, and the mail addresses of its billing, its NOC and
those that are told rates.
Money is a decimal in the contract's currency, a vendor's `min_margin` in the base currency. What belongs to a rule
stands behind the rule's name: `short_sell.fee`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.contract import Contract
from domain.credit import PartnerOptions
from domain.directory import Partner
from domain.errors import InputError
from domain.failover import failover_of
from domain.field_text import names_of, parts_of, texts_of, unknown_field, with_texts
from domain.money import decimal_text, units_of
from domain.policies.rules import check_least_margin
from domain.short_call_fields import RULE_FIELDS, changed_rule, of_rule, rule_texts
from domain.short_calls import check_rule

_OWN = tuple(name for name in names_of(Partner) if name not in ("id", "options"))
_SHORT_SELL, _SHORT_BUY = "short_sell", "short_buy"
_RULES = (_SHORT_SELL, _SHORT_BUY)
_PLAIN = tuple(name for name in names_of(PartnerOptions) if name not in _RULES)
_OPTIONS = (*_PLAIN, *(f"{rule}.{name}" for rule in _RULES for name in RULE_FIELDS))
_CONTRACT = names_of(Contract)
_LIMIT, _LOW, _LEAST, _EMAILS, _NOC, _RATES = (
    "credit_limit",
    "low_balance",
    "min_margin",
    "emails",
    "noc_emails",
    "rates_emails",
)
_MONEY = (_LIMIT, _LOW, _LEAST)
_OPTION_MONEY = (_LOW, _LEAST)
MOST_SHARES, HIGHEST_SHARE = 10, 1000
PARTNER_FIELDS = (*_OWN, *_OPTIONS, *_CONTRACT, _EMAILS, _NOC, _RATES)
"""All that can be set of a partner, in the order in which it is shown."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """All that is agreed with a partner: what calls need, the rest of its contract, where invoices and notices go."""

    partner: Partner
    contract: Contract = field(default_factory=Contract)
    emails: tuple[str, ...] = ()
    noc_emails: tuple[str, ...] = ()
    rates_emails: tuple[str, ...] = ()


def partner_texts(terms: Agreement) -> dict[str, str]:
    """Return every field as text, as `changed_partner` takes it."""
    partner = terms.partner
    texts = texts_of(replace(partner, options=PartnerOptions())) | {_LIMIT: decimal_text(partner.credit_limit)}
    texts |= _option_texts(partner.options)
    texts |= texts_of(terms.contract)
    texts |= {_EMAILS: ",".join(terms.emails), _NOC: ",".join(terms.noc_emails), _RATES: ",".join(terms.rates_emails)}
    return {name: texts[name] for name in PARTNER_FIELDS}


def changed_partner(terms: Agreement, texts: Mapping[str, str]) -> Agreement:
    """Return the terms with some fields changed. Raises InputError, which names the field and what it takes."""
    where = f"partner {terms.partner.id}"
    for name in texts:
        if name not in PARTNER_FIELDS:
            raise unknown_field(name, PARTNER_FIELDS, where)
    own = {name: text for name, text in texts.items() if name in _OWN and name not in _MONEY}
    if not own.get("name", "x").strip():
        raise InputError("name is empty", where=where, mend="Give the company's name.")
    if "currency" in own:
        own["currency"] = own["currency"].strip().upper()
    partner = with_texts(terms.partner, own, where)
    if _LIMIT in texts:
        partner = replace(partner, credit_limit=_money(_LIMIT, texts[_LIMIT], where))
    if changed := {name: text for name, text in texts.items() if name in _OPTIONS}:
        partner = replace(partner, options=changed_options(partner.options, changed, where))
    check_options(partner, where)
    contract = with_texts(terms.contract, {name: text for name, text in texts.items() if name in _CONTRACT}, where)
    emails = tuple(parts_of(texts[_EMAILS])) if _EMAILS in texts else terms.emails
    noc_emails = tuple(parts_of(texts[_NOC])) if _NOC in texts else terms.noc_emails
    rates_emails = tuple(parts_of(texts[_RATES])) if _RATES in texts else terms.rates_emails
    return Agreement(partner, contract, emails, noc_emails, rates_emails)


def given_options(partner: Partner) -> dict[str, str]:
    """Return the options of a partner that are not as they are by default, as text."""
    usual, own = _option_texts(PartnerOptions()), _option_texts(partner.options)
    return {name: text for name, text in own.items() if text != usual[name]}


def _option_texts(options: PartnerOptions) -> dict[str, str]:
    plain = texts_of(options)
    texts = {name: plain[name] for name in _PLAIN}
    texts |= {name: decimal_text(getattr(options, name)) for name in _OPTION_MONEY}
    for rule, held in zip(_RULES, (options.short_sell, options.short_buy), strict=True):
        texts |= {f"{rule}.{name}": text for name, text in rule_texts(held).items()}
    return texts


def changed_options(options: PartnerOptions, texts: Mapping[str, str], where: str) -> PartnerOptions:
    """Return options with some changed, shares of the limit in their order. Raises InputError."""
    plain = {
        name: text for name, text in texts.items() if name not in _OPTION_MONEY and name.partition(".")[0] not in _RULES
    }
    changed = with_texts(options, plain, where)
    for name in _OPTION_MONEY:
        if name in texts:
            money: dict[str, Any] = {name: _money(name, texts[name] or "0", where)}
            changed = replace(changed, **money)
    sell = changed_rule(options.short_sell, of_rule(_SHORT_SELL, texts), _SHORT_SELL, where)
    buy = changed_rule(options.short_buy, of_rule(_SHORT_BUY, texts), _SHORT_BUY, where)
    return replace(changed, warn_percent=tuple(sorted(set(changed.warn_percent))), short_sell=sell, short_buy=buy)


def check_options(partner: Partner, where: str) -> None:
    """Raise InputError for options that cannot be."""
    options = partner.options
    if len(options.warn_percent) > MOST_SHARES or not all(0 < share <= HIGHEST_SHARE for share in options.warn_percent):
        mend = f"Give up to {MOST_SHARES} whole shares of 1 to {HIGHEST_SHARE} per cent, such as 50,80,95."
        raise InputError("warn_percent cannot be that", where=where, mend=mend)
    if options.low_balance < 0:
        raise InputError(f"low_balance is {decimal_text(options.low_balance)}", where=where, mend="Give 0 or more.")
    if options.low_balance and not partner.prepaid:
        mend = "Set prepaid=true, or low_balance=0: a credit limit is watched by warn_percent."
        raise InputError("low_balance is for prepaid partners", where=where, mend=mend)
    if not 1 <= options.reinstate_below <= 100:
        mend = "Give 1 to 100: a partner suspended by its balance comes back below that share of its limit."
        raise InputError(f"reinstate_below is {options.reinstate_below}", where=where, mend=mend)
    check_least_margin(options.min_margin_bp, options.min_margin, where)
    if options.failover:
        failover_of(options.failover, f"{where}, failover")
    check_rule(options.short_sell, _SHORT_SELL, where)
    check_rule(options.short_buy, _SHORT_BUY, where)


def _money(field: str, text: str, where: str) -> int:
    try:
        units = units_of(text.strip())
    except InputError:
        mend = "Give an amount such as 500 or 12.50."
        raise InputError(f"{text!r} is no amount", where=f"{where}, {field}", mend=mend) from None
    if abs(units) >= 2**63:
        raise InputError(f"{text} is too large", where=f"{where}, {field}", mend="At most 92 billion can be kept.")
    return units
