"""What a formula may ask about a call itself, made from the call."""

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.codes import BASE
from domain.directory import Partner
from domain.limits import SLOT_MS
from domain.origins import INVALID
from domain.points import valid
from domain.policies.arranging import CallFigures, RoomOf
from domain.world import NO_DESTINATION, CodeBook

OTHER = "other"
"""The type of a caller of whose number the reference book knows no more than its country."""


def call_figures(
    client: Partner,
    product: str,
    caller: str,
    attestation: str,
    at_ms: int,
    codes: CodeBook,
    room: RoomOf | None = None,
) -> tuple[CallFigures, int, int]:
    """Return what a formula may ask about a call, and since and until when its hour is the same (UTC ms)."""
    local = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(client.zone))
    slot_ms = at_ms - at_ms % SLOT_MS  # no hour begins within one
    country, kind = told_of(caller, codes)
    figures = CallFigures(client.id, local.hour, local.isoweekday(), country, attestation, product, room, kind)
    return figures, slot_ms, slot_ms + SLOT_MS


def told_of(caller: str, codes: CodeBook) -> tuple[str, str]:
    """Return the country of a caller, and of which type his number is; "" where the reference book does not know it.

    What is no number is of type `invalid`, as it is for rates by who calls.
    """
    where = codes.destination_of(caller) or NO_DESTINATION
    kind = codes.kind_of(where)
    word = OTHER if kind == BASE else kind.lower().replace(" ", "-")
    return codes.country_of(where), word if valid(caller) else INVALID
