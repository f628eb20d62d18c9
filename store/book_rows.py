"""Values of the domain as rows of a book and back."""

import json
from collections.abc import Sequence
from dataclasses import astuple
from functools import lru_cache
from typing import Any

from domain.calls import Leg, LegState, Parked, Release, Side
from domain.causes import ParkCause
from domain.holds import Hold, HoldMode
from domain.ids import CallKey, DestinationId, EndUserId, HoldId, LegId, PartnerId, PlanId, SwitchId, TrunkId
from domain.ledger import Transfer, TransferKind
from domain.money import Currency
from domain.rates import Service, Terms, Unit
from store import book_schema

Row = tuple[Any, ...]
"""A row as a database driver takes and gives it."""
DAY_MS = 86_400_000


def leg_row(leg: Leg, fingerprint: int) -> Row:
    """Return a leg in the order of LEG_COLUMNS."""
    return (
        leg.leg_id,
        leg.revision,
        leg.call_key,
        leg.side.value,
        leg.state.value,
        leg.switch,
        leg.partner,
        leg.trunk,
        leg.attempt,
        leg.a,
        leg.b,
        leg.destination,
        leg.code,
        leg.setup_ms,
        leg.alert_ms,
        leg.connect_ms,
        leg.disconnect_ms,
        leg.duration_ms,
        leg.billed_s,
        leg.cause,
        leg.release.value,
        leg.plan,
        leg.plan_version,
        leg.rate_type,
        leg.price,
        leg.currency,
        leg.charge,
        leg.fx,
        leg.base_charge,
        leg.service.value,
        leg.unit.value,
        leg.volume,
        leg.billed_volume,
        leg.routing_number,
        leg.end_user,
        fingerprint,
        leg.day_ms // DAY_MS,
    )


def leg_of(row: Sequence[Any]) -> Leg:
    """Read a leg from a row in the order of LEG_COLUMNS (fingerprint and day are left)."""
    return Leg(
        leg_id=LegId(bytes(row[0])),
        revision=row[1],
        call_key=CallKey(bytes(row[2])),
        side=Side(row[3]),
        state=LegState(row[4]),
        switch=SwitchId(row[5]),
        partner=PartnerId(row[6]),
        trunk=TrunkId(row[7]),
        attempt=row[8],
        a=row[9],
        b=row[10],
        destination=DestinationId(row[11]),
        code=row[12],
        setup_ms=row[13],
        alert_ms=row[14],
        connect_ms=row[15],
        disconnect_ms=row[16],
        duration_ms=row[17],
        billed_s=row[18],
        cause=row[19],
        release=Release(row[20]),
        plan=PlanId(row[21]),
        plan_version=row[22],
        rate_type=row[23],
        price=row[24],
        currency=Currency(row[25]),
        charge=row[26],
        fx=row[27],
        base_charge=row[28],
        service=Service(row[29]),
        unit=Unit(row[30]),
        volume=row[31],
        billed_volume=row[32],
        routing_number=row[33],
        end_user=EndUserId(row[34]),
    )


def hold_row(hold: Hold) -> Row:
    """Return a hold in the order of HOLD_COLUMNS."""
    return (
        hold.hold_id,
        hold.call_key,
        hold.partner,
        hold.trunk,
        hold.switch,
        hold.currency,
        hold.amount,
        hold.granted_s,
        hold.mode.value,
        hold.placed_ms,
        hold.expires_ms,
        int(hold.started),
        hold.a,
        hold.b,
        hold.destination,
        _terms_text(hold.terms),
        hold.granted_kb,
        hold.call_id,
        hold.session_id,
        hold.interim_s,
        hold.trunk_out,
        hold.end_user,
    )


@lru_cache(maxsize=4096)
def _terms_text(terms: Terms) -> str:
    """Write terms as JSON. Kept, since the many holds of a rate share them and taking them apart is slow."""
    return json.dumps(astuple(terms))


_MODES = {mode.value: mode for mode in HoldMode}


@lru_cache(maxsize=4096)
def _terms_of(text: str) -> Terms:
    """Read terms from JSON. Kept, since the many holds of a rate share them: a restart reads all that are open."""
    return Terms(*json.loads(text))


def lapsed_text(hold: Hold) -> str:
    """Write a hold that is kept aside as JSON."""
    return json.dumps([{"octets": value.hex()} if isinstance(value, bytes) else value for value in hold_row(hold)])


def lapsed_of(text: str) -> Hold | None:
    """Read a hold that is kept aside; None where another version wrote it, with other columns."""
    row = [bytes.fromhex(value["octets"]) if isinstance(value, dict) else value for value in json.loads(text)]
    return hold_of(row) if len(row) == len(book_schema.HOLD_COLUMNS) else None


def hold_of(row: Sequence[Any]) -> Hold:
    """Read a hold from a row in the order of HOLD_COLUMNS."""
    return Hold(
        hold_id=HoldId(bytes(row[0])),
        call_key=CallKey(bytes(row[1])),
        partner=PartnerId(row[2]),
        trunk=TrunkId(row[3]),
        switch=SwitchId(row[4]),
        currency=Currency(row[5]),
        amount=row[6],
        granted_s=row[7],
        mode=_MODES[row[8]],
        placed_ms=row[9],
        expires_ms=row[10],
        started=bool(row[11]),
        a=row[12],
        b=row[13],
        destination=DestinationId(row[14]),
        terms=_terms_of(row[15]),
        granted_kb=row[16],
        call_id=bytes(row[17] or b""),
        session_id=bytes(row[18] or b""),
        interim_s=row[19],
        trunk_out=TrunkId(row[20]) if row[20] else None,
        end_user=EndUserId(row[21] if len(row) > 21 else ""),  # none in what a former version sent to another book
    )


def parked_row(parked: Parked) -> Row:
    """Return a parked record in the order of PARKED_COLUMNS."""
    return (
        parked.park_id,
        parked.call_key,
        parked.leg_id,
        parked.cause.value,
        parked.detail,
        parked.raw,
        parked.received_ms,
    )


def parked_of(row: Sequence[Any]) -> Parked:
    """Read a parked record from a row in the order of PARKED_COLUMNS."""
    return Parked(
        park_id=bytes(row[0]),
        call_key=CallKey(bytes(row[1])),
        leg_id=LegId(bytes(row[2])),
        cause=ParkCause(row[3]),
        detail=row[4],
        raw=bytes(row[5]),
        received_ms=row[6],
    )


def transfer_row(transfer: Transfer) -> Row:
    """Return a transfer in the order of TRANSFER_COLUMNS."""
    return (
        transfer.transfer_id,
        transfer.at_ms,
        transfer.known_ms,
        transfer.debit,
        transfer.credit,
        transfer.currency,
        transfer.amount,
        transfer.base_amount,
        transfer.kind.value,
        transfer.ref,
        transfer.memo,
    )


def transfer_of(row: Sequence[Any]) -> Transfer:
    """Read a transfer from a row in the order of TRANSFER_COLUMNS."""
    return Transfer(
        transfer_id=row[0],
        at_ms=row[1],
        known_ms=row[2],
        debit=row[3],
        credit=row[4],
        currency=Currency(row[5]),
        amount=row[6],
        base_amount=row[7],
        kind=TransferKind(row[8]),
        ref=row[9],
        memo=row[10],
    )
