"""`switchboard ledger`."""

import json

from cli.parsing import moment
from protos.operators_pb2 import AccountBalance, LedgerCheck, LedgerQuery, Transfer, Transfers
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

ZERO = Money(units=0, currency="USD")


def books(**differences: object) -> LedgerCheck:
    found = LedgerCheck(
        accounts=[AccountBalance(account="bank", balance=Money(units=1_765_000_000_000, currency="USD"))],
        trial_balance=ZERO,
        cdrs_minus_postings=ZERO,
        holds_add_up=True,
        balances_add_up=True,
    )
    found.MergeFrom(LedgerCheck(**differences))  # type: ignore[arg-type]  # each test names fields of the message
    return found


def test_show_lists_the_postings_of_an_account(desk: FarDesk) -> None:
    transfer = Transfer(
        transfer_id="ab12",
        at_ms=moment("2026-10-31"),
        debit="bank",
        credit="receivable:orbita",
        amount=Money(units=750_000_000_000, currency="USD"),
        kind="payment",
    )
    desk.says("Ledger.Show", Transfers(transfers=[transfer], total=1))
    result = desk.run(*"ledger show receivable:orbita --from 2026-10-01 --to 2026-10-31".split())
    assert desk.asked("Ledger.Show") == LedgerQuery(
        account="receivable:orbita", from_ms=moment("2026-10-01"), to_ms=moment("2026-11-01"), limit=50
    )
    assert "payment  bank   receivable:orbita  7500.00 USD" in result.stdout


def test_a_check_of_true_books_ends_with_0(desk: FarDesk) -> None:
    desk.says("Ledger.Check", books())
    result = desk.run("ledger", "check")
    assert result.exit_code == 0
    assert "17650.00 USD" in result.stdout
    assert "trial balance        0.00 USD\n" in result.stdout


def test_any_difference_ends_the_check_with_1(desk: FarDesk) -> None:
    off = Money(units=1, currency="USD")
    wrong = LedgerCheck(trial_balance=ZERO, cdrs_minus_postings=ZERO, holds_add_up=False, balances_add_up=True)
    unbalanced = LedgerCheck(trial_balance=ZERO, cdrs_minus_postings=ZERO, holds_add_up=True, balances_add_up=False)
    for found in (
        books(trial_balance=off),
        books(cdrs_minus_postings=off),
        books(differences=["book 0: held 5.00, holds 4.00"]),
        wrong,
        unbalanced,
    ):
        desk.says("Ledger.Check", found)
        assert desk.run("ledger", "check").exit_code == 1


def test_a_difference_is_printed_in_words_and_in_json(desk: FarDesk) -> None:
    desk.says("Ledger.Check", books(differences=["book 0: held 5.00, holds 4.00"]))
    assert "difference           book 0: held 5.00, holds 4.00" in desk.run("ledger", "check").stdout
    result = desk.run("ledger", "check", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["differences"] == ["book 0: held 5.00, holds 4.00"]
