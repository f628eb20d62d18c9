"""What end users of a client used, and their bills: lines as on the client's invoice, at its rates, to the last digit.

Amounts are the exact charges, which no line rounds: the bills of all end users of a client, and what is nobody's, add
up to the charges of its invoice. What an invoice adds by rounding its lines is the client's.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.days import local_day
from domain.ids import DestinationId, EndUserId
from domain.invoicing import InvoiceSums, Usage, invoice_lines
from domain.money import Currency, Money
from domain.rates import Service, Unit


@dataclass(frozen=True, slots=True)
class UserUsage:
    """Ended calls of one end user ("": nobody's) to one destination at one price, added up; the charge in units."""

    end_user: EndUserId
    destination: DestinationId
    price: int
    rate_type: str
    currency: Currency
    attempts: int
    answered: int
    billed_s: int
    charge: int
    service: Service = Service.VOICE
    unit: Unit = Unit.SECOND
    billed_volume: int = 0


@dataclass(frozen=True, slots=True)
class UserTotal:
    """What one end user used of a period: attempts, answered calls, billed seconds, and the exact charge in units."""

    end_user: EndUserId
    attempts: int = 0
    answered: int = 0
    billed_s: int = 0
    charge: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill of an end user for the days `first` to `last` of the contract's zone. `number` "": a draft.

    `calls_file`: the name of the file of the calls that it counts, as they were when it was issued.

    Invariant: `total` = Σ exact charges of the lines.
    """

    number: str
    end_user: EndUserId
    from_ms: int
    to_ms: int
    issued_ms: int
    sums: InvoiceSums
    calls_file: str = ""

    @property
    def total(self) -> Money:
        """The exact sum of the charges."""
        return Money(sum(line.charge for line in self.sums.lines), self.sums.total.currency)


def totals(usages: Iterable[UserUsage]) -> list[UserTotal]:
    """Add up by end user; who spent most comes first, and what is nobody's in its place among them."""
    found: dict[EndUserId, list[int]] = {}
    for usage in usages:
        sums = found.setdefault(usage.end_user, [0, 0, 0, 0])
        for at, value in enumerate((usage.attempts, usage.answered, usage.billed_s, usage.charge)):
            sums[at] += value
    rows = [UserTotal(user, *sums) for user, sums in found.items()]
    return sorted(rows, key=lambda row: (-row.charge, -row.attempts, row.end_user))


def bill_lines(currency: Currency, usages: Iterable[UserUsage], names: dict[DestinationId, str]) -> InvoiceSums:
    """Make the lines of a bill from one end user's usage. `names`: of destinations; else the service names them."""
    return invoice_lines(
        currency,
        [
            Usage(
                names.get(usage.destination) or _unnamed(usage.service),
                usage.price,
                usage.answered,
                usage.billed_s,
                usage.charge,
                usage.rate_type,
                usage.service,
                usage.unit,
                usage.billed_volume,
            )
            for usage in usages
        ],
    )


def bill_number(partner: str, at_ms: int, zone: str, counter: int) -> str:
    """Return the number of a partner's bill: `<partner>-<year>-U<counter>`, the counter without a gap."""
    return f"{partner}-{local_day(at_ms, zone).year}-U{counter:06d}"


def _unnamed(service: Service) -> str:
    return "unknown" if service is Service.VOICE else service.value.capitalize()
