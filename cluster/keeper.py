"""Shards run where operators ordered them to: stopped here, started there; a book's epoch fences the old one."""

import time
from typing import Any

import ray
from ray.exceptions import RayError

from actors.home import Home
from actors.machines import present
from actors.refs import NAMESPACE
from cluster.bring_up import make_shard

STOP_S = 10.0
GONE_S = 10.0


class Keeper:
    """Looks at the orders about machines, and moves each shard that runs elsewhere."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._placed = {name: home.machine_of(name) for name in home.placement.shard_names}

    def look(self) -> None:
        """Move what is to be moved."""
        for name, machine in self._placed.items():
            wanted = self._home.machine_of(name)
            if wanted != machine:
                self._move(name, machine, wanted)
                self._placed[name] = wanted

    def _move(self, name: str, machine: str, wanted: str) -> None:
        """Stop a shard and start it on another machine. One that cannot be told to stop is fenced by its successor."""
        try:
            actor: Any = ray.get_actor(name, namespace=NAMESPACE)
        except ValueError:
            pass  # it is not there
        else:
            if machine in present():
                _stop(actor)
            ray.kill(actor, no_restart=True)
            _wait_until_gone(name)
        make_shard(self._home, name, wanted)


def _stop(actor: Any) -> None:
    try:
        ray.get(actor.stop.remote(), timeout=STOP_S)
    except RayError:
        return  # its books are safe without


def _wait_until_gone(name: str) -> None:
    deadline = time.monotonic() + GONE_S
    while time.monotonic() < deadline:
        try:
            ray.get_actor(name, namespace=NAMESPACE)
        except ValueError:
            return
        time.sleep(0.05)
