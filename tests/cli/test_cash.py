"""`switchboard cash`."""

from protos.operators_pb2 import Cash, CashLine
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk


def test_cash_goes_from_opening_to_closing(desk: FarDesk) -> None:
    usd = [Money(units=units * 10**8, currency="USD") for units in (10_000, 20_550, 12_900, 17_650)]
    line = CashLine(partner="pampas", amount=Money(units=650_000_000_000, currency="EUR"), base_amount=usd[0])
    desk.says("Finance.GetCash", Cash(opening=usd[0], received=usd[1], paid=usd[2], closing=usd[3], lines=[line]))
    shown = desk.run(*"cash --from 2026-10-01 --to 2026-10-31".split()).stdout.splitlines()
    assert [row.split()[1] for row in shown[:4]] == ["10000.00", "20550.00", "12900.00", "17650.00"]
    assert "6500.00 EUR" in shown[-1]


def test_cash_needs_a_period(desk: FarDesk) -> None:
    assert desk.run("cash", "--from", "2026-10-01").exit_code == 2
