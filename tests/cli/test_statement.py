"""`switchboard statement`."""

import json

from cli.parsing import LAST_MS, moment
from protos.operators_pb2 import Statement, StatementLine, StatementRequest
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk


def usd(units: int) -> Money:
    return Money(units=units * 10**6, currency="USD")


ORBITA = Statement(
    partner="orbita",
    account="receivable:orbita",
    opening=usd(125_000),
    lines=[StatementLine(at_ms=moment("2026-10-05"), what="payment", amount=usd(750_000), balance=usd(875_000))],
    closing=usd(208_250),
)


def test_a_statement_goes_from_opening_to_closing(desk: FarDesk) -> None:
    desk.says("Finance.GetStatement", ORBITA)
    shown = desk.run(*"statement --partner orbita --from 2026-10-01 --to 2026-10-31".split()).stdout.splitlines()
    assert desk.asked("Finance.GetStatement") == StatementRequest(
        partner="orbita", from_ms=moment("2026-10-01"), to_ms=moment("2026-11-01")
    )
    assert [row.split()[-2] for row in shown[-3:]] == ["1250.00", "8750.00", "2082.50"]


def test_without_a_period_it_is_all_there_is(desk: FarDesk) -> None:
    desk.says("Finance.GetStatement", ORBITA)
    shown = json.loads(desk.run("statement", "--partner", "orbita", "--json").stdout)
    assert shown["closing"] == {"amount": "2082.50", "currency": "USD"}
    assert desk.asked("Finance.GetStatement").to_ms == LAST_MS


def test_a_statement_needs_a_partner(desk: FarDesk) -> None:
    for words in ((), ("orbita", "--partner", "orbita")):
        refused = desk.run("statement", *words)
        assert refused.exit_code == 2 and "name the partner, once" in " ".join(refused.stderr.split())


def test_the_partner_of_a_statement_may_be_named_bare(desk: FarDesk) -> None:
    desk.says("Finance.GetStatement", ORBITA)
    desk.run("statement", "orbita", "--from", "2026-10-01")
    assert desk.asked("Finance.GetStatement").partner == "orbita"
