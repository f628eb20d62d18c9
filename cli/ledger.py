"""`switchboard ledger`: postings, and whether the books are true."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, Limit, Offset, OpenFrom, OpenTo, checked_period
from cli.reach import desk
from protos.operators_pb2 import Empty, LedgerCheck, LedgerQuery, Transfers
from protos.operators_pb2_grpc import LedgerServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Show the ledger's postings and check the books.")


@app.command()
def show(
    account: Annotated[
        str, typer.Argument(metavar="[ACCOUNT]", help="Such as receivable:orbita; else all.", show_default=False)
    ] = "",
    start: OpenFrom = None,
    end: OpenTo = None,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List postings of the ledger, a page at a time."""
    from_ms, to_ms = checked_period(start, end)
    query = LedgerQuery(account=account, from_ms=from_ms, to_ms=to_ms, limit=limit, offset=offset)
    with desk() as channel:
        reply = LedgerServiceStub(channel).Show(query)

    def write(page: Transfers) -> None:
        _write_transfers(page)
        output.paged(len(page.transfers), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def check(as_json: AsJson = False) -> None:
    """Check the books: trial balance, CDRs against postings, holds against calls; a difference ends with 1."""
    with desk() as channel:
        reply = LedgerServiceStub(channel).Check(Empty())
    output.answer(reply, as_json, _write_check)
    if not is_true(reply):
        raise typer.Exit(1)


def is_true(found: LedgerCheck) -> bool:
    """Return whether every check of the books holds."""
    zeros = not found.trial_balance.units and not found.cdrs_minus_postings.units
    return zeros and found.holds_add_up and found.balances_add_up and not found.differences


def _write_transfers(page: Transfers) -> None:
    output.table(
        ("time (UTC)", "kind", "debit", "credit", ">amount", ">base", "reference", "memo", "transfer"),
        (
            [
                output.when(one.at_ms),
                one.kind,
                one.debit,
                one.credit,
                output.money(one.amount),
                output.money(one.base_amount),
                one.ref,
                one.memo,
                one.transfer_id,
            ]
            for one in page.transfers
        ),
        "no postings",
    )


def _write_check(found: LedgerCheck) -> None:
    output.table(
        ("account", ">balance", ">base"),
        ([one.account, output.money(one.balance), output.money(one.base_balance)] for one in found.accounts),
        "no postings",
    )
    output.section("truth")
    output.pairs(
        [
            ("trial balance", output.money(found.trial_balance)),
            ("CDRs minus postings", output.money(found.cdrs_minus_postings)),
            ("open holds", output.count(found.open_holds)),
            ("open calls", output.count(found.open_calls)),
            ("unrated", output.count(found.unrated)),
            ("holds add up", "yes" if found.holds_add_up else "NO"),
            ("balances add up", "yes" if found.balances_add_up else "NO"),
            *(("difference", text) for text in found.differences),
        ]
    )
