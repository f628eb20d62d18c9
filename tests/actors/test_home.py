"""Business time in every process, on a machine whose clock is stepped."""

from pathlib import Path

import pytest

from actors import home
from actors.home import Home, machine_ms
from domain.commands import Expire
from domain.settings import Settings
from store.machine_time import MachineTime
from tests.actors.exchange import Exchange
from tests.domain.builders import NOON

HOUR_MS = 3_600_000


class Machine:
    """A clock that is set at will, and one that nothing sets; ms."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock_ms, self.even_ms = NOON, 5
        time = MachineTime(lambda: self.clock_ms * 1_000_000, lambda: self.even_ms * 1_000_000, "boot")
        monkeypatch.setattr(home, "MACHINE", time)

    def passes(self, ms: int) -> None:
        self.clock_ms += ms
        self.even_ms += ms


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def business_ms(folder: Path) -> int:
    return Home(folder, Settings()).clock().business_ms(machine_ms())


@pytest.mark.parametrize("step_ms", [-26 * HOUR_MS, -2 * HOUR_MS, 2 * HOUR_MS, 26 * HOUR_MS])
def test_business_time_goes_on_as_it_did_when_the_machines_clock_is_set(
    machine: Machine, tmp_path: Path, step_ms: int
) -> None:
    before = business_ms(tmp_path)
    machine.passes(1_000)
    machine.clock_ms += step_ms
    assert business_ms(tmp_path) == before + 1_000


@pytest.mark.parametrize("step_ms", [-2 * HOUR_MS, 2 * HOUR_MS])
async def test_a_step_neither_releases_a_hold_nor_keeps_it(machine: Machine, tmp_path: Path, step_ms: int) -> None:
    exchange = Exchange(tmp_path).opens()
    now = business_ms(tmp_path)
    shift = NOON - now
    assert (await exchange.ask()).held
    shard = exchange.shards[0]

    def lapsed() -> int:
        shard.turn([Expire(business_ms(tmp_path) + shift)])
        return sum(len(partner.holds) for partner in shard.partners.values())

    machine.clock_ms += step_ms
    machine.passes(170_000)
    assert lapsed() == 1  # asked for 180 s
    machine.clock_ms -= 2 * step_ms
    machine.passes(20_000)
    assert lapsed() == 0
