"""Double entry."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Side
from domain.ids import PartnerId
from domain.ledger import (
    BANK,
    COST,
    OPENING,
    REVENUE,
    Occasion,
    Transfer,
    TransferKind,
    adjustment,
    charge_transfer,
    opening_balance,
    payable,
    payment_in,
    payment_out,
    posted_of,
    receivable,
    rounding_difference,
    surcharge,
    trial_balance,
)
from domain.money import Currency, Money

ORBITA, NORDLINK = PartnerId("orbita"), PartnerId("nordlink")
AT = Occasion(1000, 2000, "segment-1")


def usd(text: str) -> Money:
    return Money.of(text, "USD")


def balance(transfers: list[Transfer], account: str) -> int:
    return sum(line.balance for line in trial_balance(transfers) if line.account == account)


moneys = st.builds(Money, st.integers(-(10**14), 10**14), st.sampled_from([Currency("USD"), Currency("EUR")]))
names = st.sampled_from([PartnerId("a"), PartnerId("b")])
bases = st.integers(-(10**14), 10**14)
any_transfer = st.one_of(
    st.builds(charge_transfer, st.sampled_from(Side), names, moneys, bases, st.just(AT)),
    st.builds(payment_in, names, moneys, bases, st.just(AT)),
    st.builds(payment_out, names, moneys, bases, st.just(AT)),
    st.builds(opening_balance, names.map(receivable), moneys, bases, st.just(AT)),
    st.builds(adjustment, st.just(REVENUE), names.map(receivable), moneys, bases, st.just(AT)),
    st.builds(rounding_difference, names.map(receivable), moneys, bases, st.just(AT)),
    st.builds(surcharge, st.sampled_from(Side), names, moneys, bases, st.just(AT)),
)


@given(st.lists(any_transfer, max_size=20))
def test_any_transfers_sum_to_zero_in_each_currency_and_in_base(transfers: list[Transfer]) -> None:
    per_currency: Counter[str] = Counter()
    lines = trial_balance(transfers)
    for line in lines:
        per_currency[line.currency] += line.balance
    assert set(per_currency.values()) <= {0}
    assert sum(line.base_balance for line in lines) == 0


@given(any_transfer)
def test_no_amount_is_negative(transfer: Transfer) -> None:
    assert transfer.amount >= 0
    assert transfer.effect_on(transfer.debit)[0] == transfer.amount == -transfer.effect_on(transfer.credit)[0]


@given(names, moneys, bases)
def test_a_reversal_takes_back_exactly_what_was_posted(name: PartnerId, value: Money, base: int) -> None:
    there = charge_transfer(Side.CLIENT, name, value, base, AT)
    back = charge_transfer(Side.CLIENT, name, -value, -base, Occasion(3000, 3000, "job-1"))
    assert all(line.balance == 0 == line.base_balance for line in trial_balance([there, back]))


def test_a_clients_charge_is_owed_to_us_and_a_vendors_is_owed_by_us() -> None:
    sold = charge_transfer(Side.CLIENT, ORBITA, usd("100"), usd("100").units, AT)
    bought = charge_transfer(Side.VENDOR, NORDLINK, usd("70"), usd("70").units, AT)
    assert (sold.debit, sold.credit) == ("receivable:orbita", REVENUE)
    assert (bought.debit, bought.credit) == (COST, "payable:nordlink")


def test_a_negative_charge_swaps_the_accounts() -> None:
    back = charge_transfer(Side.VENDOR, NORDLINK, usd("-27"), usd("-27").units, AT)
    assert (back.debit, back.credit, back.amount) == ("payable:nordlink", COST, usd("27").units)


def test_the_same_cause_makes_the_same_id_and_another_makes_another() -> None:
    value = usd("1")
    again = [charge_transfer(Side.CLIENT, ORBITA, value, value.units, AT).transfer_id for _ in range(2)]
    others = [
        charge_transfer(Side.VENDOR, ORBITA, value, value.units, AT),
        charge_transfer(Side.CLIENT, NORDLINK, value, value.units, AT),
        charge_transfer(Side.CLIENT, ORBITA, Money.of("1", "EUR"), value.units, AT),
        charge_transfer(Side.CLIENT, ORBITA, value, value.units, Occasion(1000, 2000, "segment-2")),
        payment_in(ORBITA, value, value.units, AT),
        payment_out(ORBITA, value, value.units, AT),
    ]
    assert again[0] == again[1]
    assert len({again[0], *(other.transfer_id for other in others)}) == 7


def test_the_demos_cash_comes_out() -> None:
    def posted(name: str) -> Occasion:
        return Occasion(0, 0, name)

    received = [("orbita", "7500"), ("callwell", "5900"), ("pampas", "6500")]
    rows = [opening_balance(BANK, usd("10000"), usd("10000").units, posted("start"))]
    for name, text in received[:2]:
        rows.append(payment_in(PartnerId(name), usd(text), usd(text).units, posted(name)))
    rows.append(payment_in(PartnerId("pampas"), Money.of("6500", "EUR"), usd("7150").units, posted("pampas")))
    rows.append(payment_out(NORDLINK, usd("12900"), usd("12900").units, posted("out")))
    assert sum(line.base_balance for line in trial_balance(rows) if line.account == BANK) == usd("17650").units
    assert balance(rows, OPENING) == -usd("10000").units


def test_a_surcharge_earns_of_a_client_and_costs_at_a_vendor() -> None:
    earned = surcharge(Side.CLIENT, ORBITA, usd("0.26"), 26_000_000, AT)
    cost = surcharge(Side.VENDOR, NORDLINK, usd("0.10"), 10_000_000, AT)
    assert (earned.debit, earned.credit, cost.debit, cost.credit) == (
        receivable(ORBITA), REVENUE, COST, payable(NORDLINK),
    )  # fmt: skip
    assert earned.kind is cost.kind is TransferKind.SURCHARGE


def test_what_corrects_a_surcharge_is_a_posting_of_its_own_and_both_are_counted() -> None:
    first = surcharge(Side.CLIENT, ORBITA, usd("0.26"), 26_000_000, AT)
    assert first == surcharge(Side.CLIENT, ORBITA, usd("0.26"), 26_000_000, AT, 0)
    back = surcharge(Side.CLIENT, ORBITA, usd("-0.06"), -6_000_000, AT, 1)
    assert len({first.transfer_id, back.transfer_id}) == 2
    posted = [first, back, payment_in(ORBITA, usd("0.26"), 26_000_000, AT)]
    assert posted_of(posted, TransferKind.SURCHARGE, AT.ref, receivable(ORBITA)) == (20_000_000, 2)
    assert posted_of(posted, TransferKind.SURCHARGE, "other", receivable(ORBITA)) == (0, 0)
    assert posted_of(posted, TransferKind.SURCHARGE, AT.ref, receivable(NORDLINK)) == (0, 0)
