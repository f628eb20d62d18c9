"""Limits by the names of their fields: what `limits set` and `limits show` speak of.

A destination is given by its name, money as a decimal in the limit's currency.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from domain.field_text import most_money, names_of, texts_of, unknown_field, with_texts
from domain.ids import DestinationId
from domain.limits import Limit
from domain.money import decimal_text

_DESTINATION, _MONEY = "destination", "max_money"
LIMIT_FIELDS = tuple(_MONEY if name == "max_units" else name for name in names_of(Limit) if name not in ("id", "part"))
"""All that can be set of a limit, in the order in which it is shown."""


def limit_texts(limit: Limit, name_of: Callable[[DestinationId], str]) -> dict[str, str]:
    """Return every field as text, as `changed_limit` takes it."""
    texts = texts_of(replace(limit, part=None))
    texts[_MONEY] = "" if limit.max_units is None else decimal_text(limit.max_units)
    texts[_DESTINATION] = "" if limit.destination is None else name_of(limit.destination) or f"{limit.destination}"
    return {name: texts[name] for name in LIMIT_FIELDS}


def changed_limit(limit: Limit, texts: Mapping[str, str], destination_of: Callable[[str], DestinationId]) -> Limit:
    """Return the limit with some fields changed. Raises InputError, which names the field and what it takes."""
    where = f"limit {limit.id}"
    for name in texts:
        if name not in LIMIT_FIELDS:
            raise unknown_field(name, LIMIT_FIELDS, where)
    plain = {name: text for name, text in texts.items() if name not in (_DESTINATION, _MONEY)}
    if "currency" in plain:
        plain["currency"] = plain["currency"].strip().upper()
    changed = with_texts(limit, plain, where)
    if _DESTINATION in texts:
        named = texts[_DESTINATION].strip()
        changed = replace(changed, destination=destination_of(named) if named else None)
    if _MONEY in texts:
        changed = replace(changed, max_units=most_money(_MONEY, texts[_MONEY].strip(), where))
    return changed
