"""Values that travel: what comes out of a pickle is what went in, by whatever pickler."""

import pickle
from copy import copy

from ray import cloudpickle

from domain.charging import charge_report
from domain.commands import Granted, Recorded, RecordLeg
from domain.travel import Batch, pack, unpack
from tests.domain.reports import report
from tests.domain.worlds import uk_world


def test_a_batch_comes_out_as_it_went_in_by_whatever_pickler() -> None:
    leg = charge_report(report(), uk_world())
    told = [Recorded("new", 5, "USD"), Granted(60, 7, left=3), leg]
    for pickler in (pickle, cloudpickle):
        assert pickler.loads(pickler.dumps(Batch(told))) == told
        assert pickler.loads(pickler.dumps(told)) == told


def test_a_batch_is_one_piece_for_who_carries_it() -> None:
    told = Batch([Recorded("new"), Recorded("opened")])
    _, (data,) = told.__reduce__()
    assert isinstance(data, bytes) and pickle.loads(data) == told


def test_what_is_packed_is_bytes_and_comes_out_as_it_went_in() -> None:
    told = (0, [Recorded("new", 5, "USD"), Granted(60, 7, left=3)])
    assert isinstance(pack(told), bytes) and unpack(pack(told)) == told


def test_fields_that_do_not_compare_travel_too() -> None:
    assert pickle.loads(pickle.dumps(Granted(60, 7, left=3))).left == copy(Granted(60, 7, left=3)).left == 3


def test_all_of_a_command_travels() -> None:
    leg = charge_report(report(), uk_world())
    command = RecordLeg(leg, 1, b"{}", 2, checked=True, unpark=b"p", session_id=b"s")  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(command)) == command
