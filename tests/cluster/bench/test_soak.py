"""The long run: its calls, and what counts as flat memory."""

import pytest

from cluster.bench.soak import BEGINS_MS, Looks, attempts, growth_share
from cluster.demo.world import CALLWELL, ORBITA
from domain.errors import BrokenWorldError
from protos import operators_pb2 as pb
from protos.switch_pb2 import Money


def test_calls_come_evenly_from_both_clients() -> None:
    made = attempts(10, 6)
    assert len(made) == 60 and len({one.number for one in made}) == 60
    assert {one.client for one in made} == {ORBITA, CALLWELL}
    assert [one.at_ms - BEGINS_MS for one in made[:3]] == [0, 100, 200]


def test_memory_that_grows_only_while_caches_fill_is_flat() -> None:
    assert growth_share([50, 80, 100, 100, 100, 100, 100, 100, 100]) == 0


def test_memory_that_grows_on_is_not() -> None:
    assert growth_share([100 + 10 * at for at in range(9)]) == pytest.approx(30 / 140)


def test_growth_of_too_few_looks_is_no_figure() -> None:
    with pytest.raises(ValueError, match="three looks"):
        growth_share([1, 2])


def test_books_that_do_not_add_up_end_the_run() -> None:
    looks = Looks()
    looks.checked(pb.LedgerCheck(open_calls=3, cdrs_minus_postings=Money(units=-7)))
    assert looks.open_calls == [3] and max(looks.drift_units) == 7
    with pytest.raises(BrokenWorldError, match="holds of orbita"):
        looks.checked(pb.LedgerCheck(differences=["holds of orbita"]))
