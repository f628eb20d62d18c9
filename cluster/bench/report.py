"""What a benchmark says: one JSON object with the machine, the workload, the figures and the floors of DESIGN §8."""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

Value = int | float | str | Sequence[float] | None
"""Figures carry their unit in the name: redirects_per_s, latency_ms_p99, rss_mb."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The worst that a figure may be; exactly one of the two is given."""

    figure: str
    at_least: float | None = None
    at_most: float | None = None

    def met_by(self, value: float) -> bool:
        """Return whether a value is good enough."""
        assert (self.at_least is None) != (self.at_most is None), "a floor has one side"
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0)


@dataclass(frozen=True, slots=True)
class Machine:
    """What it ran on: `cpus` that this process may use, memory in GiB."""

    cpus: int
    model: str
    python: str
    platform: str
    memory_gb: float


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one benchmark. Invariant: each floor is about a figure that was measured."""

    bench: str
    workload: Mapping[str, Value]
    figures: Mapping[str, Value]
    floors: tuple[Floor, ...]
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def meets_floor(self) -> bool:
        """Return whether every floor is met."""
        return all(floor.met_by(_number(self.figures[floor.figure])) for floor in self.floors)

    def as_json(self) -> str:
        """Return the object as JSON text. `load_average_1m` of the workload tells how busy the machine was before."""
        floors = {
            floor.figure: {"at_least": floor.at_least} if floor.at_most is None else {"at_most": floor.at_most}
            for floor in self.floors
        }
        said = {
            "bench": self.bench,
            "machine": asdict(machine()),
            "workload": dict(self.workload) | {"load_average_1m": round(self.load_before, 2)},
            "figures": dict(self.figures),
            "floor": floors,
            "meets_floor": self.meets_floor,
        }
        return orjson.dumps(said, option=orjson.OPT_INDENT_2).decode()


def machine() -> Machine:
    """Return what this is running on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return Machine(len(os.sched_getaffinity(0)), _model(), platform.python_version(), sys.platform, round(memory, 1))


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile: the smallest sample that `share` % of all do not exceed.

    Raises ValueError where there is no sample or the share is not in (0, 100].
    """
    if not samples or not 0 < share <= 100:
        raise ValueError("a percentile needs samples and a share above 0 and up to 100")
    rank = -(-len(samples) * share // 100)
    return sorted(samples)[int(rank) - 1]


def _number(value: Value) -> float:
    assert isinstance(value, int | float), "a floor is about a number"
    return value


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
