"""The board: what the operators' first screen shows, made from what actors say and quality counts."""

from collections import Counter, deque
from collections.abc import Collection

from actors.desk.core import Desk
from actors.desk.switch_hours import SwitchHours
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
        self._refused: deque[tuple[int, int]] = deque()
        self._refused_before: dict[str, float] = {}
        self._hours = SwitchHours()
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
        self._hours.take(pulses, self._desk.now_ms())
        self._refused.append((self._desk.now_ms(), int(_grown(self._refused_before, pulses, "refused."))))
        while self._refused and self._refused[0][0] <= self._desk.now_ms() - HOUR_MS:
            self._refused.popleft()

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
            refused_1h=sum(count for _, count in self._refused),
            alarms=alarms,
            switches=self.switches(),
            cps_history=self._cps,
            open_history=self._open,
            refusals=_summed(self._pulses, "refused."),
            parked=self.parked,
            directory_version=int(version),
            age_ms=machine_ms() - self._seen_ms,
        )

    def switches(self) -> list[pb.SwitchState]:
        """Return every switch with its counts since the nodes' start, and those of its files since the desk's."""
        world = self._desk.world
        counts = _summed(self._pulses, "switch.")
        return [self._switch(switch, counts) for switch in (world.index.directory.switches.values() if world else ())]

    def _switch(self, switch: Switch, counts: Counter[str]) -> pb.SwitchState:
        heard_1h, errors_1h = self._hours.last_hour(switch.id, self._desk.now_ms())
        state = pb.SwitchState(
            switch_id=switch.id,
            address=switch.address,
            recipe=switch.recipe.name,
            last_record_ms=self.last_record(switch.id),
            asked=counts[f"{switch.id}.asked"],
            reported=counts[f"{switch.id}.reported"],
            errors=counts[f"{switch.id}.errors"],
            parked=counts[f"{switch.id}.parked"],
            heard_1h=heard_1h,
            errors_1h=errors_1h,
            equipment=equipment_of(switch),
        )
        lags = self._lags(switch.id)
        if lags:
            state.lag_ms = int(max(lags)[1])
        self._desk.sources.add_files(state)
        return state

    def _lags(self, switch: str) -> list[tuple[float, float]]:
        """Return for each node when a switch was last heard, and how long after its call's end its last record came."""
        key, last = f"lag.{switch}", f"last.{switch}"
        return [(pulse.figures[last], pulse.figures[key]) for pulse in self._pulses if key in pulse.figures]

    def last_record(self, switch: str) -> int:
        """Return when a switch was last heard, UTC ms of business time; 0: never."""
        return int(max((pulse.figures.get(f"last.{switch}", 0.0) for pulse in self._pulses), default=0.0))


def _summed(pulses: Collection[Pulse], prefix: str) -> Counter[str]:
    """Add up the figures whose names begin with a prefix, by the rest of the name."""
    total: Counter[str] = Counter()
    for pulse in pulses:
        for figure, count in pulse.figures.items():
            if figure.startswith(prefix):
                total[figure.removeprefix(prefix)] += int(count)
    return total


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
