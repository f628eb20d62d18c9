"""The Ray cluster of one machine, and the live actors in it, in the order in which they need each other."""

import logging
import os
from collections.abc import Iterator
from typing import Any

import ray

from actors.desk_actor import DeskActor
from actors.home import Home
from actors.machines import LITTLE, PLENTY, present, resource
from actors.node_actor import NodeActor
from actors.quality_actor import QualityActor
from actors.refs import DESK, NAMESPACE, QUALITY
from actors.shard_actor import ShardActor
from cluster.greeting import greet
from cluster.tasks import RayTasks

CALLS_AT_ONCE = 10_000
"""Methods of one actor that may wait at once; the real bounds are the queues of refs and gateways."""


def start_ray(home: Home) -> None:
    """Start a Ray cluster of our own. Its environment is set before, since workers inherit it (DESIGN §4.8)."""
    settings, cluster = home.settings.ray, home.settings.cluster
    workers = settings.workers_on(os.cpu_count() or 1)
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112  Ray's spelling; live actors yield to nobody, tasks do
    os.environ.setdefault("POLARS_MAX_THREADS", str(workers))
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    ray.init(
        address="local",
        namespace=NAMESPACE,
        num_cpus=workers,
        resources={resource(cluster.machine): PLENTY},
        object_store_memory=settings.object_store_mb * 2**20,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        _node_ip_address=cluster.address or None,
    )
    greet(home)


def ray_is_broken() -> bool:
    """Return whether Ray's own raylet or GCS has ended. Their clients would wait half a minute and more to say so."""
    node = ray._private.worker._global_node  # the processes that `init` started; no public name leads there
    return node is not None and any(kind in ("raylet", "gcs_server") for kind, _ in node.dead_processes())


def actors(home: Home, placed: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """Make the live actors that are missing, in order: shards, quality, desk, nodes last. Yields (name, handle).

    `placed` is told on which machine each shard was made; one that it knows is there already, whatever was ordered
    meanwhile: who keeps shards where they are ordered to (cluster.keeper) begins with it.
    """
    for name in home.placement.shard_names:
        yield name, make_shard(home, name, placed.setdefault(name, home.machine_of(name)))
    first = home.settings.cluster.machine
    yield QUALITY, _make(QualityActor, first, QUALITY, home)
    yield DESK, _make(DeskActor, first, DESK, home, RayTasks(home))
    for node in home.settings.node:
        yield node.name, _make(NodeActor, home.machine_of(node.name), node.name, home, node)


def make_shard(home: Home, name: str, machine: str) -> Any:
    """Make a shard on a machine; it waits until that is there."""
    return _make(ShardActor, machine, name, home)


def start_actors(home: Home, placed: dict[str, str]) -> None:
    """Make all actors and wait until each of this machine has started. Raises what the start of one raised.

    Those of other machines start when their machines join. `placed` is told where each shard was made.
    """
    first = home.settings.cluster.machine
    all_made = list(actors(home, placed))
    made = [(name, handle) for name, handle in all_made if placed.get(name, home.machine_of(name)) == first]
    for _, handle in made[:-1]:
        handle.ping.remote()  # they start side by side; the order below is that of answers
    for _, handle in made:
        ray.get(handle.ping.remote(), timeout=60)


def stop_actors(home: Home, placed: dict[str, str]) -> None:
    """Stop in reverse: nodes take no more calls, shards finish what waits.

    `placed` has on which machine each shard is: one that was ordered elsewhere is there still until it is moved.
    """
    there = present()
    names = [node.name for node in home.settings.node] + [DESK]
    names += home.placement.shard_names
    for name in names:
        if placed.get(name, home.machine_of(name)) not in there:
            continue
        try:
            actor = ray.get_actor(name, namespace=NAMESPACE)
            ray.get(actor.stop.remote(), timeout=30)
        except (ValueError, ray.exceptions.RayError):
            continue  # it is not there, or ended already


def _make(kind: type, machine: str, name: str, *args: object) -> Any:
    remote: Any = ray.remote(kind)
    return remote.options(
        name=name,
        namespace=NAMESPACE,
        lifetime="detached",
        get_if_exists=True,
        num_cpus=0,
        resources={resource(machine): LITTLE},
        max_restarts=-1,
        max_task_retries=0,
        max_concurrency=CALLS_AT_ONCE,
        enable_task_events=False,  # each call would be told to the cluster twice, for a page that nobody reads
    ).remote(name, *args)
