"""What the ledger says to a reader: a partner's statement, and profit and loss. Periods are half-open, UTC ms."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.ids import PartnerId
from domain.ledger import COST, FX, REVENUE, ROUNDING, Transfer, TransferKind, payable, receivable
from domain.money import Currency, Money, half_away


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting as the partner sees it; `balance` is the running balance after it. Units of the statement."""

    at_ms: int
    transfer_id: str
    kind: TransferKind
    ref: str
    memo: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A partner's receivable and payable, netted, in one currency; positive: the partner owes us.

    Invariant: opening + Σ amounts of the lines = closing. A prepaid client reads it with the sign turned.
    """

    partner: PartnerId
    from_ms: int
    until_ms: int
    opening: Money
    lines: tuple[StatementLine, ...]
    closing: Money


@dataclass(frozen=True, slots=True)
class ProfitAndLoss:
    """Units of the base currency; `other` is what exchange rates and rounding brought in (negative: cost us)."""

    revenue: int
    cost: int
    other: int

    @property
    def margin(self) -> int:
        """Revenue minus cost."""
        return self.revenue - self.cost

    @property
    def margin_bp(self) -> int | None:
        """Margin in basis points of revenue, half away from zero; None without revenue."""
        return half_away(self.margin * 10_000, self.revenue) if self.revenue > 0 else None


def statement(
    partner: PartnerId, currency: Currency, transfers: Iterable[Transfer], from_ms: int, until_ms: int
) -> Statement:
    """Return the partner's statement over the period; transfers of other partners and currencies are passed over."""
    accounts = (receivable(partner), payable(partner))
    opening, rows = 0, []
    for transfer in transfers:
        amount = sum(transfer.effect_on(account)[0] for account in accounts)
        if transfer.currency != currency or transfer.at_ms >= until_ms or amount == 0:
            continue
        if transfer.at_ms < from_ms:
            opening += amount
        else:
            rows.append((transfer.at_ms, transfer.known_ms, transfer.transfer_id, amount, transfer))
    lines, balance = [], opening
    for at_ms, _, transfer_id, amount, transfer in sorted(rows, key=lambda row: row[:3]):
        balance += amount
        lines.append(StatementLine(at_ms, transfer_id, transfer.kind, transfer.ref, transfer.memo, amount, balance))
    return Statement(partner, from_ms, until_ms, Money(opening, currency), tuple(lines), Money(balance, currency))


def profit_and_loss(
    transfers: Iterable[Transfer], from_ms: int, until_ms: int, known_ms: int | None = None
) -> ProfitAndLoss:
    """Return the result of the period; with `known_ms`, only from what was known before that moment."""
    sums = dict.fromkeys((REVENUE, COST, FX, ROUNDING), 0)
    for transfer in transfers:
        if not from_ms <= transfer.at_ms < until_ms or (known_ms is not None and transfer.known_ms >= known_ms):
            continue
        for account in (transfer.debit, transfer.credit):
            if account in sums:
                sums[account] += transfer.effect_on(account)[1]
    return ProfitAndLoss(revenue=-sums[REVENUE], cost=sums[COST], other=-sums[FX] - sums[ROUNDING])


def postings(transfers: Iterable[Transfer], account: str, from_ms: int, until_ms: int) -> tuple[Transfer, ...]:
    """Return the transfers behind a figure of an account, in order."""
    found = (t for t in transfers if account in (t.debit, t.credit) and from_ms <= t.at_ms < until_ms)
    return tuple(sorted(found, key=lambda t: (t.at_ms, t.known_ms, t.transfer_id)))
