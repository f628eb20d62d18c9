"""How long it takes until calls flow again, with 100,000 open holds in the book (DESIGN §8).

Neighbours on the machine make it longer and never shorter: the best of some tries counts, and of work in one process
its processor time.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.bench.recovery import HOLDS, installation, open_hold
from cluster.bench.stand import actor_pids
from domain.calls import Side
from store.book import Writes
from tests.actors.builders import open_shard
from tests.domain.call_builders import USD, client

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

RECOVER_S, FLOW_S, UP_S = 3.0, 5.0, 20.0
TRIES, BETWEEN_S = 4, 3.0


def best_of(tries: int, enough_s: float, run: Callable[[], float]) -> list[float]:
    """Return what some runs took, the last of them the best; no more are made when one took no longer than enough."""
    took: list[float] = []
    while len(took) < tries and (not took or min(took) > enough_s):
        took.append(run())
    return sorted(took, reverse=True)


def test_a_shard_with_100000_open_holds_recovers_in_under_3_s(book_url: str, tmp_path: Path) -> None:
    made = [open_hold(number) for number in range(HOLDS)]
    whose = client(made[0].partner)
    shard = open_shard(book_url, tmp_path, whose)
    balances = {(whose.id, Side.CLIENT, USD): (0, sum(hold.amount for hold in made), HOLDS)}
    shard.book.commit(Writes(holds={hold.hold_id: hold for hold in made}, balances=balances))
    shard.book.close()

    def recover() -> float:
        began = time.process_time()
        again = open_shard(book_url, tmp_path, whose)
        took_s = time.process_time() - began
        assert len(again.partners[whose.id].holds) == HOLDS
        again.book.close()
        return took_s

    *_, best = best_of(TRIES, RECOVER_S, recover)
    assert best < RECOVER_S


def test_calls_flow_again_in_5_s_when_that_shard_is_killed_and_in_20_s_when_all_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with installation(lambda _: None, HOLDS) as its:

        def killed_shard() -> float:
            time.sleep(BETWEEN_S)
            os.kill(actor_pids(its.up.data)["shard-0"], signal.SIGKILL)
            return its.first_call_s(time.monotonic())

        def killed_tree() -> float:
            its.up.kill_tree()
            began = time.monotonic()
            its.up.begin()
            return its.first_call_s(began)

        its.up.start()
        its.first_call_s(time.monotonic())
        shard, tree = best_of(TRIES, FLOW_S, killed_shard), best_of(TRIES, UP_S, killed_tree)
    with capsys.disabled():
        print(f"\n  calls flow {shard} s after a kill of the shard, {tree} s after a kill of all")
    assert shard[-1] < FLOW_S and tree[-1] < UP_S
