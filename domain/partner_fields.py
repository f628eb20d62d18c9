"""Partners by the names of their fields: what `partners set` and `partners show` speak of.

A partner has its own fields, those of its contract, and the mail addresses of its billing. Money is a decimal in the
contract's currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.contract import Contract
from domain.directory import Partner
from domain.errors import InputError
from domain.field_text import names_of, parts_of, texts_of, unknown_field, with_texts
from domain.money import decimal_text, units_of

_OWN = tuple(name for name in names_of(Partner) if name != "id")
_CONTRACT = names_of(Contract)
_LIMIT, _EMAILS = "credit_limit", "emails"
PARTNER_FIELDS = (*_OWN, *_CONTRACT, _EMAILS)
"""All that can be set of a partner, in the order in which it is shown."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """All that is agreed with a partner: what calls need, the rest of its contract, where invoices go."""

    partner: Partner
    contract: Contract = field(default_factory=Contract)
    emails: tuple[str, ...] = ()


def partner_texts(terms: Agreement) -> dict[str, str]:
    """Return every field as text, as `changed_partner` takes it."""
    texts = texts_of(terms.partner) | {_LIMIT: decimal_text(terms.partner.credit_limit)}
    texts |= texts_of(terms.contract) | {_EMAILS: ",".join(terms.emails)}
    return {name: texts[name] for name in PARTNER_FIELDS}


def changed_partner(terms: Agreement, texts: Mapping[str, str]) -> Agreement:
    """Return the terms with some fields changed. Raises InputError, which names the field and what it takes."""
    where = f"partner {terms.partner.id}"
    for name in texts:
        if name not in PARTNER_FIELDS:
            raise unknown_field(name, PARTNER_FIELDS, where)
    own = {name: text for name, text in texts.items() if name in _OWN and name != _LIMIT}
    if not own.get("name", "x").strip():
        raise InputError("name is empty", where=where, mend="Give the company's name.")
    if "currency" in own:
        own["currency"] = own["currency"].strip().upper()
    partner = with_texts(terms.partner, own, where)
    if _LIMIT in texts:
        partner = replace(partner, credit_limit=_money(texts[_LIMIT], where))
    contract = with_texts(terms.contract, {name: text for name, text in texts.items() if name in _CONTRACT}, where)
    emails = tuple(parts_of(texts[_EMAILS])) if _EMAILS in texts else terms.emails
    return Agreement(partner, contract, emails)


def _money(text: str, where: str) -> int:
    try:
        units = units_of(text.strip())
    except InputError:
        mend = "Give an amount such as 500 or 12.50."
        raise InputError(f"{text!r} is no amount", where=f"{where}, {_LIMIT}", mend=mend) from None
    if abs(units) >= 2**63:
        raise InputError(f"{text} is too large", where=f"{where}, {_LIMIT}", mend="At most 92 billion can be kept.")
    return units
