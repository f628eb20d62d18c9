"""Invoices as values: lines rounded once, their difference to the ledger, and periods.

Rounding is that of rating facts §8: a line is the exact sum of its charges, rounded once, half up, to the currency's
minor unit; the total is the sum of the rounded lines; what rounding added is posted to the ledger.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.days import local_day, whole_days_ms
from domain.errors import InputError
from domain.money import Currency, Money, decimal_text, half_away, minor_digits
from domain.rates import ANY_TIME, Service, Unit
from domain.short_calls import SurchargeLine

_SERVICES = tuple(Service)
"""In the order in which an invoice lists them: calls first."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Charged calls of one destination at one price: price in units per minute, charge in units, both exact.

    Sessions and messages: what a price is for and what is billed is said by `unit`, as in rates.Charge.
    """

    destination: str
    price: int
    calls: int
    billed_s: int
    charge: int
    rate_type: str = ANY_TIME
    service: Service = Service.VOICE
    unit: Unit = Unit.SECOND
    billed_volume: int = 0


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line of an invoice: `charge` is exact, `amount` what is asked for: charge rounded to the minor unit."""

    destination: str
    rate_type: str
    price: int
    calls: int
    billed_s: int
    charge: int
    amount: Money
    service: Service = Service.VOICE
    unit: Unit = Unit.SECOND
    billed_volume: int = 0

    @property
    def quantity(self) -> str:
        """Return what is billed, as a person reads it: minutes, megabytes or events, without the word."""
        return quantity_text(self.unit, self.billed_s if self.unit is Unit.SECOND else self.billed_volume)


@dataclass(frozen=True, slots=True)
class InvoiceSums:
    """The lines and their sums. Invariants: total = Σ amounts; difference = total − Σ charges; both of the surcharges
    too, which are no calls: `calls` and `billed_s` are those of the lines.

    `difference` is what rounding adds to the partner's balance: ledger.rounding_difference posts it.
    """

    lines: tuple[InvoiceLine, ...]
    calls: int
    billed_s: int
    total: Money
    difference: Money
    surcharges: tuple[SurchargeLine, ...] = ()

    @property
    def surcharged(self) -> Money:
        """The exact sum of the surcharges: what no call's charge has, and the ledger posts with the invoice."""
        return Money(sum(line.charge for line in self.surcharges), self.total.currency)


@dataclass(frozen=True, slots=True)
class InvoicePeriod:
    """The days `first` to `last`, both within, of the contract's zone, as the half-open [from_ms, to_ms) in UTC."""

    first: date
    last: date
    zone: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Party:
    """Who sends or gets an invoice: name, then address and registration, line by line."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoice:
    """An issued invoice, with all that its document shows. Money of its lines is in one currency."""

    number: str
    issuer: Party
    partner: Party
    issued: date
    due: date
    period: InvoicePeriod
    sums: InvoiceSums
    pay_to: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallRow:
    """One charged call of an invoice, as its CSV lists it; times UTC ms, price and charge in units."""

    connect_ms: int
    a: str
    b: str
    destination: str
    duration_ms: int
    billed_s: int
    price: int
    charge: int
    service: Service = Service.VOICE
    unit: Unit = Unit.SECOND
    volume: int = 0
    billed_volume: int = 0


def invoice_lines(
    currency: Currency, usages: Iterable[Usage], surcharges: tuple[SurchargeLine, ...] = ()
) -> InvoiceSums:
    """Make one line per (service, destination, rate type, price), calls first, by name; surcharges stand behind them.

    Usage that neither counts nor costs is left out.
    """
    merged: defaultdict[tuple[int, str, str, int, Unit], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for usage in usages:
        place = _SERVICES.index(usage.service)
        sums = merged[place, usage.destination, usage.rate_type, usage.price, usage.unit]
        for at, value in enumerate((usage.calls, usage.billed_s, usage.charge, usage.billed_volume)):
            sums[at] += value
    lines = tuple(
        InvoiceLine(
            destination=destination,
            rate_type=rate_type,
            price=price,
            calls=calls,
            billed_s=billed_s,
            charge=charge,
            amount=Money(charge, currency).to_minor(),
            service=_SERVICES[place],
            unit=unit,
            billed_volume=billed_volume,
        )
        for (place, destination, rate_type, price, unit), (calls, billed_s, charge, billed_volume) in sorted(
            merged.items()
        )
        if calls or charge
    )
    total = sum(line.amount.units for line in lines) + sum(line.amount.units for line in surcharges)
    exact = sum(line.charge for line in lines) + sum(line.charge for line in surcharges)
    return InvoiceSums(
        lines,
        calls=sum(line.calls for line in lines),
        billed_s=sum(line.billed_s for line in lines),
        total=Money(total, currency),
        difference=Money(total - exact, currency),
        surcharges=surcharges,
    )


def invoice_period(first: date, last: date, zone: str) -> InvoicePeriod:
    """Cut whole days of the contract's zone. Raises InputError on an unknown zone, or when last is before first."""
    return InvoicePeriod(first, last, zone, *whole_days_ms(first, last, zone))


def ended_days(period: InvoicePeriod, now_ms: int, *, until_now: bool) -> InvoicePeriod:
    """Return the period if all its days are over, with `until_now` those that are. Raises InputError."""
    if period.to_ms <= now_ms:
        return period
    last = local_day(now_ms, period.zone) - timedelta(days=1)
    over = f"{period.last} is not over in {period.zone}: an invoice of it would leave out calls that are still to come"
    if not until_now:
        mend = f"Let it end with {last}, or give --until-now for the days that are over."
        raise InputError(over, where="period", mend=mend)
    if last < period.first:
        raise InputError(f"no day from {period.first} on is over in {period.zone}", where="period", mend="Wait for it.")
    return invoice_period(period.first, last, period.zone)


def minutes_text(seconds: int) -> str:
    """Write seconds as minutes with two decimals and thousands: 12660000 s -> "211,000.00"."""
    return _grouped(half_away(seconds * 100, 60), 2)


def quantity_text(unit: Unit, billed: int) -> str:
    """Write billed seconds as minutes, kilobytes as megabytes with three decimals, and events as they are."""
    match unit:
        case Unit.SECOND:
            return minutes_text(billed)
        case Unit.MEGABYTE:
            return _grouped(half_away(billed * 1000, 1024), 3)
        case Unit.EVENT:
            return _grouped(billed, 0)


def amount_text(value: Money) -> str:
    """Write an amount of whole minor units with thousands, without its currency: "6,203.25"; JPY has no decimals."""
    digits = minor_digits(value.currency)
    return _grouped(half_away(value.units, 10 ** (8 - digits)), digits)


def price_text(price: int) -> str:
    """Write a price per minute with at least four decimals."""
    return decimal_text(price, least=4)


def _grouped(number: int, decimals: int) -> str:
    whole, fraction = divmod(abs(number), 10**decimals)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole:,}" + (f".{fraction:0{decimals}d}" if decimals else "")
