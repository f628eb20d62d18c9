"""`switchboard payments`."""

import grpc
import pytest

from cli.parsing import moment
from protos.operators_pb2 import Board, Changed, Status
from tests.cli.far_desk import FarDesk


def test_a_payment_comes_in_unless_it_goes_out(desk: FarDesk) -> None:
    desk.says("Payments.Add", Changed(what="7500.00 USD from orbita"))
    paid = ("payments", "add", "--amount", "7500.00", "--currency", "USD", "--at", "2026-10-31T12:00Z", "--partner")
    assert desk.run(*paid, "orbita", "--reference", "wire 7").stdout == "7500.00 USD from orbita\n"
    assert desk.run(*paid, "kestrel", "--out").exit_code == 0
    received, sent = desk.requests["Payments.Add"]
    assert (received.partner, received.outgoing, received.reference) == ("orbita", False, "wire 7")
    assert (received.amount.units, received.amount.currency) == (750_000_000_000, "USD")
    assert received.at_ms == moment("2026-10-31T12:00Z")
    assert (sent.partner, sent.outgoing) == ("kestrel", True)


def test_a_payment_without_a_time_is_dated_by_the_switchboards_clock(desk: FarDesk) -> None:
    desk.says("Status.Get", Status(board=Board(now_ms=1234)))
    desk.says("Payments.Add", Changed(what="paid"))
    desk.run("payments", "add", "--partner", "minnow", "--amount", "10", "--currency", "USD")
    assert desk.asked("Payments.Add").at_ms == 1234


def test_a_negative_payment_is_wrong_usage(desk: FarDesk) -> None:
    result = desk.run("payments", "add", "--partner", "minnow", "--amount", "-10", "--currency", "USD")
    assert result.exit_code == 2
    assert "not above zero" in result.stderr


MINNOW = ("payments", "add", "--partner", "minnow", "--amount", "10", "--currency", "USD", "--at", "2026-10-31T12:00Z")


def test_a_payment_without_a_reference_gets_one_of_its_own_that_is_told(desk: FarDesk) -> None:
    desk.says("Payments.Add", Changed(what="paid"))
    told = [desk.run(*MINNOW).stdout for _ in range(2)]
    first, second = (request.reference for request in desk.requests["Payments.Add"])
    assert told == [f"paid\nreference {first}\n", f"paid\nreference {second}\n"]
    assert first != second


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL])
def test_a_payment_whose_fate_is_unknown_tells_how_to_repeat_it(desk: FarDesk, code: grpc.StatusCode) -> None:
    desk.refuses("Payments.Add", code, "book 0 did not answer within 10.0 s; try again")
    result = desk.run(*MINNOW)
    reference = desk.asked("Payments.Add").reference
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == f"It may be posted or not: repeat it with --reference {reference}"
    assert "book 0 did not answer within 10.0 s" in result.stderr


def test_a_payment_that_is_refused_needs_no_repeating(desk: FarDesk) -> None:
    desk.refuses("Payments.Add", grpc.StatusCode.ALREADY_EXISTS, "'wire 7' is posted already, with 10.00 USD")
    assert desk.run(*MINNOW).stderr == "Error: 'wire 7' is posted already, with 10.00 USD\n"
