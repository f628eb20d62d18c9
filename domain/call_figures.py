"""What a formula may ask about a call itself, made from the call."""

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.directory import Partner
from domain.limits import SLOT_MS
from domain.policies.arranging import CallFigures, RoomOf
from domain.world import NO_DESTINATION, CodeBook


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
    country = codes.country_of(codes.destination_of(caller) or NO_DESTINATION)
    figures = CallFigures(client.id, local.hour, local.isoweekday(), country, attestation, product, room)
    return figures, slot_ms, slot_ms + SLOT_MS
