"""What goes from one book to another, as JSON in the outbox: postings, and partners that move."""

import json
from typing import Any

from domain.calls import Side
from domain.commands import Entity, Parcel
from domain.credit import Standing
from domain.ids import PartnerId
from domain.limits import LimitId
from domain.money import Currency
from store.book_rows import hold_of, hold_row
from store.posting_json import posting_of, posting_text

MOVED = "moved"
"""The field that an entity's text has, and a posting's has not."""


def parcel_text(parcel: Parcel) -> str:
    """Write a posting or an entity as JSON."""
    if not isinstance(parcel, Entity):
        return posting_text(parcel)
    its = parcel.standing
    plain = {
        MOVED: parcel.partner,
        "posted": [[side.value, currency, units] for side, currency, units in parcel.posted],
        "holds": [[_plain(value) for value in hold_row(hold)] for hold in parcel.holds],
        "lapsed": [[_plain(value) for value in hold_row(hold)] for hold in parcel.lapsed],
        "standing": [its.suspended, its.warned, its.low, its.since_ms],
        "uses": [list(use) for use in parcel.uses],
    }
    return json.dumps(plain)


def parcel_of(text: str) -> Parcel:
    """Read a posting or an entity."""
    if f'"{MOVED}"' not in text[: len(MOVED) + 4]:
        return posting_of(text)
    given = json.loads(text)
    return Entity(
        partner=PartnerId(given[MOVED]),
        posted=tuple((Side(side), Currency(currency), units) for side, currency, units in given["posted"]),
        holds=tuple(hold_of([_value(value) for value in row]) for row in given["holds"]),
        lapsed=tuple(hold_of([_value(value) for value in row]) for row in given.get("lapsed", [])),
        standing=Standing(*given["standing"]),
        uses=tuple((LimitId(limit), period_ms, seconds, units) for limit, period_ms, seconds, units in given["uses"]),
    )


def _plain(value: object) -> object:
    return {"octets": value.hex()} if isinstance(value, bytes) else value


def _value(value: Any) -> Any:
    return bytes.fromhex(value["octets"]) if isinstance(value, dict) else value
