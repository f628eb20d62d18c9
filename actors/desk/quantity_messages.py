"""Commitments and swaps as operators see them."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from domain.ids import DestinationId
from domain.quantities.fields import commitment_texts, swap_texts
from domain.quantities.standing import Counted, Verdict, commitment_standing, swap_standing
from domain.quantities.volumes import Commitment, Swap, Volume
from protos import quantities_pb2 as pb

NameOf = Callable[[DestinationId], str]
V = TypeVar("V", bound=Volume)


def ends_first(volumes: Iterable[V], now_ms: int) -> list[V]:
    """Return volumes in the order in which they want to be looked at: those that are over come last."""
    return sorted(volumes, key=lambda one: (one.until_ms <= now_ms, one.until_ms, one.id))


def commitment_message(
    its: Commitment, counted: Counted | None, now_ms: int, name_of: NameOf, zone: str
) -> pb.Commitment:
    """Render a commitment; `counted` None: it is not known how it stands."""
    message = pb.Commitment(
        id=its.id,
        vendor=its.partner,
        destination=_where(its, name_of),
        country=its.country,
        code=its.code,
        from_ms=its.from_ms,
        until_ms=its.until_ms,
        minutes=its.minutes,
        money_units=its.units,
        true_up_units=its.true_up,
        warn_pct=its.warn_pct,
        note=its.note,
        fields=commitment_texts(its, zone, name_of),
        verdict=Verdict.COUNTING,
    )
    if counted is not None:
        stands = commitment_standing(its, counted, now_ms)
        message.verdict, message.behind_pct = stands.verdict, stands.behind_bp / 100
        message.sent, message.remaining, message.due = stands.sent, stands.remaining, stands.due
        message.pace, message.needed, message.missing = stands.pace, stands.needed, stands.missing
        if stands.at_risk is not None:
            message.at_risk_units = stands.at_risk
    return message


def swap_message(its: Swap, counted: Counted | None, now_ms: int, name_of: NameOf, zone: str) -> pb.Swap:
    """Render a swap; `counted` None: it is not known how it stands."""
    message = pb.Swap(
        id=its.id,
        partner=its.partner,
        destination=_where(its, name_of),
        country=its.country,
        code=its.code,
        from_ms=its.from_ms,
        until_ms=its.until_ms,
        low=its.low,
        high=its.high,
        in_money=its.currency is not None,
        note=its.note,
        fields=swap_texts(its, zone, name_of),
        verdict=Verdict.COUNTING,
    )
    if counted is not None:
        stands = swap_standing(its, counted, now_ms)
        message.verdict, message.position_pct = stands.verdict, stands.position_bp / 100
        message.came, message.went = stands.came, stands.went
        message.balance, message.room = stands.balance, stands.room
    return message


def words_of(its: Volume, name_of: NameOf) -> tuple[str, ...]:
    """Return what a filter looks into."""
    return its.id, its.partner, _where(its, name_of), its.country, its.code, its.note


def _where(its: Volume, name_of: NameOf) -> str:
    return "" if its.destination is None else name_of(its.destination) or f"{its.destination}"
