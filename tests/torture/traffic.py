"""Traffic whose truth is known: calls through all doors at once, each asked, begun, kept alive and ended.

truth = Truth()
async with Traffic(board, truth, seed=1) as traffic:
    await traffic.beyond(20, 60)     # calls more than now; raises TimeoutError
    ...                              # hurt something
    await traffic.beyond(20, 60)
# all calls are ended and acknowledged now
await Books(board, truth).compare()
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from random import Random
from types import TracebackType
from typing import Self

from cluster.demo.records import LiveLeg
from cluster.demo.switch import Admitted
from cluster.demo.world import SwitchEntry
from domain.calls import ReportKind, Side
from tests.live.running import Running
from tests.torture.doors import CALLER, PLAIN, Door, Manner, door
from tests.torture.trade import NUMBERS, SWITCHES, VENDOR_HOSTS
from tests.torture.truth import KnownLeg, Truth, key_of

AT_ONCE = 3
"""Calls of one switch at a time."""
PAUSE_S = 0.15
"""The longest pause in a call between two of its reports, and between two calls: 0 to that."""
END_S = 60.0
"""In that time calls end after a test has failed."""
OTHERWISE_S = 30
_VENDORS = {host: vendor for vendor, host in VENDOR_HOSTS.items()}
_runs = count(1)


class Traffic:
    """All switches call, from entering to leaving; what it comes to is written into `truth`.

    Invariant: when it has left, every call that was admitted has ended, and each of its Stops was acknowledged, or is
    in `given_up`.
    """

    def __init__(
        self, board: Running, truth: Truth, *, seed: int, manner: Manner = PLAIN,
        switches: Sequence[SwitchEntry] = SWITCHES, at_once: int = AT_ONCE,
    ) -> None:  # fmt: skip
        self._run = next(_runs)
        seed = seed * 1000 + self._run
        self._truth, self._manner, self._at_once = truth, manner, at_once
        self._doors = [door(entry, board, manner, seed + at) for at, entry in enumerate(switches)]
        self._dice = Random(seed)
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._numbers = count(seed * 1_000_000)
        self.admitted = 0
        self.refused: list[str] = []
        self.given_up: list[str] = []
        self.silent: list[tuple[Door, LiveLeg, int]] = []
        """Legs whose Stop was lost: who would have told it, and for how many seconds the leg is known to have run."""

    async def __aenter__(self) -> Self:
        for each in self._doors:
            await each.open()
        self._tasks = [asyncio.create_task(self._calls(each)) for each in self._doors for _ in range(self._at_once)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        # after a failure too: the tests that follow begin with no call of ours open
        await asyncio.wait(self._tasks, timeout=None if kind is None else END_S)
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in self._doors:
            await each.close()
        wrong = [one for one in ended if one is not None]
        if kind is None and wrong:
            raise wrong[0]

    async def beyond(self, calls: int, within_s: float) -> None:
        """Return when that many more calls were admitted. Raises TimeoutError, or what went wrong with a call."""
        goal = self.admitted + calls
        async with asyncio.timeout(within_s):
            while self.admitted < goal:
                for task in self._tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.02)

    async def calm(self) -> None:
        """Let no call begin any more; return when those at hand are over. Raises what went wrong with one."""
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def end_the_silent(self) -> None:
        """Tell the Stops that were lost."""
        for its, leg, _ in self.silent:
            await self._tell(its, ReportKind.STOP, leg)
        self.silent.clear()

    def known(self) -> Counter[KnownLeg]:
        """Return what legs cost whose ends are lost, as far as they are known to have run."""
        found: Counter[KnownLeg] = Counter()
        for its, leg, known_s in self.silent:
            partner = self._partner(its, leg)
            charge = self._truth.charge(partner, leg, known_s)
            found[key_of(its.entry.id, leg.call_id), leg.side, partner, known_s, charge] += 1
        return found

    def _partner(self, its: Door, leg: LiveLeg) -> str:
        return _VENDORS[leg.remote.partition(":")[0]] if leg.side is Side.VENDOR else its.entry.partner

    async def _calls(self, its: Door) -> None:
        while not self._stopping:
            call, called = its.call_id(next(self._numbers)), self._dice.choice(NUMBERS)
            answer = await its.ask(called, call)
            if answer is None:
                self._truth.asked.add(key_of(its.entry.id, call))
            elif isinstance(answer, str):
                self._truth.refused[answer] += 1
                self.refused.append(answer)
            else:
                self.admitted += 1
                self._truth.calls += 1
                await self._carry(its, call, called, answer)
            await self._pause()

    async def _carry(self, its: Door, call: str, called: str, admitted: Admitted) -> None:
        legs = self._legs(call, called, admitted)
        client, vendors = legs[0], legs[1:]
        reports = [(ReportKind.START, leg) for leg in legs] if self._manner.starts else []
        interim = client.connect_ms is not None and self._manner.starts and self._dice.random() < 0.5
        if interim:
            reports.append((ReportKind.INTERIM, client))
        if self._dice.random() < self._manner.silent:
            known_s = client.talked_s // 2 if interim else 0
            self.silent += [(its, leg, known_s if leg is client else 0) for leg in legs]
        else:
            reports += [(ReportKind.STOP, leg) for leg in (*vendors, client)]
        for kind, leg in reversed(reports) if self._manner.reverse else reports:
            await self._tell(its, kind, leg)
            await self._pause()

    async def _tell(self, its: Door, kind: ReportKind, leg: LiveLeg) -> None:
        if kind is not ReportKind.STOP:
            told = await its.tell(kind, leg)
            assert not told, f"{kind} of {leg.call_id} is {told}"
            return
        true = self._truth.leg(its.entry.id, self._partner(its, leg), leg)
        self._truth.telling(true)
        told = await its.tell(kind, leg)
        assert not told, f"the Stop of {leg.call_id} is {told}"
        if told is None:
            self.given_up.append(leg.call_id)
            return
        self._truth.acknowledge(true)
        if self._manner.other and leg.talked_s > OTHERWISE_S:
            await self._tell_otherwise(its, leg)

    async def _tell_otherwise(self, its: Door, leg: LiveLeg) -> None:
        """Say of a leg that has ended that it ended earlier."""
        assert leg.disconnect_ms is not None, "it has ended"
        other = replace(leg, disconnect_ms=leg.disconnect_ms - 1000 * OTHERWISE_S)
        told = await its.tell(ReportKind.STOP, other)
        assert told == "" or (told is not None and "differs" in told), f"another end of {leg.call_id} is {told}"
        self._truth.differing += 1

    def _legs(self, call: str, called: str, admitted: Admitted) -> list[LiveLeg]:
        """Return a call's legs: the client's, and one for each vendor that was tried, the last of them the answer's."""
        dice = self._dice
        talk_s = dice.randint(1, self._manner.talk_most_s) if dice.random() < 0.9 else 0
        end_ms = time.time_ns() // 1_000_000 - 1000 * self._manner.late_s
        connect_ms = end_ms - 1000 * talk_s
        client = LiveLeg(
            side=Side.CLIENT, call_id=call, session_id=f"{call[-24:]}/c", attempt=1, a=CALLER, b=called,
            setup_ms=connect_ms - 3000, alert_ms=connect_ms - 2000, connect_ms=connect_ms if talk_s else None,
            disconnect_ms=end_ms, cause=16 if talk_s else 19,
        )  # fmt: skip
        tried = admitted.offers[: 2 if dice.random() < 0.2 else 1]
        vendors = [
            replace(
                client, side=Side.VENDOR, session_id=f"{call[-24:]}/v{at}", attempt=at, mark=offer.mark,
                setup_ms=client.setup_ms + 50 * at, remote=f"{offer.host}:{offer.port}",
            )
            for at, offer in enumerate(tried, 1)
        ]  # fmt: skip
        failed = [replace(leg, connect_ms=None, alert_ms=None, cause=34) for leg in vendors[:-1]]
        return [client, *failed, vendors[-1]]

    async def _pause(self) -> None:
        await asyncio.sleep(self._dice.uniform(0, PAUSE_S))
