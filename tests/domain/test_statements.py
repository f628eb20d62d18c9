"""Statements and profit and loss."""

from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Side
from domain.ids import PartnerId
from domain.ledger import (
    Occasion,
    Transfer,
    charge_transfer,
    opening_balance,
    payable,
    payment_in,
    payment_out,
    receivable,
    rounding_difference,
)
from domain.money import Currency, Money
from domain.statements import postings, profit_and_loss, statement

ORBITA = PartnerId("orbita")
USD = Currency("USD")


def usd(text: str) -> Money:
    return Money.of(text, "USD")


def at(ms: int, ref: str = "", known: int | None = None) -> Occasion:
    return Occasion(ms, ms if known is None else known, ref or f"at-{ms}")


def charged(side: Side, name: str, text: str, when: Occasion) -> Transfer:
    return charge_transfer(side, PartnerId(name), usd(text), usd(text).units, when)


def test_a_prepaid_clients_statement_is_the_demos() -> None:
    rows = [
        opening_balance(receivable(ORBITA), usd("-1250"), usd("-1250").units, at(0)),
        payment_in(ORBITA, usd("7500"), usd("7500").units, at(15)),
        charged(Side.CLIENT, "orbita", "6667.50", at(20)),
        charged(Side.CLIENT, "callwell", "1", at(20)),
        charged(Side.CLIENT, "orbita", "99", at(31)),
    ]
    got = statement(ORBITA, USD, rows, 10, 31)
    assert -got.opening == usd("1250")
    assert [-line.balance for line in got.lines] == [usd("8750").units, usd("2082.50").units]
    assert -got.closing == usd("2082.50")


def test_a_statement_nets_what_a_partner_owes_and_is_owed() -> None:
    rows = [charged(Side.CLIENT, "orbita", "100", at(1)), charged(Side.VENDOR, "orbita", "30", at(2))]
    rows.append(payment_out(ORBITA, usd("10"), usd("10").units, at(3)))
    assert statement(ORBITA, USD, rows, 0, 10).closing == usd("80")


def test_a_statement_leaves_other_currencies_out() -> None:
    rows = [charge_transfer(Side.CLIENT, ORBITA, Money.of("5", "EUR"), usd("5.50").units, at(1))]
    assert statement(ORBITA, USD, rows, 0, 10).lines == ()
    assert statement(ORBITA, Currency("EUR"), rows, 0, 10).closing == Money.of("5", "EUR")


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(-(10**12), 10**12)), max_size=20), st.integers(0, 30))
def test_the_closing_balance_is_the_next_periods_opening(amounts: list[tuple[int, int]], cut: int) -> None:
    rows = [
        charge_transfer(Side.CLIENT, ORBITA, Money(units, USD), units, at(ms, f"r{number}"))
        for number, (ms, units) in enumerate(amounts)
    ]
    before, after = statement(ORBITA, USD, rows, 0, cut), statement(ORBITA, USD, rows, cut, 100)
    assert before.closing == after.opening
    assert after.opening.units + sum(line.amount for line in after.lines) == after.closing.units
    assert after.closing.units == sum(units for _, units in amounts)


def test_profit_and_loss_before_and_after_a_rerating() -> None:
    rows = [
        charged(Side.CLIENT, "orbita", "21054.75", at(10)),
        charged(Side.VENDOR, "kestrel", "15981.90", at(10)),
        charged(Side.VENDOR, "kestrel", "-27", at(10, "job", known=50)),
        charged(Side.CLIENT, "orbita", "1", at(30)),
    ]
    as_known, corrected = profit_and_loss(rows, 0, 30, known_ms=40), profit_and_loss(rows, 0, 30)
    assert (as_known.margin, as_known.margin_bp) == (usd("5072.85").units, 2409)
    assert (corrected.cost, corrected.margin, corrected.margin_bp) == (
        usd("15954.90").units,
        usd("5099.85").units,
        2422,
    )


def test_what_rounding_adds_to_a_receivable_is_other_income() -> None:
    rows = [rounding_difference(receivable(ORBITA), usd("0.004"), usd("0.004").units, at(1))]
    result = profit_and_loss(rows, 0, 10)
    assert (result.revenue, result.other, result.margin_bp) == (0, usd("0.004").units, None)


def test_a_figure_drills_to_its_postings_in_order() -> None:
    late, early = charged(Side.VENDOR, "kestrel", "2", at(9)), charged(Side.VENDOR, "kestrel", "1", at(3))
    other = charged(Side.VENDOR, "savanna", "1", at(4))
    assert postings([late, other, early], payable(PartnerId("kestrel")), 0, 10) == (early, late)
    assert postings([late, other, early], "cost", 4, 9) == (other,)
