"""The machines of the cluster: each has a resource of its own in Ray, by which what belongs there is placed."""

from typing import Any

import ray

RESOURCE = "at-"
PLENTY, LITTLE = 1_000_000, 0.001
"""How much of its resource a machine has, and how much an actor there takes: the resource only says where."""
STOP_S, MOVE_S, ENTER_S = 15.0, 40.0, 10.0
"""How long, while a machine is emptied, an actor may take to answer, a shard to come up elsewhere, the catalog to
write."""
EMPTIED_S = 3 * STOP_S + MOVE_S + 2 * ENTER_S
"""The longest that emptying a machine takes: its nodes, what its shards are, their order and move, and a last look."""


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
