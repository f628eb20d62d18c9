"""Screen 12: balances, invoices, the ledger, profit and cash."""

from tui.screens.lists import ListScreen
from tui.tabs.cash import CashTab
from tui.tabs.invoices import InvoicesTab
from tui.tabs.ledger import LedgerTab
from tui.tabs.mail import MailTab
from tui.tabs.partners import PartnersTab
from tui.tabs.pnl import PnlTab


class MoneyScreen(ListScreen):
    """Partners, invoices, ledger check, P&L, cash, mail."""

    def __init__(self) -> None:
        super().__init__("Money", (PartnersTab(), InvoicesTab(), LedgerTab(), PnlTab(), CashTab(), MailTab()))
