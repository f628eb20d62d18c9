"""What a hold promises for the money there is: time, a quota of kilobytes, or an event; and what is held for it."""

from dataclasses import dataclass

from domain.commands import PlaceHold
from domain.directory import Partner
from domain.grants import cost_of, cost_of_volume, grant, grant_seconds, least_units
from domain.holds import HoldMode, HoldTimes
from domain.money import decimal_text
from domain.rates import Unit


@dataclass(frozen=True, slots=True)
class Promise:
    """`seconds` granted, `kilobytes` of quota where volume is sold (else 0), `amount` units held for it."""

    seconds: int
    amount: int
    kilobytes: int = 0


def promise(command: PlaceHold, available: int, times: HoldTimes) -> Promise | None:
    """Return what may be promised with so many units available; None: not even the first interval.

    Time: the grant, held whole or by a piece. Volume: a quota of `max_kb` at most, held whole, since nobody can stop a
    session when a piece of it is used up. An event: one of it.
    """
    terms, unit = command.terms, command.unit
    if unit is Unit.SECOND:
        granted_s = grant_seconds(terms, available, command.max_s)
        held_s = granted_s if command.mode is HoldMode.WHOLE else min(granted_s, _piece_s(command, times))
        return Promise(granted_s, cost_of(terms, held_s)) if granted_s > 0 else None
    granted = grant(terms, available, command.max_kb if unit is Unit.MEGABYTE else 1, unit)
    if granted <= 0:
        return None
    kilobytes = granted if unit is Unit.MEGABYTE else 0
    return Promise(command.max_s, cost_of_volume(terms, granted, unit), kilobytes)


def lacking(command: PlaceHold, terms: Partner, owed: int, available: int) -> str:
    """Say in figures why nothing could be promised to a partner that owes so many units: what is left of its balance,
    credit limit and holds, and what the least grant needs, in the contract's currency.
    """
    limit = 0 if terms.prepaid else terms.credit_limit
    balance, most, held, left = map(decimal_text, (-owed, limit, limit - owed - available, available))
    first = f"{command.terms.first_s:,} s"
    if command.unit is not Unit.SECOND:
        first = "event" if command.unit is Unit.EVENT else f"{command.terms.first_s:,} kB"
    needed = decimal_text(least_units(command.terms, command.unit))
    have = f"balance {balance} {terms.currency}, credit limit {most}, held for open calls {held}: {left} is left"
    return f"no money: {have}, and the first {first} of this call needs {needed}"


def mode_of(command: PlaceHold) -> HoldMode:
    """Return how a hold is kept: only time grows by the piece, and a quota may be one that nobody keeps to."""
    if command.unit is Unit.SECOND or (command.unit is Unit.MEGABYTE and command.mode is HoldMode.FIXED):
        return command.mode
    return HoldMode.EVENT if command.unit is Unit.EVENT else HoldMode.WHOLE


def _piece_s(command: PlaceHold, times: HoldTimes) -> int:
    return times.piece_of(command.interim_s) if command.mode is HoldMode.PIECES else times.piece_s
