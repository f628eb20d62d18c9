"""Who may join a switchboard, and what is left where `join` is killed: as network namespaces of this host."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.live.namespaces import FIRST, processes_in, two_machines
from tests.live.waiting import until
from tests.store.postgres import PostgresServer
from tests.torture.machines import WAIT_S, Machine

pytestmark = [pytest.mark.live, pytest.mark.torture, pytest.mark.timeout(900), pytest.mark.xdist_group("machines")]

SETTINGS = """
[desk]
listen = "127.0.0.1:50051"
metrics = ""
[cluster]
address = "{address}"
away = "wait"
[store]
url = "{url}"
[[node]]
name = "node-0"
[[node]]
name = "node-1"
machine = "second"
"""


@pytest.fixture
def machines(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[tuple[Machine, Machine]]:
    with postgres_server.database() as name, two_machines("swj") as (one, other):
        first, second = (Machine(its, tmp_path / its[-1]) for its in (one, other))
        for machine in (first, second):
            machine.folder.mkdir()
        url = postgres_server.url(name)
        (first.folder / "switchboard.toml").write_text(SETTINGS.format(address=FIRST, url=url))
        try:
            first.start("up")
            until(lambda: first.said("ready:"), "the first machine serves", WAIT_S)
            shutil.copy(first.folder / "ray.token", second.folder)
            yield first, second
        finally:
            second.stop()
            first.stop()
            for machine in (first, second):
                machine.close()


def join(second: Machine, name: str, until_said: str) -> None:
    second.start("join", f"{FIRST}:6380", "--machine", name)
    until(lambda: second.said(until_said), until_said, WAIT_S)


def test_only_a_machine_that_is_meant_joins_and_none_outlives_its_join(machines: tuple[Machine, Machine]) -> None:
    first, second = machines
    for name, why in (("first", "is the first machine itself"), ("third", "do not name third (they name: second)")):
        join(second, name, why)
        second.stop()
    for _ in range(2):
        join(second, "second", "joined ")
        until(lambda: len(second.actors()) == 1, "a node runs there", WAIT_S)
        assert second.running is not None
        second.running.send_signal(signal.SIGKILL)
        second.running.wait()
        until(lambda: not processes_in(second.inside), "nothing of it runs there", WAIT_S)
        with suppress(ProcessLookupError):
            os.kill(second.running.pid, 0)
            raise AssertionError("it was killed")
    assert first.running is not None and first.running.poll() is None
