"""Panic orders: freeze a client, drop a vendor or a trunk. What nodes obey by themselves, and how orders of many meet.

An order is known by its mark: its id, which is who gave it says, and is the same at every node that it was given to,
with what it orders and when, so that no id hides another order. Of two orders about the same thing
the later one counts; a node makes sure that what it is given now is later than all it knows, whatever its clock says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from zlib import crc32

from domain.ids import PartnerId, TrunkId

KEPT = 1_000
"""Lifted orders and orders that the desk has not heard of that are kept at most, each; what is in force stays."""


SAME_MS = 60_000
"""Within so much time the same order, with the same id, is given to all nodes."""


class Aim(StrEnum):
    """What an order is about. The value is its name in files."""

    CLIENT = "client"
    VENDOR = "vendor"
    TRUNK = "trunk"


DONE = {Aim.CLIENT: "frozen", Aim.VENDOR: "dropped", Aim.TRUNK: "dropped"}
"""What a thing is while an order about it is in force."""
Thing = tuple[Aim, str]


@dataclass(frozen=True, slots=True)
class PanicOrder:
    """One order, as somebody gave it: `at_ms` business time, UTC ms; `lift` takes back the one that is in force.

    `began_ms`: since when calls were stopped already, where it repeats an order that was in force; 0: it began that.
    """

    order_id: str
    aim: Aim
    name: str
    lift: bool
    who: str
    at_ms: int
    reason: str = ""
    began_ms: int = 0

    @property
    def since_ms(self) -> int:
        """Since when it is so, whoever gave the first of the orders, UTC ms."""
        return self.began_ms or self.at_ms

    @property
    def thing(self) -> Thing:
        """What it is about."""
        return self.aim, self.name

    @property
    def mark(self) -> str:
        """What tells it from all other orders at a node; the same order has another moment at another one."""
        return f"{self.order_id} {self.aim} {self.name} {'lift' if self.lift else 'stop'} {self.at_ms}"

    def is_as(self, order_id: str, lift: bool, at_ms: int) -> bool:
        """Whether an order about the same thing is this one, given to another node."""
        return (order_id, lift) == (self.order_id, self.lift) and abs(at_ms - self.at_ms) <= SAME_MS

    @property
    def rank(self) -> tuple[int, bool, str, int]:
        """Which of two orders about the same thing counts: the later one; of two at once the one that stops calls."""
        return self.at_ms, not self.lift, self.order_id, -self.since_ms

    def sentence(self) -> str:
        """Say what is so, who wanted it and why: "dropped by noc: loops"."""
        said = f"{'lifted' if self.lift else DONE[self.aim]} by {self.who}"
        return f"{said}: {self.reason}" if self.reason else said


@dataclass(frozen=True, slots=True)
class Panic:
    """All orders that somebody knows. A value: giving, merging and hearing return another one.

    `last` is the order that counts for each thing, lifts included; `untold` those that the desk has not entered in its
    audit trail, in the order in which they came. Invariant: merging is the same in whatever order and however often.
    """

    last: Mapping[Thing, PanicOrder] = field(default_factory=dict)
    untold: tuple[PanicOrder, ...] = ()

    @property
    def mark(self) -> int:
        """A number that tells whether two know the same orders, and whether the desk is to hear of some (then odd)."""
        known = sorted((order.thing, order.rank) for order in self.last.values())
        return crc32(repr(known).encode()) * 2 + bool(self.untold) if known else 0

    def in_force(self) -> list[PanicOrder]:
        """Return the orders that stop calls now, the oldest first."""
        return sorted((order for order in self.last.values() if not order.lift), key=lambda order: order.rank)

    def of(self, aim: Aim, name: str) -> PanicOrder | None:
        """Return the order in force about a thing."""
        found = self.last.get((aim, name))
        return found if found is not None and not found.lift else None

    def client(self, partner: PartnerId) -> PanicOrder | None:
        """Return the order that freezes a client."""
        return self.of(Aim.CLIENT, partner) if self.last else None

    def vendor(self, partner: PartnerId) -> PanicOrder | None:
        """Return the order that drops a vendor."""
        return self.of(Aim.VENDOR, partner) if self.last else None

    def trunk(self, trunk: TrunkId) -> PanicOrder | None:
        """Return the order that drops a trunk."""
        return self.of(Aim.TRUNK, trunk) if self.last else None

    def given(self, order: PanicOrder) -> "Panic":
        """Return what is known once somebody gave an order here; one that is known, or lifts nothing, leaves all as it
        is. One that repeats another's stops no more calls, but counts from now on: who gave it and why is told too. One
        that gives no reason keeps that in force.
        """
        before = self.last.get(order.thing)
        if order.lift and (before is None or before.lift):
            return self
        if before is not None:
            if before.is_as(order.order_id, order.lift, order.at_ms):
                return self
            repeats = not (before.lift or order.lift)
            order = replace(
                order,
                at_ms=max(order.at_ms, before.at_ms + 1),
                began_ms=before.since_ms if repeats else 0,
                reason=order.reason or (before.reason if repeats else ""),
            )
        return Panic(_bounded({**self.last, order.thing: order}), (*self.untold, order)[-KEPT:])

    def lifts_nothing(self, order: PanicOrder) -> bool:
        """Whether an order takes back what is not in force; not the one that took it back."""
        known = self.last.get(order.thing)
        if known is None:
            return order.lift
        return order.lift and known.lift and not known.is_as(order.order_id, order.lift, order.at_ms)

    def merged(self, others: Iterable[PanicOrder]) -> "Panic":
        """Return what is known once the orders of another one are known too."""
        last = dict(self.last)
        for order in others:
            known = last.get(order.thing)
            if known is None or known.rank < order.rank:
                last[order.thing] = order
        return self if last == self.last else Panic(_bounded(last), self.untold)

    def told(self, marks: Iterable[str]) -> "Panic":
        """Return the same, these orders being in the audit trail."""
        known = set(marks)
        left = tuple(order for order in self.untold if order.mark not in known)
        return self if left == self.untold else Panic(self.last, left)


NOTHING = Panic()
"""No order was ever given."""


def _bounded(last: Mapping[Thing, PanicOrder]) -> dict[Thing, PanicOrder]:
    """Forget the oldest lifts beyond KEPT."""
    lifts = sorted((order for order in last.values() if order.lift), key=lambda order: order.rank)
    gone = {order.thing for order in lifts[:-KEPT]} if len(lifts) > KEPT else set()
    return {thing: order for thing, order in last.items() if thing not in gone}
