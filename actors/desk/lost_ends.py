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
from domain.lost_ends import closes, lost_after_s
from domain.money import decimal_text
from store.lost_legs import Silent, closed_by_us, silent

MOST = 2_000
"""Legs of one round of a switch and book; the next round takes the next ones."""
WAIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Closing:
    """What became of silent legs: `legs` of `found` were closed; `faults` says why others cannot be."""

    found: int = 0
    legs: tuple[Leg, ...] = ()
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
        return Closing(self.found + other.found, self.legs + other.legs, self.faults + other.faults)


async def keep_closing(desk: Desk, alarm: Callable[[str, str, str], None], up_since_ms: int) -> None:
    """Close the lost legs of switches whose recipe says so; `alarm` (key, text, severity) tells of all that wait.

    While nobody of ours listened, nobody could be heard: silence counts from `up_since_ms`, business time.
    Raises UnavailableError.
    """
    done = Closing()
    for switch in _switches(desk):
        before_ms = desk.now_ms() - _silence_ms(desk, switch)
        if closes(switch.recipe) and before_ms > up_since_ms:
            closing = await close(desk, switch, before_ms)
            done += closing
            if closing.closed:  # one entry for a round: there may be very many
                cost = f"{decimal_text(closing.units)} {desk.base_currency}"
                await desk.note("close", "lost ends", switch.id, {"legs": closing.closed, "cost": cost})
    count, units = await asyncio.to_thread(_waiting, desk)
    money = f"{decimal_text(units)} {desk.base_currency}"
    text = f"{count} legs without an end were closed by us, {money}: see `switchboard cdrs list --partial`"
    alarm("lost ends", text if count else "", "warning")
    text = f"{len(done.faults)} legs without an end cannot be closed: {done.faults[0]}" if done.faults else ""
    alarm("lost ends unrated", text, "error")


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


async def _close(desk: Desk, switch: Switch, found: Sequence[Silent], *, dry_run: bool) -> Closing:
    ended = list(zip(await _charged(desk, found), found, strict=True))
    pairs = [(leg, its.alive_ms) for leg, its in ended if isinstance(leg, Leg)]
    faults = [f"leg {its.leg.leg_id.hex()} of {switch.id}: {why}" for why, its in ended if isinstance(why, str)]
    legs = [leg for leg, _ in pairs] if dry_run else await _recorded(desk, pairs)
    return Closing(len(found), tuple(legs), tuple(faults))


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
