"""Charges that no transfer has yet: ended legs wait some minutes for their segment, and owe all the same."""

from domain.calls import Side
from domain.ids import PartnerId
from domain.ledger import Occasion, Transfer, charge_transfer, payable, receivable
from domain.money import Currency, Money
from store.book_reader import BookReader
from store.book_rows import DAY_MS


def movements(reader: BookReader, partner: PartnerId, now_ms: int) -> list[Transfer]:
    """Return a partner's transfers, and its unsealed charges by day as sealing would post them.

    Both come from one moment of their book, so that a charge is in one of them and never in both.
    """
    found: list[Transfer] = []
    for number, book in reader.every():
        found += book.transfers((receivable(partner), payable(partner)))
        tail = "WHERE partner = ? AND state <> 'open' GROUP BY side, currency, day ORDER BY day, side"
        columns = ("side", "currency", "day", "sum(charge)", "sum(base_charge)", "count(*)")
        for side, currency, day, charge, base, legs in book.leg_rows(columns, tail, (partner,)):
            if charge or base:
                when = Occasion(day * DAY_MS, now_ms, f"unsealed-{number}-{day}", f"{legs} legs, not sealed yet")
                value = Money(int(charge), Currency(currency))
                found.append(charge_transfer(Side(side), partner, value, int(base), when))
    return found
