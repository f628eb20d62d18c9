"""The board: what the operators' first screen shows, made from what actors say and quality counts."""

from collections import deque
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from actors.desk.core import Desk
from actors.desk.switch_figures import Kept, SwitchFigures
from actors.home import machine_ms
from actors.pulse import Pulse
from domain.calls import Side
from domain.directory import Switch
from domain.file_layouts import equipment_of
from domain.quality import Counts
from protos import operators_pb2 as pb
from protos import switch_pb2

HISTORY = 300
"""Points of a curve, one a second."""
HOUR_MS = 3_600_000


class Board:
    """Figures of now and of the last hour of business time. `made` never waits; figures carry their age."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._pulses: Collection[Pulse] = ()
        self._totals: dict[Side, Counts] = {}
        self._asked: dict[str, float] = {}
        self._figures = SwitchFigures()
        self._seen_ms = machine_ms()
        self._cps: deque[float] = deque(maxlen=HISTORY)
        self._open: deque[float] = deque(maxlen=HISTORY)
        self.parked = 0

    def take(self, pulses: Collection[Pulse], totals: dict[Side, Counts], parked: int) -> None:
        """Take what was gathered in this second."""
        now_ms, self._pulses, self._totals, self.parked = machine_ms(), pulses, totals, parked
        seconds = max(0.001, (now_ms - self._seen_ms) / 1000)
        self._seen_ms = now_ms
        self._cps.append(_grown(self._asked, pulses, "asked") / seconds)
        self._open.append(sum(pulse.figures.get("open_calls", 0.0) for pulse in pulses if pulse.kind == "shard"))
        self._figures.take(pulses, self._desk.now_ms())

    def kept(self) -> dict[str, Any]:
        """Return what must survive a restart, as plain values."""
        if self._desk.world is not None:
            for figures in (self._figures, self._desk.sources):
                figures.forget_others(self._desk.world.index.directory.switches)
        return {"nodes": self._figures.plain(), "files": self._desk.sources.plain()}

    def restore(self, kept: dict[str, Any]) -> None:
        """Take up what was kept; what cannot be read is begun anew."""
        figures = SwitchFigures()
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            figures.restore(kept["nodes"])
            self._figures = figures
            self._desk.sources.restore(kept["files"])

    def made(self, alarms: Collection[pb.Alarm]) -> pb.Board:
        """Return the board."""
        client, vendor = self._totals.get(Side.CLIENT, Counts()), self._totals.get(Side.VENDOR, Counts())
        base = self._desk.base_currency
        version = max((pulse.figures.get("version", 0.0) for pulse in self._pulses), default=0.0)
        return pb.Board(
            now_ms=self._desk.now_ms(),
            clock_speed=self._desk.clock.speed,
            cps=self._cps[-1] if self._cps else 0.0,
            open_calls=int(self._open[-1]) if self._open else 0,
            attempts_1h=client.attempts,
            answered_1h=client.answered,
            user_failed_1h=client.user_failures,
            seconds_1h=client.talk_ms // 1000,
            pdd_ms_sum_1h=client.pdd_ms,
            pdd_count_1h=client.pdd_legs,
            revenue_1h=switch_pb2.Money(units=client.base_charge, currency=base),
            cost_1h=switch_pb2.Money(units=vendor.base_charge, currency=base),
            refused_1h=self._figures.refused_1h,
            alarms=alarms,
            switches=self.switches(),
            cps_history=self._cps,
            open_history=self._open,
            refusals=self._figures.refusals,
            parked=self.parked,
            directory_version=int(version),
            age_ms=machine_ms() - self._seen_ms,
        )

    def switches(self) -> list[pb.SwitchState]:
        """Return every switch with what came of it, live and in files."""
        world = self._desk.world
        return [self._switch(switch) for switch in (world.index.directory.switches.values() if world else ())]

    def _switch(self, switch: Switch) -> pb.SwitchState:
        heard_1h, errors_1h = self._figures.hours.last_hour(switch.id, self._desk.now_ms())
        kept = self._figures.switches.get(switch.id, Kept())
        state = pb.SwitchState(
            switch_id=switch.id,
            address=switch.address,
            recipe=switch.recipe.name,
            last_record_ms=kept.last_ms,
            asked=kept.asked,
            reported=kept.reported,
            errors=kept.errors,
            parked=kept.parked,
            heard_1h=heard_1h,
            errors_1h=errors_1h,
            equipment=equipment_of(switch),
        )
        if kept.lag_ms is not None:
            state.lag_ms = kept.lag_ms
        self._desk.sources.add_files(state)
        return state


def _grown(before: dict[str, float], pulses: Collection[Pulse], prefix: str) -> float:
    """Return by how much counters grew since the last time; one that fell was begun anew with its process."""
    grown = 0.0
    for pulse in pulses:
        for figure, count in pulse.figures.items():
            if figure.startswith(prefix):
                key = f"{pulse.name} {figure}"
                was = before.get(key, 0.0)
                grown += count - was if count >= was else count
                before[key] = count
    return grown
