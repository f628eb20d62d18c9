"""Short-call surcharges: a fee for each answered call that is shorter than agreed, beyond a share that is free.

A contract says it for each direction by itself: what we charge a client, and what a vendor charges us (rating facts
§1). It is no part of any call's charge: it is counted over a period, shown as a line of its own, and posted with it.

Everything is whole numbers: a call is short when its answered duration, to the millisecond and before increments, is
`within_s` seconds or less; of n answered calls floor(n × share) short ones are free; each short call beyond costs the
fee.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InputError
from domain.ids import DestinationId
from domain.money import Currency, Money, decimal_text, half_away

ALL_BP = 10_000
MOST_SECONDS, MOST_CODES = 3600, 200


class CountedBy(StrEnum):
    """Of which calls a share is taken: all of the period together, those to each destination, or to each code."""

    TOTAL = "total"
    DESTINATION = "destination"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class ShortCallRule:
    """What a contract says of short calls. `fee` is units of the contract's currency per call, 0: there is none.

    `free_bp`: the share of answered calls that may be short, in hundredths of a per cent (0: every short call costs).
    `least_calls`: with fewer answered calls there is no fee. `codes`: only calls to numbers that begin so, (): all.
    """

    fee: int = 0
    within_s: int = 6
    free_bp: int = 1500
    least_calls: int = 0
    counted_by: CountedBy = CountedBy.TOTAL
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallCount:
    """Answered calls to a destination, by the longest of the rule's codes that begins the number ("" without codes)."""

    destination: DestinationId
    code: str
    answered: int
    short: int


@dataclass(frozen=True, slots=True)
class ShortCallFee:
    """What a rule makes of the answered calls of one group: `group` is a destination's name or a code, "" of all.

    Invariants: 0 <= short <= answered; charge = excess × fee, exact.
    """

    rule: ShortCallRule
    group: str
    answered: int
    short: int

    def __post_init__(self) -> None:
        assert 0 <= self.short <= self.answered, "short calls are answered ones"

    @property
    def free(self) -> int:
        """How many short calls cost nothing: the share of the answered ones, rounded down to whole calls."""
        return self.answered * self.rule.free_bp // ALL_BP

    @property
    def excess(self) -> int:
        """How many short calls cost the fee."""
        return 0 if self.answered < self.rule.least_calls else max(0, self.short - self.free)

    @property
    def charge(self) -> int:
        """The fee of all of them, units."""
        return self.excess * self.rule.fee

    @property
    def arithmetic(self) -> str:
        """Write how the charge came about: "1,230 answered, 210 ≤ 6 s = 17.07 %, 184 free at 15 %, 26 × 0.0100"."""
        rule = self.rule
        share = percent_text(half_away(self.short * ALL_BP, self.answered) if self.answered else 0, 2)
        said = f"{self.answered:,} answered, {self.short:,} ≤ {rule.within_s} s = {share} %"
        if self.answered < rule.least_calls:
            return f"{said}, no fee below {rule.least_calls:,} answered"
        return f"{said}, {self.free:,} free at {percent_text(rule.free_bp)} %, {self.excess:,} × {fee_text(rule.fee)}"


@dataclass(frozen=True, slots=True)
class SurchargeLine:
    """A surcharge as an invoice shows it: `calls` that cost the `price` (units) each, `charge` exact, `amount` rounded
    once to the minor unit; `arithmetic` is how it came about."""

    what: str
    arithmetic: str
    calls: int
    price: int
    charge: int
    amount: Money


def short_call_fees(
    rule: ShortCallRule, counts: Iterable[CallCount], name_of: Callable[[DestinationId], str]
) -> tuple[ShortCallFee, ...]:
    """Return what a rule makes of the answered calls of a period, group by group in order of name; () without a fee.

    Of calls counted together there is always one group, also where nothing was answered.
    """
    if not rule.fee:
        return ()
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    if rule.counted_by is CountedBy.TOTAL:
        sums[""] = [0, 0]
    for count in counts:
        of_group = sums[_group(rule.counted_by, count, name_of)]
        of_group[0] += count.answered
        of_group[1] += count.short
    return tuple(ShortCallFee(rule, group, *sums[group]) for group in sorted(sums))


def surcharge_lines(fees: Iterable[ShortCallFee], currency: Currency) -> tuple[SurchargeLine, ...]:
    """Return the fees that cost something as lines of an invoice, each rounded once as its other lines are."""
    return tuple(
        SurchargeLine(
            what=f"Short calls, {fee.group}" if fee.group else "Short calls",
            arithmetic=fee.arithmetic,
            calls=fee.excess,
            price=fee.rule.fee,
            charge=fee.charge,
            amount=Money(fee.charge, currency).to_minor(),
        )
        for fee in fees
        if fee.charge
    )


def check_rule(rule: ShortCallRule, name: str, where: str) -> None:
    """Raise InputError for a rule that cannot be; `name`: the field that holds it."""
    if not 0 <= rule.fee < 2**63:
        raise InputError(f"{name}.fee is {fee_text(rule.fee)}", where=where, mend="Give a fee per call, 0 for none.")
    if not 1 <= rule.within_s <= MOST_SECONDS:
        raise InputError(f"{name}.within_s is {rule.within_s}", where=where, mend=f"Give 1 to {MOST_SECONDS} seconds.")
    if not 0 <= rule.free_bp <= ALL_BP:
        raise InputError(f"{name}.free_percent is {percent_text(rule.free_bp)}", where=where, mend="Give 0 to 100.")
    if not 0 <= rule.least_calls < 2**31:
        mend = "Give how many answered calls there must be, 0 for any."
        raise InputError(f"{name}.least_calls is {rule.least_calls}", where=where, mend=mend)
    if len(rule.codes) > MOST_CODES or not all(code.isascii() and code.isdigit() for code in rule.codes):
        mend = f"Give up to {MOST_CODES} beginnings of numbers, digits only, such as 1,44."
        raise InputError(f"{name}.codes cannot be that", where=where, mend=mend)
    if rule.counted_by is CountedBy.CODE and not rule.codes:
        mend = f"Give {name}.codes=1,44 too, or {name}.counted_by=total."
        raise InputError(f"{name} counts by code and has none", where=where, mend=mend)


def rule_words(rule: ShortCallRule, currency: Currency) -> str:
    """Say what a rule charges: "0.01 USD a call ≤ 6 s beyond 15 %"; "" where it charges nothing."""
    if not rule.fee:
        return ""
    said = f"{decimal_text(rule.fee)} {currency} a call ≤ {rule.within_s} s beyond {percent_text(rule.free_bp)} %"
    if rule.least_calls:
        said += f" from {rule.least_calls:,} calls"
    if rule.codes:
        said += f" to {', '.join(rule.codes)}"
    return said if rule.counted_by is CountedBy.TOTAL else f"{said}, by {rule.counted_by}"


def fee_text(fee: int) -> str:
    """Write a fee with at least four decimals, as prices are written."""
    return decimal_text(fee, least=4)


def percent_text(basis_points: int, least: int = 0) -> str:
    """Write hundredths of a per cent: 1500 -> "15", 1250 -> "12.5"; with at least so many decimals."""
    return decimal_text(basis_points * 1_000_000, least=least)


def percent_bp(text: str) -> int | None:
    """Read a share in per cent, with two decimals at most, as hundredths of a per cent; None for what is none."""
    whole, _, fraction = text.strip().removesuffix("%").strip().partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit() and whole) or len(fraction) > 2 or len(whole) > 3:
        return None
    return int(whole) * 100 + int(fraction.ljust(2, "0") or "0")


def _group(by: CountedBy, count: CallCount, name_of: Callable[[DestinationId], str]) -> str:
    match by:
        case CountedBy.TOTAL:
            return ""
        case CountedBy.DESTINATION:
            return name_of(count.destination) or "unknown"
        case CountedBy.CODE:
            return count.code
