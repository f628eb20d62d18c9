"""`switchboard openings`."""

from protos.operators_pb2 import Changed
from tests.cli.far_desk import FarDesk


def test_an_opening_balance_may_be_negative(desk: FarDesk) -> None:
    desk.says("Openings.Set", Changed(what="receivable:orbita opens at -1250.00 USD"))
    words = "openings set --account receivable:orbita --amount -1250.00 --currency USD --at 2026-10-01".split()
    result = desk.run(*words)
    assert (result.exit_code, result.stdout) == (0, "receivable:orbita opens at -1250.00 USD\n")
    sent = desk.asked("Openings.Set")
    assert (sent.account, sent.amount.units, sent.at_ms) == ("receivable:orbita", -125_000_000_000, 1_790_812_800_000)


def test_an_opening_needs_account_amount_and_currency(desk: FarDesk) -> None:
    assert desk.run("openings", "set", "--account", "bank", "--amount", "1").exit_code == 2
