"""`switchboard pnl`."""

import json

from cli.parsing import moment
from protos.operators_pb2 import Period, Pnl, PnlLine
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk


def usd(units: int) -> Money:
    return Money(units=units, currency="USD")


OCTOBER = Pnl(
    revenue=usd(2_105_475_000_000),
    cost=usd(1_598_190_000_000),
    margin=usd(507_285_000_000),
    lines=[
        PnlLine(
            partner="pampas",
            side="client",
            amount=Money(units=744_000_000_000, currency="EUR"),
            base_amount=usd(818_400_000_000),
        )
    ],
)
WORDS = "pnl --from 2026-10-01 --to 2026-10-31".split()


def test_a_month_is_asked_for_by_its_first_and_last_day(desk: FarDesk) -> None:
    desk.says("Finance.GetPnl", OCTOBER)
    result = desk.run(*WORDS)
    assert desk.asked("Finance.GetPnl") == Period(from_ms=moment("2026-10-01"), to_ms=moment("2026-11-01"))
    assert "margin   5072.85 USD (24.09 %)" in result.stdout
    assert result.stdout.splitlines()[-1].split() == "pampas client 7440.00 EUR 8184.00 USD".split()


def test_no_revenue_has_no_share(desk: FarDesk) -> None:
    desk.says("Finance.GetPnl", Pnl(revenue=usd(0), cost=usd(0), margin=usd(0)))
    assert "%" not in desk.run(*WORDS).stdout


def test_pnl_as_json_is_exact(desk: FarDesk) -> None:
    desk.says("Finance.GetPnl", OCTOBER)
    assert json.loads(desk.run(*WORDS, "--json").stdout)["margin"] == {"amount": "5072.85", "currency": "USD"}


def test_a_period_is_needed_and_must_not_be_empty(desk: FarDesk) -> None:
    assert desk.run("pnl").exit_code == 2
    assert desk.run(*"pnl --from 2026-10-02 --to 2026-10-01".split()).exit_code == 2
    assert desk.run(*"pnl --from 2026-10-02 --to 2026-10-02".split()[:3]).exit_code == 2
