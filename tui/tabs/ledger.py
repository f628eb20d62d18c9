"""The ledger's check: what must be zero or equal, then every ledger account; and the transfers of one."""

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Drill, Listed, Tab
from tui.widgets.cells import Column, Row, number, word
from tui.windows import MONTHS


class LedgerTab(Tab):
    """Balances of all ledger accounts under the verdict of the check."""

    name = "Ledger check"
    columns = (
        Column("ledger account", 22, flex=1),
        Column("balance", 16, right=True, point=True),
        Column("cur", 3),
        Column("in base", 16, right=True, point=True),
    )
    empty = "the ledger is empty"
    has_drill = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Have the ledger checked: that reads all of it, so only when asked for."""
        reply = await link.ask(lambda services: services.ledger.Check, operators_pb2.Empty())
        rows = [_row(index, account) for index, account in enumerate(reply.accounts)]
        return Listed(rows, len(rows), verdict(reply))

    def enter(self, row: Row) -> Drill | None:
        """Open the account's transfers."""
        account = row.item
        assert isinstance(account, operators_pb2.AccountBalance)
        return Drill(f"Ledger {account.account}", (TransfersTab(account.account),))


class TransfersTab(Tab):
    """Transfers of one ledger account."""

    name = "Transfers"
    columns = (
        Column("at", 14),
        Column("debit", 14, flex=1),
        Column("credit", 14, flex=1),
        Column("amount", 13, right=True, point=True),
        Column("cur", 3),
        Column("kind", 10),
        Column("memo", 12, flex=1, above=100),
    )
    empty = "no transfers in this window: try another with t"
    windows = MONTHS

    def __init__(self, account: str) -> None:
        self._account = account

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of transfers."""
        query = operators_pb2.LedgerQuery(
            account=self._account, from_ms=ask.from_ms, to_ms=ask.to_ms, limit=ask.limit, offset=ask.offset
        )
        reply = await link.ask(lambda services: services.ledger.Show, query)
        return Listed([_transfer(transfer) for transfer in reply.transfers], reply.total)


def verdict(check: operators_pb2.LedgerCheck) -> Content:
    """Write each check with a sign and a word, then the differences."""
    checks = [
        ("trial balance", not check.trial_balance.units, formats.exact_amount(check.trial_balance)),
        ("CDRs − postings", not check.cdrs_minus_postings.units, formats.exact_amount(check.cdrs_minus_postings)),
        ("holds add up", check.holds_add_up, f"{check.open_holds:,} holds, {check.open_calls:,} calls"),
        ("balances add up", check.balances_add_up, ""),
        ("unrated", not check.unrated, formats.count(check.unrated)),
    ]
    parts: list[tuple[str, str]] = []
    for index, (name, good, figure) in enumerate(checks):
        text = f"{name} {figure or ('yes' if good else 'NO')}"
        parts.append((" ✓ " if good else " ✕ ", "bold $success" if good else "bold $error"))
        parts.append((text.ljust(34) if index % 2 == 0 else text, "$foreground"))
        parts.append(("\n" if index % 2 and index + 1 < len(checks) else "", ""))
    parts += [(f"\n   {line}", "$error") for line in check.differences[:5]]
    return Content.assemble(*parts)


def _row(index: int, account: operators_pb2.AccountBalance) -> Row:
    return Row(
        f"{account.account} {account.balance.currency}",
        (
            word(account.account, "strong"),
            number(formats.exact_amount(account.balance), account.balance.units, "strong"),
            word(account.balance.currency, "dim"),
            number(formats.exact_amount(account.base_balance), account.base_balance.units),
        ),
        account,
    )


def _transfer(transfer: operators_pb2.Transfer) -> Row:
    return Row(
        transfer.transfer_id,
        (
            number(formats.stamp(transfer.at_ms), transfer.at_ms, "dim"),
            word(transfer.debit),
            word(transfer.credit),
            number(formats.exact_amount(transfer.amount), transfer.amount.units, "strong"),
            word(transfer.amount.currency, "dim"),
            word(transfer.kind, "hue"),
            word(transfer.memo or transfer.ref, "dim"),
        ),
        transfer,
    )
