"""What a unit of sale means for rating: its increments, what is measured, and what a price is for (DESIGN §6).

A price is for SCALE increments, so sums in 1/SCALE of a money unit are whole numbers: sixtieths for a price per minute,
1/1024 for one per megabyte of 1,024 kilobytes of 1,024 octets, whole units for one per event.
"""

from domain.rates import Service, Unit

SCALE: dict[Unit, int] = {Unit.SECOND: 60, Unit.MEGABYTE: 1024, Unit.EVENT: 1}
"""Increments that a price is for."""
RAW: dict[Unit, int] = {Unit.SECOND: 1000, Unit.MEGABYTE: 1024, Unit.EVENT: 1}
"""What is measured (ms, octets, events) in one increment (second, kilobyte, event)."""
STEP: dict[Unit, str] = {Unit.SECOND: "s", Unit.MEGABYTE: "kB", Unit.EVENT: "events"}
"""An increment as it is written behind a number."""
PRICED: dict[Unit, str] = {Unit.SECOND: "per minute", Unit.MEGABYTE: "per MB", Unit.EVENT: "per event"}
"""What a price is for, in words."""
MOST_OCTETS, MOST_EVENTS = 2**53, 2**31
"""What one record may say that a session moved or how many messages it stands for; more is a counter gone wrong."""


def measured(unit: Unit, service: Service, volume: int | None) -> int | None:
    """Return what a leg's `volume` (octets of a data session, messages) is in a unit sold by volume; None: not known.

    A call or a session is one event; only messages are counted; only data sessions have octets.
    """
    if unit is Unit.EVENT:
        return volume if service is Service.MESSAGE else 1
    return volume if service is Service.DATA else None


def quantity_words(unit: Unit, increments: int) -> str:
    """Write increments with their unit: "61 s", "13 kB", "1 event"."""
    return "1 event" if unit is Unit.EVENT and increments == 1 else f"{increments:,} {STEP[unit]}"
