"""What calls under another policy come to, by vendor, by client and by what moves: views of a back-test."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from domain.backtests import NOBODY, Backtest, Group, Spill, Sums
from domain.ids import DestinationId, PartnerId


@dataclass(frozen=True, slots=True)
class VendorSums:
    """A vendor's side: calls, answers, talk and cost, as they were and as they would be."""

    vendor: PartnerId
    calls: int = 0
    calls_now: int = 0
    answered: int = 0
    expected: float = 0.0
    talk_ms: int = 0
    talk_now_ms: int = 0
    cost: int = 0
    cost_now: int = 0


@dataclass(frozen=True, slots=True)
class ClientSums:
    """A client's side. `moved`: calls that go by another vendor; `refused`: that do not go at all."""

    client: PartnerId
    sums: Sums
    moved: int
    refused: int


@dataclass(frozen=True, slots=True)
class Move:
    """Calls to a destination that go from one vendor to another, or nowhere (`now` NOBODY, `refused`: why).

    `client` "": those of all.
    """

    destination: DestinationId
    then: PartnerId
    now: PartnerId
    refused: str
    sums: Sums
    expected: float
    client: str = ""


def by_vendor(found: Backtest) -> Sequence[VendorSums]:
    """Return each vendor's side, that of most minutes first. Costs are of calls: whole ones, by who had them last."""
    had: dict[PartnerId, Sums] = {}
    has: dict[PartnerId, Sums] = {}
    expected: dict[PartnerId, float] = {}
    for group, sums in found.groups.items():
        had[group.then] = had.get(group.then, Sums()) + sums
        has[group.now] = has.get(group.now, Sums()) + sums
        expected[group.now] = expected.get(group.now, 0.0) + found.expected(group)
    nothing = Sums()
    sides = []
    for vendor in (had.keys() | has.keys()) - {NOBODY}:
        then, now = had.get(vendor, nothing), has.get(vendor, nothing)
        sides.append(
            VendorSums(
                vendor,
                then.calls,
                now.calls,
                then.answered,
                expected.get(vendor, 0.0),
                then.talk_ms,
                now.talk_ms,
                then.cost,
                now.cost_now,
            )
        )
    return sorted(sides, key=lambda side: (-max(side.talk_ms, side.talk_now_ms), side.vendor))


def by_client(found: Backtest) -> Sequence[ClientSums]:
    """Return each client's side, that with the largest change of margin first."""
    sums: dict[PartnerId, Sums] = {}
    moved, refused = Counter[PartnerId](), Counter[PartnerId]()
    for group, each in found.groups.items():
        sums[group.client] = sums.get(group.client, Sums()) + each
        (refused if group.refused else moved)[group.client] += each.calls if group.now != group.then else 0
    sides = [ClientSums(client, each, moved[client], refused[client]) for client, each in sums.items()]
    return sorted(sides, key=lambda side: (-abs(side.sums.margin_now - side.sums.margin), side.client))


def moves(found: Backtest, *, apart: bool = False) -> Sequence[Move]:
    """Return what moves, that with the largest change of margin first; `apart`: each client's by itself."""
    kept: dict[Group, list[Group]] = {}
    for group in found.groups:
        if group.now != group.then:
            kept.setdefault(group if apart else group._replace(client=PartnerId("")), []).append(group)
    listed = [
        Move(
            key.destination,
            key.then,
            key.now,
            key.refused,
            sum((found.groups[group] for group in groups), Sums()),
            found.expected_of(groups),
            key.client,
        )
        for key, groups in kept.items()
    ]
    return sorted(listed, key=_largest)


def overflows(found: Backtest) -> Sequence[tuple[Spill, Sums]]:
    """Return which calls find no room and where they go on to, the most calls first."""
    return sorted(found.overflow.items(), key=lambda one: (-one[1].calls, one[0]))


def _largest(one: Move) -> tuple[int, int, int, str, str]:
    change = abs(one.sums.margin_now - one.sums.margin)
    return -change, -one.sums.calls, one.destination, one.then, one.client
