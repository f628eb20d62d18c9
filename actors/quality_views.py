"""quality-0's part that operators look at: pages of the table in any order, courses over time, sums of destinations."""

import asyncio
from abc import abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from heapq import nlargest
from operator import itemgetter
from typing import Any

from actors.home import Home, machine_ms
from actors.watched_routes import RouteWatching
from domain.calls import Side
from domain.cause_classes import CauseClass
from domain.codes import country_words
from domain.ids import DestinationId, PartnerId
from domain.kept_route import KeptState
from domain.quality_counts import FOR_EVER_S, Key, QualityCounts, route_key
from domain.quality_course import Stretch, course
from domain.quality_levels import Level, keys_at, names_of
from domain.quality_order import BADLY, States, order_of
from domain.quality_rows import (
    QualityRow,
    RowsAsked,
    counted_row,
    whole_row,
)
from domain.quality_series import begins_s
from domain.quality_windows import Window
from domain.route_tree import DestinationSum
from domain.world import CodeBook

PATIENT = 50
"""Rows that are made before others may ask something."""
MANY = 500
"""Rows that are put in order before others may ask something."""
MOST_LOOKED = 100_000
"""Rows that are put in order for one question at most; all of a million pairs would take several seconds."""
DEAR_MS, TIMES = 20, 10
"""What takes longer to make is kept so many times as long as that, machine time."""
MOST_KEPT = 8
IN_COUNTRY = "country:"
"""A word that begins so is the whole of a country's letters, not a part of any name."""


class Dear:
    """What took long to make, for as long as it may be told again. Invariant: MOST_KEPT at most."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[int, Any]] = {}

    def get(self, asked: Hashable) -> Any:
        """Return what was made for a question, None where it must be made anew."""
        until_ms, made = self._made.get(asked, (0, None))
        return made if machine_ms() < until_ms else None

    def keep(self, asked: Hashable, begun_ms: int, made: object) -> None:
        """Keep what was begun to be made then, where that took long."""
        now_ms = machine_ms()
        self._made.pop(asked, None)
        if now_ms - begun_ms >= DEAR_MS:
            while len(self._made) >= MOST_KEPT:
                del self._made[next(iter(self._made))]
            self._made[asked] = now_ms + TIMES * (now_ms - begun_ms), made


class QualityViews(RouteWatching):
    """What consoles ask each second: small answers, and what is dear to make is made anew only now and then."""

    _codes: CodeBook

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._dear = Dear()

    @abstractmethod
    def _counts(self) -> QualityCounts: ...

    @abstractmethod
    def _now_ms(self) -> int: ...

    async def rows(self, asked: RowsAsked) -> tuple[list[QualityRow], int]:
        """Return a page of the table, and how many rows there are."""
        counts, now_ms, states = self._counts(), self._now_ms(), self._states(asked.side)
        counts.begin_turn()
        every = replace(asked, offset=0, limit=0)
        keys: list[Key] | None = self._dear.get(every)
        if keys is None:
            begun_ms = machine_ms()
            keys = await self._order(asked, states, now_ms)
            self._dear.keep(every, begun_ms, keys)
        page = keys[asked.offset : asked.offset + asked.limit]
        return [whole_row(counts, key, asked.window, now_ms, states, self._country_of) for key in page], len(keys)

    async def courses(self, keys: Sequence[Key], window: Window) -> list[list[Stretch]]:
        """Return how each of these went, over a window of time."""
        return [course(self._counts(), key, window, self._now_ms()) for key in keys]

    async def destination_sums(self, client: PartnerId | None, window: Window) -> list[DestinationSum]:
        """Return the sums of all destinations with calls, a client's or all vendors', or with routes that are out."""
        kept: list[DestinationSum] | None = self._dear.get((client, window))
        if kept is not None:
            return kept
        begun_ms, counts, states = machine_ms(), self._counts(), self._states(Side.VENDOR)
        away: dict[DestinationId, list[KeptState]] = {}
        for (_, where), state in states.items():
            if state.is_out or state.is_last:
                away.setdefault(where, []).append(state)
        found: list[DestinationSum] = []
        for place, where in enumerate(sorted({*counts.destinations(), *away}), 1):
            row = counted_row(counts, _key_of(client, where), window, self._now_ms())
            if row.attempts or row.open_calls or (client is None and where in away):
                found.append(_sum(row, where, counts.partners(Side.VENDOR, where), away.get(where, ())))
            if place % PATIENT == 0:
                await asyncio.sleep(0)
        self._dear.keep((client, window), begun_ms, found)
        return found

    def _states(self, side: Side) -> States:
        return self.routes.badly(BADLY) if side is Side.VENDOR else {}

    async def _order(self, asked: RowsAsked, states: States, now_ms: int) -> list[Key]:
        """Return whose calls the rows are, in their order."""
        counts, found = self._counts(), list[tuple[tuple[float | str, ...], Key]]()
        for place, key in enumerate(await self._latest(asked, states, now_ms), 1):
            order = order_of(counts, key, asked.window, now_ms, asked.sort, states)
            if order is not None:
                found.append((order, key))
            if place % MANY == 0:
                await asyncio.sleep(0)
        found.sort(key=itemgetter(0))
        return [key for _, key in found]

    async def _latest(self, asked: RowsAsked, states: States, now_ms: int) -> list[Key]:
        """Return whose calls the rows may be: of more than MOST_LOOKED those that stand badly, and the latest calls."""
        counts, words = self._counts(), asked.text.lower().split()
        first_s = 0 if asked.window.calls else begins_s(asked.window, now_ms // 1000)
        badly = {route_key(*route) for route in states} if asked.level is Level.PAIR else set()
        found = [key for key in sorted(badly) if self._is_wanted(key, asked, words, states)]
        every = asked.partner is None and asked.destinations is None and not words
        for some in keys_at(counts, asked.side, asked.level, first_s):
            others = [key for key in some if key not in badly] if badly else some
            found += others if every else [key for key in others if self._is_wanted(key, asked, words, states)]
            await asyncio.sleep(0)
        if len(found) > MOST_LOOKED:
            found = nlargest(MOST_LOOKED, found, key=lambda key: FOR_EVER_S if key in badly else counts.latest_s(key))
        return found

    def _is_wanted(self, key: Key, asked: RowsAsked, words: Sequence[str], states: States) -> bool:
        partner, where = key[1], names_of(key)[0] or key[2]
        if asked.partner not in (None, partner):
            return False
        if asked.destinations is not None and where not in asked.destinations:
            return False
        if not words:
            return True
        name, country, standing = "", str(where), ""
        if isinstance(where, int):
            name, country = self._codes.name_of(DestinationId(where)), self._country_of(DestinationId(where))
            state = states.get((PartnerId(partner), DestinationId(where)))
            standing = state.stands if state else "active"
        said = f"{partner} {name} {country} {country_words(country)} {standing}".lower()
        its = f"{IN_COUNTRY}{country.lower()}"
        return all(word == its if word.startswith(IN_COUNTRY) else word in said for word in words)

    def _country_of(self, destination: DestinationId) -> str:
        return self._codes.country_of(destination)


def _key_of(client: PartnerId | None, where: DestinationId) -> Key:
    return (Side.VENDOR, PartnerId(""), where) if client is None else (Side.CLIENT, client, where)


def _sum(
    row: QualityRow, where: DestinationId, vendors: Iterable[PartnerId], away: Sequence[KeptState]
) -> DestinationSum:
    out = sorted(state.vendor for state in away if state.is_out)
    return DestinationSum(
        destination=where,
        attempts=row.attempts,
        answered=row.answered,
        ended_answered=row.classes.get(CauseClass.ANSWERED, 0),
        effective=row.effective,
        talk_s=row.talk_s,
        open_calls=row.open_calls,
        vendors=tuple(sorted(set(vendors) - set(out))),
        away=tuple(out),
        last=tuple(sorted(state.vendor for state in away if state.is_last)),
    )
