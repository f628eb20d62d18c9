"""Reports of one leg become one record, whatever their order and number."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.booking import Known, book, fingerprint
from domain.calls import Leg, LegState, Side
from tests.domain.builders import NOON, leg

OPEN = leg(state=LegState.OPEN, disconnect_ms=None, duration_ms=0, charge=0)
ENDED = leg()


def told(reports: list[Leg]) -> tuple[list[str], int, list[str]]:
    """Book reports one after the other: outcomes, what was posted, and the phases that the hold saw."""
    known: Known | None = None
    outcomes: list[str] = []
    phases: list[str] = []
    amount = 0
    for at, report in enumerate(reports):
        booked = book(report, fingerprint(report), known, NOON + at)
        outcomes.append(booked.outcome)
        if booked.write:
            known = Known(report.state, fingerprint(report), report.charge)
        if booked.posting is not None:
            amount += booked.posting.amount
            phases.append(booked.posting.phase)
    return outcomes, amount, phases


@pytest.mark.parametrize(
    ("reports", "outcomes", "phases"),
    [
        ([OPEN, ENDED], ["opened", "closed"], ["start", "end"]),
        ([ENDED], ["new"], ["end"]),
        ([ENDED, OPEN], ["new", "duplicate"], ["end"]),
        ([OPEN, OPEN, ENDED, OPEN], ["opened", "alive", "closed", "duplicate"], ["start", "alive", "end"]),
        ([OPEN, ENDED, ENDED, ENDED], ["opened", "closed", "duplicate", "duplicate"], ["start", "end"]),
        ([OPEN], ["opened"], ["start"]),
    ],
)
def test_a_leg_is_charged_once_in_any_order(reports: list[Leg], outcomes: list[str], phases: list[str]) -> None:
    assert told(reports) == (outcomes, ENDED.charge if ENDED in reports else 0, phases)


def test_a_second_end_that_says_otherwise_differs_and_the_first_stands() -> None:
    longer = leg(duration_ms=61_000, charge=99)
    assert told([ENDED, longer]) == (["new", "differs"], ENDED.charge, ["end"])
    assert told([longer, ENDED]) == (["new", "differs"], 99, ["end"])


@given(st.permutations([OPEN, OPEN, ENDED, ENDED, OPEN, ENDED]))
def test_what_is_posted_does_not_depend_on_the_order(reports: list[Leg]) -> None:
    outcomes, amount, phases = told(reports)
    assert amount == ENDED.charge
    assert phases.count("end") == 1
    assert phases[-1] == "end"
    assert sorted(outcomes)[-1] in ("new", "opened")


def test_vendor_legs_move_no_hold_and_failed_ones_nothing_at_all() -> None:
    paid = leg(side=Side.VENDOR)
    failed = leg(side=Side.VENDOR, connect_ms=None, duration_ms=0, billed_s=0, charge=0, cause=17)
    posting = book(paid, 1, None, NOON).posting
    assert posting is not None
    assert (posting.amount, posting.phase) == (paid.charge, "")
    assert book(failed, 1, None, NOON).posting is None
    assert book(leg(side=Side.VENDOR, state=LegState.OPEN, charge=0), 1, None, NOON).posting is None


def test_an_unanswered_client_leg_ends_its_call_for_nothing() -> None:
    posting = book(leg(connect_ms=None, duration_ms=0, charge=0), 1, None, NOON).posting
    assert posting is not None
    assert (posting.amount, posting.phase) == (0, "end")


def test_a_sealed_leg_is_known() -> None:
    mark = fingerprint(ENDED)
    assert book(ENDED, mark, Known(LegState.CLOSED, mark), NOON).outcome == "duplicate"
    assert book(ENDED, mark + 1, Known(LegState.CLOSED, mark), NOON).outcome == "differs"


@pytest.mark.parametrize(
    "other",
    [{"duration_ms": 60_001}, {"a": "1"}, {"b": "1"}, {"cause": 17}, {"connect_ms": None}, {"partner": "minnow"}],
)
def test_ends_that_say_different_things_have_different_fingerprints(other: dict[str, object]) -> None:
    assert fingerprint(leg(**other)) != fingerprint(ENDED)


def test_a_connect_time_counted_back_from_the_arrival_is_no_difference() -> None:
    assert fingerprint(leg(connect_ms=NOON + 5000, disconnect_ms=NOON + 65_000)) == fingerprint(ENDED)


def test_a_fingerprint_is_the_same_in_every_process_and_fits_a_signed_column() -> None:
    assert fingerprint(ENDED) == 8988702618245513123
    assert all(0 <= fingerprint(leg(cause=cause)) < 2**63 for cause in range(128))


def test_all_orders_of_start_and_stop_of_two_sides_give_the_same_sums() -> None:
    reports = [OPEN, ENDED, leg(side=Side.VENDOR, charge=44)]
    sums = set()
    for order in permutations(reports):
        known: dict[Side, Known] = {}
        total = {Side.CLIENT: 0, Side.VENDOR: 0}
        for report in order:
            booked = book(report, 1, known.get(report.side), NOON)
            if booked.write:
                known[report.side] = Known(report.state, 1)
            total[report.side] += booked.posting.amount if booked.posting else 0
        sums.add(tuple(total.values()))
    assert sums == {(ENDED.charge, 44)}
