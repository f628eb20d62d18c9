"""Allowed losses by the names of their fields: what `losses set` and `losses show` speak of.

The budget is a decimal in the base currency, a destination its name, moments ISO times. Whose calls they are is no
field: what was lost by one client is not another's.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.errors import InputError
from domain.field_text import most_money, texts_of, unknown_field, with_texts
from domain.ids import DestinationId
from domain.losses import AllowedLoss
from domain.money import decimal_text

_MOMENTS = {"from": "from_ms", "until": "until_ms"}
_PLAIN = ("period", "vendor", "code", "most_bp", "zone", "why")
LOSS_FIELDS = ("budget", "period", "destination", "code", "vendor", "most_bp", "from", "until", "zone", "why")
"""All that can be set, in the order in which it is shown."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def loss_texts(loss: AllowedLoss, name_of: Callable[[DestinationId], str]) -> dict[str, str]:
    """Return every field as text, as `changed_loss` takes it."""
    texts = {name: text for name, text in texts_of(loss).items() if name in _PLAIN}
    texts["budget"] = decimal_text(loss.budget, 2)
    texts["destination"] = "" if loss.destination is None else name_of(loss.destination) or f"{loss.destination}"
    for name, held in _MOMENTS.items():
        at_ms = getattr(loss, held)
        texts[name] = "" if at_ms is None else (_EPOCH + timedelta(milliseconds=at_ms)).isoformat()
    return {name: texts[name] for name in LOSS_FIELDS}


def changed_loss(
    loss: AllowedLoss, texts: Mapping[str, str], destination_of: Callable[[str], DestinationId]
) -> AllowedLoss:
    """Return the allowance with some fields changed. Raises InputError, which names the field and what it takes."""
    where = f"allowed loss {loss.id}"
    for name in texts:
        if name not in LOSS_FIELDS:
            raise unknown_field(name, LOSS_FIELDS, where)
    changed = with_texts(loss, {name: text for name, text in texts.items() if name in _PLAIN}, where)
    if "budget" in texts:
        changed = replace(changed, budget=most_money("budget", texts["budget"].strip(), where) or 0)
    if "destination" in texts:
        named = texts["destination"].strip()
        changed = replace(changed, destination=destination_of(named) if named else None)
    if "from" in texts:
        changed = replace(changed, from_ms=_moment(texts["from"].strip(), f"{where}, from"))
    if "until" in texts:
        changed = replace(changed, until_ms=_moment(texts["until"].strip(), f"{where}, until"))
    return changed


def _moment(text: str, where: str) -> int | None:
    if text in ("", "none"):
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        mend = "Give an ISO time such as 2026-12-01T00:00:00Z; without a zone it is UTC."
        raise InputError(f"{text!r} is no time", where=where, mend=mend) from None
    return ((read if read.tzinfo else read.replace(tzinfo=UTC)) - _EPOCH) // timedelta(milliseconds=1)
