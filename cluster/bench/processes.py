"""What processes cost, as the kernel counts it (Linux proc(5))."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MiB: all of it, and the part that no file backs (mapped plans are shared by all nodes)."""

    rss_mb: float
    own_mb: float


def cpu_s(pid: int) -> float:
    """Return the processor time that a process and all its threads have used, in seconds; 10 ms exact.

    Raises OSError when the process is gone.
    """
    # the second field is the name in parentheses, which may hold blanks; utime and stime are the 14th and 15th
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def memory(pid: int) -> Memory:
    """Return the resident memory of a process. Raises OSError when it is gone."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    parts = (line.partition(":") for line in lines)
    kilobytes = {name: int(value.split()[0]) for name, _, value in parts if "kB" in value}
    return Memory(round(kilobytes["VmRSS"] / 1024, 1), round(kilobytes["RssAnon"] / 1024, 1))


def children() -> dict[int, list[int]]:
    """Return the children of every process of this machine that has some."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, IndexError):
                parent = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
                found.setdefault(parent, []).append(int(entry.name))
    return found


class PeakMemory:
    """Watches the most memory of processes below one whose title holds a word, while it is entered: `most_mb`."""

    def __init__(self, root: int, title: str) -> None:
        self.most_mb = 0.0
        self._root, self._title = root, title
        self._over = Event()
        self._watching = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watching.join()

    def _watch(self) -> None:
        found: set[int] = set()
        while not self._over.wait(_LOOK_S):
            tree, below = [self._root], children()
            for pid in tree:
                tree += below.get(pid, [])
            found |= {pid for pid in tree if self._title in _title_of(pid)}
            for pid in found:
                with suppress(OSError, KeyError):
                    self.most_mb = max(self.most_mb, _peak_mb(pid))


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    parts = dict(line.split(":", 1) for line in lines)
    return int(parts["VmHWM"].split()[0]) / 1024


def _title_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
