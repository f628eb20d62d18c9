"""The machines of the cluster: each has a resource of its own in Ray, by which what belongs there is placed."""

from typing import Any

import ray

RESOURCE = "at-"
PLENTY, LITTLE = 1_000_000, 0.001
"""How much of its resource a machine has, and how much an actor there takes: the resource only says where."""


def resource(machine: str) -> str:
    """Return the name of a machine's resource."""
    return RESOURCE + machine


def present() -> dict[str, str]:
    """Return the machines that are in the cluster now, each with its address. Asks Ray: some milliseconds."""
    found: dict[str, str] = {}
    nodes: Any = ray.nodes  # Ray leaves it untyped
    for node in nodes():
        names = [name.removeprefix(RESOURCE) for name in node["Resources"] if name.startswith(RESOURCE)]
        if node["Alive"]:
            found |= dict.fromkeys(names, str(node["NodeManagerAddress"]))
    return found
