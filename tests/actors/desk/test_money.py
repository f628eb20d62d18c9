"""Payments are posted once by their reference, and never swallowed."""

from pathlib import Path
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.money import OpeningsService, PaymentsService, post_transfers
from actors.refs import LocalBook, LocalBooks
from domain.errors import ConflictError, InputError, SwitchboardError
from domain.ids import PartnerId
from domain.ledger import Occasion, payment_in
from domain.money import Money as Sum
from domain.money import units_of
from protos import operators_pb2 as pb
from protos.switch_pb2 import Money
from tests.cluster.tasks.places import NOW, Place, a_place

HERE: Any = None
"""The context of a call, which these services do not use."""


@pytest.fixture
def place(desk: Desk, tmp_path: Path) -> Any:
    with a_place(tmp_path) as opened:
        book = LocalBook(lambda commands: opened.shard.turn(commands)[0])
        desk.books = LocalBooks(desk.home.placement, [book])  # type: ignore[assignment]  # its twin
        yield opened


def paid(amount: str = "10.00", reference: str = "") -> pb.Payment:
    sum_of_it = Money(units=units_of(amount), currency="USD")
    return pb.Payment(partner="orbita", amount=sum_of_it, at_ms=NOW, reference=reference)


async def test_a_reference_is_posted_once(desk: Desk, place: Place) -> None:
    payments = PaymentsService(desk)
    first, again = [(await payments.Add(paid(reference="wire 7"), HERE)).what for _ in range(2)]
    assert again == f"{first}: this reference is posted already"
    assert list(place.balances().values()) == [-units_of("10.00")]


async def test_a_known_reference_with_another_amount_is_refused(desk: Desk, place: Place) -> None:
    payments = PaymentsService(desk)
    await payments.Add(paid(reference="wire 7"), HERE)
    with pytest.raises(ConflictError, match="'wire 7' is posted already"):
        await payments.Add(paid("10.01", reference="wire 7"), HERE)
    assert list(place.balances().values()) == [-units_of("10.00")]


async def test_two_equal_payments_of_one_moment_are_two(desk: Desk, place: Place) -> None:
    for _ in range(2):
        await PaymentsService(desk).Add(paid(), HERE)
    assert list(place.balances().values()) == [-units_of("20.00")]


async def test_a_mistake_is_taken_back_once_and_its_reference_is_used_up(desk: Desk, place: Place) -> None:
    payments = PaymentsService(desk)
    await payments.Add(paid(reference="wire 7"), HERE)
    mistake = pb.PaymentMistake(partner="orbita", reference="wire 7", why="it is Minnow's")
    first, again = [(await payments.TakeBack(mistake, HERE)).what for _ in range(2)]
    assert first == "10.00 USD of wire 7 is taken back" and again == f"{first}: it was already"
    assert not any(place.balances().values())
    transfers = [one for _, book in desk.reader.every() for one in book.transfers()]
    payment, back = sorted(transfers, key=lambda one: "taken back" in one.memo)
    assert (back.debit, back.credit, back.amount) == (payment.credit, payment.debit, payment.amount)
    assert (back.base_amount, back.ref) == (payment.base_amount, "wire 7")
    assert back.memo == "wire 7 taken back: it is Minnow's"
    with pytest.raises(ConflictError, match=r"'wire 7' was posted already, and taken back.*Give another reference"):
        await payments.Add(paid(reference="wire 7"), HERE)
    assert not any(place.balances().values())
    await payments.Add(paid(reference="wire 7a"), HERE)
    assert list(place.balances().values()) == [-units_of("10.00")]


async def test_what_is_repeated_is_in_the_audit_trail_once(
    desk: Desk, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    payments, openings = PaymentsService(desk), OpeningsService(desk)
    mistake = pb.PaymentMistake(partner="orbita", reference="wire 7", why="it is Minnow's")
    opening = pb.Opening(account="bank", amount=Money(units=units_of("5"), currency="USD"), at_ms=NOW)
    for _ in range(2):
        await payments.Add(paid(reference="wire 7"), HERE)
        await openings.Set(opening, HERE)
    await payments.Add(paid(reference="wire 8"), HERE)
    for why in ("it is Minnow's", "again"):
        mistake.why = why
        await payments.TakeBack(mistake, HERE)
    told = [(entry.action, entry.key) for entry in reversed(desk.catalog.audit.list("payment"))]
    assert told == [("post", "wire 7"), ("post", "wire 8"), ("take back", "wire 7")]
    assert desk.catalog.audit.count("opening") == 1
    with monkeypatch.context() as crash:
        crash.setattr(desk, "write", None)  # it dies between posting and telling
        with pytest.raises(TypeError):
            await payments.TakeBack(pb.PaymentMistake(partner="orbita", reference="wire 8", why="twice"), HERE)
    await payments.TakeBack(pb.PaymentMistake(partner="orbita", reference="wire 8", why="twice"), HERE)
    assert desk.catalog.audit.list("payment", "wire 8", limit=1)[0].after["why"] == "twice"


async def test_only_what_was_posted_is_taken_back_and_with_a_reason(desk: Desk, place: Place) -> None:
    payments = PaymentsService(desk)
    await payments.Add(paid(reference="wire 7"), HERE)
    for wrong, said in (
        ({"reference": "wire 8", "why": "x"}, "no payment 'wire 8' from orbita"),
        ({"reference": "wire 7", "outgoing": True, "why": "x"}, "no payment 'wire 7' to orbita"),
        ({"reference": "wire 7", "why": " "}, "no reason"),
    ):
        with pytest.raises(SwitchboardError, match=said):
            await payments.TakeBack(pb.PaymentMistake(partner="orbita", **wrong), HERE)
    assert list(place.balances().values()) == [-units_of("10.00")]


async def test_a_payment_that_is_to_come_is_no_credit_yet(desk: Desk, place: Place) -> None:
    later = paid(reference="wire 7")
    later.at_ms = desk.now_ms() + 2 * 86_400_000
    with pytest.raises(InputError, match="which is to come"):
        await PaymentsService(desk).Add(later, HERE)
    assert not place.balances()


async def test_money_in_another_currency_than_the_contracts_is_refused(desk: Desk, place: Place) -> None:
    euros = Money(units=units_of("5"), currency="EUR")
    said = r"5.* EUR, but the contract of orbita is in USD.*amount in USD.*switchboard fx list"
    for outgoing in (False, True):
        payment = pb.Payment(partner="orbita", amount=euros, at_ms=NOW, reference="E1", outgoing=outgoing)
        with pytest.raises(InputError, match=said):
            await PaymentsService(desk).Add(payment, HERE)
    for account in ("receivable:orbita", "payable:orbita"):
        with pytest.raises(InputError, match=said):
            await OpeningsService(desk).Set(pb.Opening(account=account, amount=euros, at_ms=NOW), HERE)
    assert not [one for _, book in desk.reader.every() for one in book.transfers()]
    await OpeningsService(desk).Set(pb.Opening(account="bank", amount=euros, at_ms=NOW), HERE)


async def test_a_former_payment_in_another_currency_can_be_taken_back(desk: Desk, place: Place) -> None:
    occasion = Occasion(NOW, NOW, "E1", "E1")
    former = payment_in(PartnerId("orbita"), Sum.of("5", "EUR"), units_of("5.5"), occasion)
    await post_transfers(desk, PartnerId("orbita"), former)
    mistake = pb.PaymentMistake(partner="orbita", reference="E1", why="it was in euro")
    assert "5.00 EUR of E1 is taken back" in (await PaymentsService(desk).TakeBack(mistake, HERE)).what


async def test_what_mends_a_missing_exchange_rate_is_a_command_as_it_is_typed(desk: Desk, place: Place) -> None:
    opening = pb.Opening(account="bank", amount=Money(units=units_of("5"), currency="CHF"), at_ms=NOW)
    with pytest.raises(InputError, match=r"switchboard fx set --currency CHF --rate RATE"):
        await OpeningsService(desk).Set(opening, HERE)


async def test_an_account_opens_once(desk: Desk, place: Place) -> None:
    ten = pb.Opening(account="receivable:orbita", amount=Money(units=units_of("10"), currency="USD"), at_ms=NOW)
    openings = OpeningsService(desk)
    await openings.Set(ten, HERE)
    assert (await openings.Set(ten, HERE)).what.endswith("it was opened already")
    ten.amount.units *= -1
    with pytest.raises(ConflictError):
        await openings.Set(ten, HERE)
