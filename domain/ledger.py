"""The ledger: double-entry transfers as values, and the sums that prove them.

Accounts are text: `receivable:<partner>`, `payable:<partner>`, `revenue`, `cost`, `bank`, `fx`, `rounding`, `opening`.
A balance is debit minus credit: what a partner owes us is positive on its receivable, what we owe is negative on its
payable, revenue is negative.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.calls import Side
from domain.ids import PartnerId, transfer_id
from domain.money import Currency, Money

REVENUE, COST, BANK, FX, ROUNDING, OPENING = "revenue", "cost", "bank", "fx", "rounding", "opening"


class TransferKind(StrEnum):
    """What a transfer is for."""

    CHARGE = "charge"
    PAYMENT = "payment"
    OPENING = "opening"
    ADJUSTMENT = "adjustment"
    ROUNDING = "rounding"
    SURCHARGE = "surcharge"
    FX = "fx"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One posting: `amount` units of `currency`, worth `base_amount` units of the base currency, from credit to debit.

    Invariants: two different accounts; an amount is never negative, a reversal swaps the accounts. `base_amount` has
    the same sign, but where a sum over legs at several exchange rates came out below zero. `at_ms` dates it in the
    business, `known_ms` is when we knew.
    """

    transfer_id: str
    at_ms: int
    known_ms: int
    debit: str
    credit: str
    currency: Currency
    amount: int
    base_amount: int
    kind: TransferKind
    ref: str = ""
    memo: str = ""

    def __post_init__(self) -> None:
        assert self.debit != self.credit, "a transfer has two accounts"
        assert self.amount > 0 or (self.amount == 0 and self.base_amount >= 0), "a reversal swaps the accounts"

    def effect_on(self, account: str) -> tuple[int, int]:
        """Return what it adds to the balance of an account: (units of its currency, base units)."""
        sign = (self.debit == account) - (self.credit == account)
        return sign * self.amount, sign * self.base_amount


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and why something is posted. `ref` names its cause (a segment, a payment, a job) and makes its id."""

    at_ms: int
    known_ms: int
    ref: str
    memo: str = ""


@dataclass(frozen=True, slots=True)
class AccountSum:
    """What was posted to an account in one currency, with its worth in base currency; units."""

    account: str
    currency: Currency
    debit: int
    credit: int
    base_debit: int
    base_credit: int

    @property
    def balance(self) -> int:
        """Debit minus credit, in units of the currency."""
        return self.debit - self.credit

    @property
    def base_balance(self) -> int:
        """Debit minus credit, in base units."""
        return self.base_debit - self.base_credit


def receivable(partner: PartnerId) -> str:
    """Return the account of what a client owes us."""
    return f"receivable:{partner}"


def payable(partner: PartnerId) -> str:
    """Return the account of what we owe a vendor."""
    return f"payable:{partner}"


def partner_effects(debit: str, credit: str, units: int) -> list[tuple[PartnerId, Side, int]]:
    """Return what `units` from `credit` to `debit` add to what partners have posted: owed by a client, due to a vendor.

    Other accounts have no live balance.
    """
    found: list[tuple[PartnerId, Side, int]] = []
    for account, sign in ((debit, 1), (credit, -1)):
        kind, _, name = account.partition(":")
        if kind == "receivable":
            found.append((PartnerId(name), Side.CLIENT, sign * units))
        elif kind == "payable":
            found.append((PartnerId(name), Side.VENDOR, -sign * units))
    return found


def charge_transfer(side: Side, partner: PartnerId, value: Money, base: int, occasion: Occasion) -> Transfer:
    """Post the charges of many legs of one side (or, below zero, take them back).

    Its id is made of (ref, partner, side, currency): a segment, or a job and day, posts once for each.
    """
    debit, credit = (receivable(partner), REVENUE) if side is Side.CLIENT else (COST, payable(partner))
    return _transfer(TransferKind.CHARGE, debit, credit, value, base, occasion, (partner, side, value.currency))


def payment_in(partner: PartnerId, value: Money, base: int, occasion: Occasion) -> Transfer:
    """Post money that a client paid us."""
    return _transfer(TransferKind.PAYMENT, BANK, receivable(partner), value, base, occasion, ("in", partner))


def payment_out(partner: PartnerId, value: Money, base: int, occasion: Occasion) -> Transfer:
    """Post money that we paid a vendor."""
    return _transfer(TransferKind.PAYMENT, payable(partner), BANK, value, base, occasion, ("out", partner))


def payment_id(partner: PartnerId, ref: str, *, outgoing: bool) -> str:
    """Return the id that a payment with a reference has."""
    return transfer_id(TransferKind.PAYMENT, ref, "out" if outgoing else "in", partner)


def take_back_id(payment_id: str, ref: str) -> str:
    """Return the id of what takes a payment back."""
    return transfer_id(TransferKind.PAYMENT, ref, "back", payment_id)


def taken_back(payment: Transfer, at_ms: int, known_ms: int, why: str) -> Transfer:
    """Post a payment the other way, with its own sums and reference: once, whoever asks how often."""
    assert payment.kind is TransferKind.PAYMENT, "charges are rated again, not taken back by hand"
    return replace(
        payment, transfer_id=take_back_id(payment.transfer_id, payment.ref), at_ms=at_ms, known_ms=known_ms,
        debit=payment.credit, credit=payment.debit, memo=f"{payment.ref} taken back: {why}",
    )  # fmt: skip


def opening_balance(account: str, value: Money, base: int, occasion: Occasion) -> Transfer:
    """Post the balance (debit minus credit) that an account brings along from before our books."""
    return _transfer(TransferKind.OPENING, account, OPENING, value, base, occasion, (account, value.currency))


def adjustment(debit: str, credit: str, value: Money, base: int, occasion: Occasion) -> Transfer:
    """Post what an officer decides: a credit note, a settlement of a dispute. Below zero it goes the other way."""
    return _transfer(TransferKind.ADJUSTMENT, debit, credit, value, base, occasion, (debit, credit, value.currency))


def surcharge(
    side: Side, partner: PartnerId, value: Money, base: int, occasion: Occasion, revision: int = 0
) -> Transfer:
    """Post what a contract asks beside the charges of calls, such as for short ones; below zero it is taken back.

    Its id is made of (ref, partner, side, currency) and, for what corrects an earlier one of that ref, how many there
    were.
    """
    debit, credit = (receivable(partner), REVENUE) if side is Side.CLIENT else (COST, payable(partner))
    identity = (partner, side, value.currency, *_corrects(revision))
    return _transfer(TransferKind.SURCHARGE, debit, credit, value, base, occasion, identity)


def rounding_difference(account: str, value: Money, base: int, occasion: Occasion, revision: int = 0) -> Transfer:
    """Post what rounding to minor units adds to the balance of an account; `revision` as of a surcharge."""
    identity = (account, value.currency, *_corrects(revision))
    return _transfer(TransferKind.ROUNDING, account, ROUNDING, value, base, occasion, identity)


def posted_of(transfers: Iterable[Transfer], kind: TransferKind, ref: str, account: str) -> tuple[int, int]:
    """Return what transfers of a kind and ref have added to an account, in units, and how many they are."""
    found = [
        each for each in transfers if (each.kind, each.ref) == (kind, ref) and account in (each.debit, each.credit)
    ]
    return sum(each.effect_on(account)[0] for each in found), len(found)


def _corrects(revision: int) -> tuple[str, ...]:
    return (str(revision),) if revision else ()


def trial_balance(transfers: Iterable[Transfer]) -> tuple[AccountSum, ...]:
    """Return the sums per account and currency, by name. Balances add up to zero per currency and in base."""
    sums: defaultdict[tuple[str, Currency], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for transfer in transfers:
        debit, credit = sums[transfer.debit, transfer.currency], sums[transfer.credit, transfer.currency]
        debit[0] += transfer.amount
        debit[2] += transfer.base_amount
        credit[1] += transfer.amount
        credit[3] += transfer.base_amount
    return tuple(AccountSum(*key, *sums[key]) for key in sorted(sums))


def _transfer(
    kind: TransferKind,
    debit: str,
    credit: str,
    value: Money,
    base: int,
    occasion: Occasion,
    identity: tuple[str, ...],
) -> Transfer:
    reverse = value.units < 0 or (value.units == 0 and base < 0)
    sign = -1 if reverse else 1
    return Transfer(
        transfer_id=transfer_id(kind, occasion.ref, *identity),
        at_ms=occasion.at_ms,
        known_ms=occasion.known_ms,
        debit=credit if reverse else debit,
        credit=debit if reverse else credit,
        currency=value.currency,
        amount=sign * value.units,
        base_amount=sign * base,
        kind=kind,
        ref=occasion.ref,
        memo=occasion.memo,
    )
