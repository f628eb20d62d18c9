"""The world's data agree with each other and with the promised money."""

import pytest

from cluster.demo.expected import Account, figures
from cluster.demo.world import OCTOBER_MS, PAMPAS, USD, VENDORS, World, world
from domain.calls import Side
from domain.fx import to_base
from domain.ledger import BANK, payable, receivable
from domain.money import Money


def in_usd(world: World, amount: Money) -> Money:
    return amount if amount.currency == USD else Money(to_base(amount.units, world.fx[0].rate), USD)


@pytest.mark.parametrize("scale", [1, 10])
def test_revenue_cost_and_margin_are_the_sums_of_the_traffic(scale: int) -> None:
    want = figures(scale)
    sums = dict.fromkeys(Side, Money(0, USD))
    for line in want.traffic:
        sums[line.side] += in_usd(world(scale), line.charge)
    assert (sums[Side.CLIENT], sums[Side.VENDOR]) == (want.revenue, want.cost)
    assert want.revenue - want.cost == want.margin


@pytest.mark.parametrize("account", figures().accounts, ids=lambda account: account.partner)
def test_openings_payments_and_usage_make_the_statements(account: Account) -> None:
    want, partner = figures(), account.partner
    vendor = partner in VENDORS
    ledger = payable(partner) if vendor else receivable(partner)
    before = next(o.amount for o in world().openings if o.account == ledger)
    owed = -before if vendor or partner == "orbita" else before
    for line in want.september:
        owed += line.charge if line.partner == partner else Money(0, owed.currency)
    assert owed == account.opening
    paid, used = Money(0, owed.currency), Money(0, owed.currency)
    for payment in world().payments:
        if payment.partner == partner:
            assert payment.outgoing == vendor and OCTOBER_MS[0] <= payment.at_ms < OCTOBER_MS[1]
            paid += payment.amount
    for line in want.traffic:
        used += line.charge if line.partner == partner else Money(0, used.currency)
    assert (paid, used) == (account.paid, account.used)
    closing = owed + paid - used if partner == "orbita" else owed - paid + used
    assert closing == account.closing


def test_the_cash_adds_up() -> None:
    want = figures()
    received = paid = Money(0, USD)
    for payment in world().payments:
        if payment.outgoing:
            paid += payment.amount
        else:
            received += in_usd(world(), payment.amount)
    opening = next(o.amount for o in world().openings if o.account == BANK)
    assert (opening, received, paid) == (want.cash_opening, want.cash_received, want.cash_paid)
    assert opening + received - paid == want.cash_closing


def test_trunks_are_told_apart_and_every_partner_has_a_plan() -> None:
    plans = {plan.id: plan for plan in world().plans}
    for partner in world().partners:
        plan = plans[partner.sell_plan or partner.buy_plan or next(iter(plans))]
        assert (plan.partner, plan.currency) == (partner.id, partner.currency)


def test_scale_multiplies_the_money_of_october_but_not_minnows() -> None:
    one, ten = world(), world(10)
    assert [o.amount.units * 10 for o in one.openings[:-1]] == [o.amount.units for o in ten.openings[:-1]]
    assert one.openings[-1] == ten.openings[-1]
    assert [p.amount.units * 10 for p in one.payments] == [p.amount.units for p in ten.payments]
    assert next(p for p in ten.partners if p.id == PAMPAS).credit_limit == Money.of("200000", "EUR").units
