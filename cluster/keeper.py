"""Shards run where operators ordered them to: stopped here, started there; a book's epoch fences the old one."""

import time
from typing import Any, Protocol

import ray
from ray.exceptions import RayError

from actors.home import Home
from actors.machines import present
from actors.refs import NAMESPACE
from cluster.bring_up import make_shard

STOP_S = 10.0
GONE_S = 10.0


class Stage(Protocol):
    """Where shards run."""

    def machines(self) -> set[str]:
        """Return the machines that are there."""
        ...

    def stop(self, shard: str) -> None:
        """Let a shard finish what waits and close its books; one that cannot is let be: its books are safe."""
        ...

    def end(self, shard: str) -> bool:
        """End a shard for good; tell whether its name is free now."""
        ...

    def make(self, shard: str, machine: str) -> None:
        """Make a shard on a machine."""
        ...


class Keeper:
    """Looks at the orders about machines, and moves each shard that runs elsewhere.

    Invariant: a shard is made anew only when the former one has ended, else its name would still be that one's. One
    that does not end in time is tried again with the next look. `placed` has for each shard the machine on which it was
    made, not the one to which it is ordered now: orders may have come since.
    """

    def __init__(self, home: Home, placed: dict[str, str], stage: Stage | None = None) -> None:
        self._home, self._placed, self._stage = home, placed, stage or RayStage(home)

    def look(self) -> None:
        """Move what is to be moved."""
        for name, machine in self._placed.items():
            wanted = self._home.machine_of(name)
            if wanted != machine and self._move(name, machine, wanted):
                self._placed[name] = wanted

    def _move(self, name: str, machine: str, wanted: str) -> bool:
        """Stop a shard and start it on another machine. One that cannot be told to stop is fenced by its successor."""
        if machine in self._stage.machines():
            self._stage.stop(name)
        if not self._stage.end(name):
            return False
        self._stage.make(name, wanted)
        return True


class RayStage:
    """The cluster."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def machines(self) -> set[str]:
        """Return the machines that are there."""
        return set(present())

    def stop(self, shard: str) -> None:
        """Let a shard finish what waits and close its books."""
        try:
            actor: Any = ray.get_actor(shard, namespace=NAMESPACE)
            ray.get(actor.stop.remote(), timeout=STOP_S)
        except (ValueError, RayError):
            return  # it is not there, or its books are safe without

    def end(self, shard: str) -> bool:
        """End a shard for good; tell whether its name is free now."""
        deadline = time.monotonic() + GONE_S
        while time.monotonic() < deadline:
            try:
                ray.kill(ray.get_actor(shard, namespace=NAMESPACE), no_restart=True)
            except ValueError:
                return True
            time.sleep(0.05)
        return False

    def make(self, shard: str, machine: str) -> None:
        """Make a shard on a machine."""
        make_shard(self._home, shard, machine)
