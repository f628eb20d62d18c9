"""The figures that the demo must show, as they were promised: exact, and independent of the code that makes them.

Stated at scale 1 and as known on 1 November; `figures(scale)` multiplies counts and money, never ratios.
"""

from dataclasses import dataclass

from cluster.demo.world import (
    BLUEWIRE,
    CALLWELL,
    ECUADOR,
    EUR,
    INDIA,
    KENYA,
    KESTREL,
    NORDLINK,
    ORBITA,
    PAMPAS,
    SAVANNA,
    UK,
    USD,
)
from domain.calls import Side
from domain.ids import PartnerId
from domain.money import Money


@dataclass(frozen=True, slots=True)
class Traffic:
    """Legs of one partner, side and destination in October. `seconds` are talked, `billed_s` what the rate makes."""

    side: Side
    partner: PartnerId
    destination: str
    attempts: int
    answered: int
    seconds: int
    billed_s: int
    charge: Money


@dataclass(frozen=True, slots=True)
class Account:
    """A partner's October, from 1 October to the end of the 31st, each amount positive: opening, paid, used, closing.

    Client that owes: opening − paid + used = closing. Prepaid client: opening + paid − used. Vendor: as a client,
    but it is we who owe and pay.
    """

    partner: PartnerId
    opening: Money
    paid: Money
    used: Money
    closing: Money


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them, at one scale. Money of the profit and loss account and of the cash is USD."""

    attempts: int
    vendor_legs: int
    answered: int
    seconds: int
    rows: int
    traffic: tuple[Traffic, ...]
    accounts: tuple[Account, ...]
    revenue: Money
    cost: Money
    margin: Money
    september: tuple[Traffic, ...]
    cash_opening: Money
    cash_received: Money
    cash_paid: Money
    cash_closing: Money

    def account(self, partner: PartnerId) -> Account:
        """Return the October of one partner."""
        return next(account for account in self.accounts if account.partner == partner)


ACD = "2:30"
MINUTES = "341,000.0"


def figures(scale: int = 1) -> Figures:
    """Return what October must come to at a scale."""
    return Figures(
        attempts=300_000 * scale,
        vendor_legs=316_000 * scale,
        answered=136_400 * scale,
        seconds=60 * 341_000 * scale,
        rows=616_800 * scale,
        traffic=tuple(_traffic(*row, scale=scale) for row in _TRAFFIC),
        accounts=tuple(
            Account(partner, *(_money(text, currency, scale) for text in amounts))
            for partner, currency, *amounts in _ACCOUNTS
        ),
        revenue=_money("21054.75", USD, scale),
        cost=_money("15981.90", USD, scale),
        margin=_money("5072.85", USD, scale),
        september=tuple(_traffic(*row, scale=scale) for row in _SEPTEMBER),
        cash_opening=_money("10000.00", USD, scale),
        cash_received=_money("20550.00", USD, scale),
        cash_paid=_money("12900.00", USD, scale),
        cash_closing=_money("17650.00", USD, scale),
    )


def pampas_live() -> tuple[Traffic, ...]:
    """Return what Pampas's file of the story must come to: asked over ENUM, charged from the file."""
    return tuple(_traffic(*row, scale=1) for row in _LIVE)


_Row = tuple[Side, PartnerId, str, int, int, int, int, str, str]

# side, partner, destination, attempts, answered, seconds talked, seconds billed, charge
_TRAFFIC: tuple[_Row, ...] = (
    (Side.CLIENT, ORBITA, KENYA, 60_000, 25_400, 3_810_000, 3_810_000, "6667.50", USD),
    (Side.CLIENT, CALLWELL, UK, 150_000, 72_000, 10_800_000, 10_800_000, "5292.00", USD),
    (Side.CLIENT, CALLWELL, INDIA, 60_000, 27_000, 4_050_000, 4_050_000, "911.25", USD),
    (Side.CLIENT, PAMPAS, ECUADOR, 30_000, 12_000, 1_800_000, 2_232_000, "7440.00", EUR),
    (Side.VENDOR, NORDLINK, KENYA, 50_000, 19_000, 2_850_000, 2_850_000, "3420.00", USD),
    (Side.VENDOR, SAVANNA, KENYA, 16_000, 6_400, 960_000, 960_000, "1248.00", USD),
    (Side.VENDOR, BLUEWIRE, UK, 100_000, 45_000, 6_750_000, 6_966_000, "2786.40", USD),
    (Side.VENDOR, KESTREL, UK, 60_000, 27_000, 4_050_000, 4_050_000, "1660.50", USD),
    (Side.VENDOR, NORDLINK, INDIA, 60_000, 27_000, 4_050_000, 4_050_000, "729.00", USD),
    (Side.VENDOR, KESTREL, ECUADOR, 30_000, 12_000, 1_800_000, 2_232_000, "6138.00", USD),
)
_SEPTEMBER: tuple[_Row, ...] = (
    (Side.CLIENT, CALLWELL, UK, 400, 400, 60_000, 60_000, "29.40", USD),
    (Side.VENDOR, BLUEWIRE, UK, 400, 400, 60_000, 61_920, "24.768", USD),
)

# what Pampas talks during the story, which no scale multiplies: 12 cycles of answers
_LIVE: tuple[_Row, ...] = (
    (Side.CLIENT, PAMPAS, ECUADOR, 300, 120, 18_000, 22_320, "74.40", EUR),
    (Side.VENDOR, KESTREL, ECUADOR, 300, 120, 18_000, 22_320, "61.38", USD),
)

# partner, currency, opening, paid, used, closing
_ACCOUNTS = (
    (ORBITA, USD, "1250.00", "7500.00", "6667.50", "2082.50"),
    (CALLWELL, USD, "5900.00", "5900.00", "6203.25", "6203.25"),
    (PAMPAS, EUR, "6500.00", "6500.00", "7440.00", "7440.00"),
    (NORDLINK, USD, "4100.00", "4100.00", "4149.00", "4149.00"),
    (SAVANNA, USD, "1200.00", "1200.00", "1248.00", "1248.00"),
    (BLUEWIRE, USD, "2700.00", "2700.00", "2786.40", "2786.40"),
    (KESTREL, USD, "4900.00", "4900.00", "7798.50", "7798.50"),
)


def _money(text: str, currency: str, scale: int) -> Money:
    one = Money.of(text, currency)
    return Money(one.units * scale, one.currency)


def _traffic(
    side: Side, partner: PartnerId, code: str, attempts: int, answered: int, talked: int, billed: int, charge: str,
    currency: str, *, scale: int,
) -> Traffic:  # fmt: skip
    counts = (attempts * scale, answered * scale, talked * scale, billed * scale)
    return Traffic(side, partner, code, *counts, _money(charge, currency, scale))
