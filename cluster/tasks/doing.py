"""What runs in a worker's process: batch work by its name, as Ray's tasks, which yields to live actors."""

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import ray

from actors.home import Home
from actors.sheet_work import DigestOrder

NICE = 10
"""Batch work yields to live actors, which run at 0 (DESIGN §4.8)."""


def _do(module: str, function: str, *args: object) -> Any:
    _be_nice()
    work: Callable[..., Any] = getattr(import_module(f"cluster.tasks.{module}"), function)
    return work(*args)


def _do_seed() -> Iterator[Any]:
    _be_nice()
    yield from import_module("cluster.tasks.documents").seed_codes()


def _do_backup(home: Home, place: Path, keep: int) -> Iterator[Any]:
    _be_nice()
    yield from import_module("cluster.tasks.backup_steps").backup_steps(home, place, keep)


def _do_digest(home: Home, order: DigestOrder) -> Iterator[Any]:
    _be_nice()
    yield from import_module("cluster.tasks.sheets").digest(home, order)


def _be_nice() -> None:
    os.nice(max(0, NICE - os.nice(0)))


work: Any = ray.remote(num_cpus=1)(_do)
moment: Any = ray.remote(num_cpus=0)(_do)
seed: Any = ray.remote(num_cpus=1, num_returns="streaming")(_do_seed)
backup: Any = ray.remote(num_cpus=0, num_returns="streaming", max_retries=0)(_do_backup)
digest: Any = ray.remote(num_cpus=1, num_returns="streaming", max_retries=0)(_do_digest)
