"""Legs whose end never comes: found by their silence, closed at their last sign of life, and told of (DESIGN §5).

A leg is closed by the book itself, in one turn: what is heard of it meanwhile keeps it open, and its real end takes the
place of ours. So this may be repeated, interrupted, and wrong about a switch that is slow; the charge is right in the
end all the same.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actors.desk.core import Desk
from domain.booking import fingerprint
from domain.calls import Leg
from domain.charging import charge_lost
from domain.commands import Recorded, RecordLeg
from domain.directory import Switch
from domain.errors import NotFoundError
from domain.ids import SwitchId
from domain.lost_ends import closes, lost_after_s
from domain.money import decimal_text
from store.lost_legs import Silent, closed_by_us, silent

MOST = 2_000
"""Legs of one round of a switch and book; the next round takes the next ones."""
PAGES = 5
"""So many times MOST legs that cannot be closed are passed over in one round."""
KEPT = 20
"""Of so many legs it is said why they cannot be closed."""
WAIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Closing:
    """What became of silent legs: `legs` of `found` were closed, `unrated` cannot be; `faults`: why, of the first."""

    found: int = 0
    legs: tuple[Leg, ...] = ()
    unrated: int = 0
    faults: tuple[str, ...] = ()

    @property
    def closed(self) -> int:
        """How many were closed."""
        return len(self.legs)

    @property
    def units(self) -> int:
        """What they cost, units of the base currency."""
        return sum(leg.base_charge for leg in self.legs)

    def __add__(self, other: "Closing") -> "Closing":
        """Add up two."""
        faults = (self.faults + other.faults)[:KEPT]
        return Closing(self.found + other.found, self.legs + other.legs, self.unrated + other.unrated, faults)


@dataclass(slots=True)
class Sweep:
    """How far a switch's legs in a book were looked at: those that cannot be rated stay, and not each round reads them.

    `unrated` and `fault` are of this time through, `known` of the last one.
    """

    after: Silent | None = None
    unrated: int = 0
    fault: str = ""
    known: int = 0

    def take(self, done: Closing, last: Silent | None) -> None:
        """Count a page; `last` is its last leg, None where there are no more: the next time begins at the first."""
        self.unrated += done.unrated
        self.fault = self.fault or next(iter(done.faults), "")
        self.after = last
        if last is None:
            self.known, self.unrated = self.unrated, 0
            self.fault = self.fault if self.known else ""


Sweeps = dict[tuple[SwitchId, int], Sweep]
"""By switch and book."""


async def keep_closing(desk: Desk, alarm: Callable[[str, str, str], None], up_since_ms: int, sweeps: Sweeps) -> None:
    """Close the lost legs of switches whose recipe says so; `alarm` (key, text, severity) tells of all that wait.

    A round looks at some PAGES of a switch and book, and goes on in `sweeps` where the one before it came to.
    While nobody of ours listened, nobody could be heard: silence counts from `up_since_ms`, business time.
    Raises UnavailableError.
    """
    closing_ones = [switch for switch in _switches(desk) if closes(switch.recipe)]
    for pair in sweeps.keys() - {(one.id, book) for one in closing_ones for book in range(desk.home.placement.books)}:
        del sweeps[pair]
    for switch in closing_ones:
        before_ms = desk.now_ms() - _silence_ms(desk, switch)
        if before_ms > up_since_ms:
            closing = await _round(desk, switch, before_ms, sweeps)
            if closing.closed:  # one entry for a round: there may be very many
                cost = f"{decimal_text(closing.units)} {desk.base_currency}"
                await desk.note("close", "lost ends", switch.id, {"legs": closing.closed, "cost": cost})
    count, units = await asyncio.to_thread(_waiting, desk)
    money = f"{decimal_text(units)} {desk.base_currency}"
    text = f"{count} legs without an end were closed by us, {money}: see `switchboard cdrs list --partial`"
    alarm("lost ends", text if count else "", "warning")
    unrated = sum(max(sweep.known, sweep.unrated) for sweep in sweeps.values())
    fault = next((sweep.fault for sweep in sweeps.values() if sweep.fault), "")
    alarm("lost ends unrated", f"{unrated} legs without an end cannot be closed: {fault}" if unrated else "", "error")


async def by_hand(desk: Desk, name: str, *, dry_run: bool = False) -> Closing:
    """Close the lost legs of one switch, or of all (""), whatever their recipes say; `dry_run`: only say which.

    Raises NotFoundError, and UnavailableError when a book does not answer: what was done is done.
    """
    switches = [switch for switch in _switches(desk) if name in ("", switch.id)]
    if name and not switches:
        raise NotFoundError(f"no switch {name}", mend="See `switchboard switches list`.")
    total = Closing()
    for switch in switches:
        total += await close(desk, switch, desk.now_ms() - _silence_ms(desk, switch), dry_run=dry_run)
    return total


async def close(desk: Desk, switch: Switch, before_ms: int, *, dry_run: bool = False) -> Closing:
    """Close the legs of a switch that nothing was heard of since a moment, MOST of each book.

    Where none of so many can be closed, the next ones are looked at: those that cannot be rated hold up no others.
    """
    total = Closing()
    for number in range(desk.home.placement.books):
        last: Silent | None = None
        while True:
            found = await asyncio.to_thread(_silent, desk, number, switch, before_ms, last)
            done = await _close(desk, switch, found, dry_run=dry_run)
            total += done
            if done.closed or len(found) < MOST:
                break
            last = found[-1]
    return total


async def _round(desk: Desk, switch: Switch, before_ms: int, sweeps: Sweeps) -> Closing:
    """Close the legs of a switch, one page that has such in each book; of those without, PAGES are looked at."""
    total = Closing()
    for number in range(desk.home.placement.books):
        sweep = sweeps.setdefault((switch.id, number), Sweep())
        for _ in range(PAGES):
            found = await asyncio.to_thread(_silent, desk, number, switch, before_ms, sweep.after)
            done = await _close(desk, switch, found, dry_run=False)
            total += done
            sweep.take(done, found[-1] if len(found) == MOST else None)
            if done.closed or len(found) < MOST:
                break
    return total


async def _close(desk: Desk, switch: Switch, found: Sequence[Silent], *, dry_run: bool) -> Closing:
    ended = list(zip(await _charged(desk, found), found, strict=True))
    pairs = [(leg, its.alive_ms) for leg, its in ended if isinstance(leg, Leg)]
    faults = [f"leg {its.leg.leg_id.hex()} of {switch.id}: {why}" for why, its in ended if isinstance(why, str)]
    legs = [leg for leg, _ in pairs] if dry_run else await _recorded(desk, pairs)
    return Closing(len(found), tuple(legs), len(faults), tuple(faults[:KEPT]))


def _switches(desk: Desk) -> list[Switch]:
    return list(desk.world.index.directory.switches.values()) if desk.world else []


def _silence_ms(desk: Desk, switch: Switch) -> int:
    limits = desk.home.settings.limits
    return 1000 * lost_after_s(switch.recipe, limits.lost_end_s, limits.max_call_s + limits.hold_grace_s)


def _silent(desk: Desk, number: int, switch: Switch, before_ms: int, last: Silent | None) -> list[Silent]:
    with desk.reader.book(number) as book:
        return list(silent(book, switch.id, before_ms, MOST, last))


def _waiting(desk: Desk) -> tuple[int, int]:
    found = [closed_by_us(book) for _, book in desk.reader.every()]
    return sum(count for count, _ in found), sum(units for _, units in found)


async def _charged(desk: Desk, found: Sequence[Silent]) -> list[Leg | str]:
    """Charge legs as far as they ran: by the world at hand, and what is older than its rates by the whole catalog."""
    world, oldest_ms = desk.world, desk.oldest_ms()
    old = [(its.leg, its.alive_ms) for its in found if world is None or its.leg.day_ms < oldest_ms]
    charged = iter(await desk.tasks.charge_lost(old, desk.now_ms()) if old else [])
    return [
        next(charged) if world is None or its.leg.day_ms < oldest_ms else charge_lost(its.leg, its.alive_ms, world)
        for its in found
    ]


async def _recorded(desk: Desk, pairs: Sequence[tuple[Leg, int]]) -> list[Leg]:
    """Tell the books; return the legs that they closed: one that was heard of meanwhile goes on."""
    now_ms, size = desk.now_ms(), desk.home.settings.limits.batch
    closed: list[Leg] = []
    for at in range(0, len(pairs), size):
        some = pairs[at : at + size]
        replies = await asyncio.gather(*(_tell(desk, leg, alive_ms, now_ms) for leg, alive_ms in some))
        closed += [leg for (leg, _), reply in zip(some, replies, strict=True) if reply.outcome == "closed"]
    return closed


async def _tell(desk: Desk, leg: Leg, alive_ms: int, now_ms: int) -> Recorded:
    command = RecordLeg(leg, fingerprint(leg), b"", now_ms, alive_ms=alive_ms)
    reply = await desk.books.of_call(leg.call_key).ask(command, WAIT_S)
    assert isinstance(reply, Recorded), "a record is answered as recorded"
    return reply
