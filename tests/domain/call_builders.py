"""Builders of holds asked for and reports of calls, as commands for shards, with defaults."""

from dataclasses import replace
from typing import Any

from domain.booking import fingerprint
from domain.calls import Leg, LegState, Side
from domain.commands import PlaceHold, Post, RecordLeg
from domain.directory import Directory, Partner, PartnerStatus
from domain.grants import cost_of
from domain.holds import HoldMode
from domain.ids import CallKey, DestinationId, PartnerId, SwitchId, TrunkId, call_key, hold_id, leg_id
from domain.ledger import Occasion, payment_in
from domain.money import Currency, Money, units_of
from domain.policies.policy import Policies
from tests.domain import builders, worlds
from tests.domain.builders import NOON, terms

USD = Currency("USD")
ORBITA, MINNOW, KESTREL = PartnerId("orbita"), PartnerId("minnow"), PartnerId("kestrel")
SW = SwitchId("sw1")
TERMS = terms("0.0294", "1/1")


def client(name: str = "orbita", limit: str = "1000", **fields: Any) -> Partner:
    return worlds.client(name, **({"credit_limit": units_of(limit)} | fields))


def directory(*partners: Partner) -> Directory:
    """Orbita (postpaid, 1,000), Minnow (prepaid) and the vendor Kestrel; those given replace them."""
    known = {its.id: its for its in (client(), client("minnow", "0", prepaid=True), worlds.vendor("kestrel"))}
    return Directory(1, USD, known | {its.id: its for its in partners}, {}, {}, Policies())


def suspended(partner: Partner) -> Partner:
    return replace(partner, status=PartnerStatus.SUSPENDED)


def key_of(call: str) -> CallKey:
    return call_key(SW, call.encode())


def ask(call: str = "c1", partner: str = "orbita", attempt: int = 1, **fields: Any) -> PlaceHold:
    """A hold for a call at 0.0294 a minute, of an hour at most."""
    values: dict[str, Any] = {
        "hold_id": hold_id(key_of(call), PartnerId(partner), attempt), "call_key": key_of(call),
        "partner": PartnerId(partner), "trunk": TrunkId(f"{partner}-in"), "switch": SW, "currency": USD,
        "terms": TERMS, "mode": HoldMode.WHOLE, "max_s": 3600, "at_ms": NOON, "a": "12025550100", "b": "447911123456",
        "destination": DestinationId(7),
    }  # fmt: skip
    return PlaceHold(**(values | fields))


def a_leg(call: str = "c1", side: Side = Side.CLIENT, state: LegState = LegState.CLOSED, **fields: Any) -> Leg:
    """A leg of a call: 60 s at 0.0294, charged once it has ended; of orbita, or to kestrel."""
    key = key_of(call)
    partner = fields.pop("partner", "orbita" if side is Side.CLIENT else "kestrel")
    duration_ms = fields.get("duration_ms", 0 if state is LegState.OPEN else 60_000)
    charge = 0 if state is LegState.OPEN else cost_of(TERMS, -(-duration_ms // 1000)) if duration_ms else 0
    values: dict[str, Any] = {
        "leg_id": leg_id(key, b"nas", fields.pop("session", "s").encode(), side.value.encode()),
        "call_key": key, "side": side, "state": state, "partner": PartnerId(partner), "duration_ms": duration_ms,
        "charge": charge, "base_charge": charge, "billed_s": duration_ms // 1000,
    }  # fmt: skip
    if state is LegState.OPEN:
        values["disconnect_ms"] = None
    return builders.leg(**(values | fields))


def report(leg: Leg, at_ms: int = NOON) -> RecordLeg:
    return RecordLeg(leg, fingerprint(leg), b"{}", at_ms)


def start(call: str = "c1", side: Side = Side.CLIENT, at_ms: int = NOON, **fields: Any) -> RecordLeg:
    return report(a_leg(call, side, LegState.OPEN, **fields), at_ms)


def interim(call: str = "c1", seconds: int = 300, **fields: Any) -> RecordLeg:
    return start(call, at_ms=NOON + 1000 * seconds, duration_ms=1000 * seconds, **fields)


def stop(call: str = "c1", side: Side = Side.CLIENT, seconds: int = 60, **fields: Any) -> RecordLeg:
    at_ms = fields.pop("at_ms", NOON + 1000 * seconds)
    return report(a_leg(call, side, duration_ms=1000 * seconds, **fields), at_ms)


def lost(call: str = "c1", side: Side = Side.CLIENT, seconds: int = 300, **fields: Any) -> RecordLeg:
    """An end that we make, two hours after noon, as far as the call is known to have gone."""
    alive_ms = fields.pop("alive_ms", NOON + 1000 * seconds)
    leg = a_leg(call, side, LegState.CLOSED, duration_ms=1000 * seconds, **fields)
    leg = replace(leg, state=LegState.PARTIAL, cause=0)
    return RecordLeg(leg, fingerprint(leg), b"", NOON + 7_200_000, alive_ms=alive_ms)


def failed(call: str = "c1", side: Side = Side.VENDOR, attempt: int = 1, **fields: Any) -> RecordLeg:
    """An attempt that nobody answered."""
    values: dict[str, Any] = {"connect_ms": None, "duration_ms": 0, "cause": 17, "session": f"attempt-{attempt}"}
    return report(a_leg(call, side, attempt=attempt, **(values | fields)))


def paid(amount: str, partner: str = "orbita", ref: str = "p1") -> Post:
    return Post((payment_in(PartnerId(partner), Money.of(amount, "USD"), units_of(amount), Occasion(NOON, NOON, ref)),))
