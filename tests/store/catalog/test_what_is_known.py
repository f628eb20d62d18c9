"""What a client knows of its plans: by which notice, else since when it has them and what was so then."""

import pytest

from domain.errors import ConflictError
from domain.ids import PartnerId, PlanId
from domain.notices.form import FileKind, Scope, SheetForm
from domain.notices.states import ContactState
from domain.rates import Unit
from store.catalog import Catalog
from store.catalog.notice_values import RateNotice
from store.catalog.rate_clients import Base
from tests.store.catalog.builders import AT, BY, partner, rate, with_plan
from tests.store.catalog.test_rate_notices import ANN, BOB, US, dealt_with, heard, made, sent, what

CHANGES = SheetForm(file=FileKind.CSV, scope=Scope.CHANGES)
KEY = ("orbita", "sell-a")


def bounced(catalog: Catalog, notice: RateNotice) -> None:
    for address in (ANN, BOB):
        heard(catalog, notice.id, address, ContactState.BOUNCED, "550")


def last(catalog: Catalog) -> int | None:
    found = catalog.rate_notices.last_told(*KEY)
    assert catalog.rate_notices.told().get(KEY) == found
    return found.id if found else None


def test_changes_alone_are_known_only_while_what_they_go_on_from_is(catalog: Catalog) -> None:
    first = sent(catalog, plan_version=1)
    second = sent(catalog, plan_version=2, form=CHANGES, based_on=first.id)
    third = sent(catalog, plan_version=3, form=CHANGES, based_on=second.id)
    fourth = sent(catalog, plan_version=4, form=CHANGES, based_on=third.id)
    waits = made(catalog, plan_version=5, form=CHANGES, based_on=fourth.id)
    bounced(catalog, second)
    assert last(catalog) == first.id, "what changed by the second was in none of those after it"
    assert catalog.rate_notices.get(fourth.id).told_ms is None
    assert what(catalog, third.id)[-1] == ("does not count", "")
    assert catalog.rate_notices.get(waits.id).state == "superseded"
    catalog.rate_notices.resend(second.id, [ANN], US, **BY)
    assert last(catalog) == fourth.id and what(catalog, fourth.id)[-1] == ("counts", "")


def test_all_rates_are_known_whatever_they_were_compared_with(catalog: Catalog) -> None:
    first = sent(catalog, plan_version=1)
    second = sent(catalog, plan_version=2, form=CHANGES, based_on=first.id)
    third = sent(catalog, plan_version=3, based_on=second.id)
    bounced(catalog, second)
    assert last(catalog) == third.id


def test_a_notice_goes_to_the_contacts_of_the_moment_when_it_is_approved(catalog: Catalog) -> None:
    notice = made(catalog)
    approved = catalog.rate_notices.approve(notice.id, US, contacts=[("new@orbita.example", "New")], **BY)
    assert [mail.address for mail in catalog.mail.list()] == ["new@orbita.example"]
    assert [(one.address, one.name) for one in approved.contacts] == [("new@orbita.example", "New")]
    assert what(catalog, notice.id)[1:] == [("readdressed", ""), ("approved", "")]


def test_what_is_out_of_date_is_never_sent_and_what_was_sent_stays(catalog: Catalog) -> None:
    gone, waits = sent(catalog), made(catalog, plan_version=4)
    for notice in (gone, waits):
        catalog.rate_notices.supersede(notice.id, "the plan has changed since", **BY)
    assert [one.state for one in catalog.rate_notices.list()] == ["superseded", "approved"]
    with pytest.raises(ConflictError, match="it is superseded"):
        catalog.rate_notices.approve(waits.id, US, **BY)


def test_clients_of_the_first_start_know_their_plans_as_they_were(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.partners.add(partner(sell_plan=plan), **BY)
    catalog.plans.add_rates(plan, [rate()], who="ada", at_ms=AT + 1)
    assert catalog.rate_clients.list()[0].base is None
    catalog.rate_clients.seen(AT + 2)
    assert catalog.rate_clients.list()[0].base is None, "notices are not made yet"
    catalog.rate_clients.since(AT + 3)
    before = catalog.plan_changes.rates_frame_columns(plan)
    catalog.plans.add_rates(plan, [rate("44")], who="ada", at_ms=AT + 4)
    catalog.rate_clients.seen(AT + 5)
    assert catalog.rate_clients.list()[0].base == Base(None, plan, 2)
    assert catalog.plan_changes.rates_columns_at(plan, 2) == before
    assert catalog.plan_changes.rates_columns_at(plan, 1).columns["code"] == []
    now = catalog.plan_changes.rates_frame_columns(plan)
    assert catalog.plan_changes.rates_columns_at(plan, 3) == now and len(now.columns["code"]) == 2


def test_a_client_given_another_plan_knows_what_it_knew_of_the_one_it_left(catalog: Catalog) -> None:
    plan, other = with_plan(catalog, "sell-a"), with_plan(catalog, "sell-b")
    catalog.partners.add(partner(sell_plan=plan), **BY)
    catalog.rate_clients.since(AT)
    catalog.plans.assign(other, PartnerId("orbita"), **BY)
    catalog.rate_clients.seen(AT + 1)
    (moved,) = catalog.rate_clients.list()
    assert (moved.plan, moved.base) == (other, Base(None, plan, 1))
    told = catalog.rate_notices.approve(made(catalog, plan="sell-b").id, US, who="ada", at_ms=AT + 2)
    catalog.plans.assign(plan, PartnerId("orbita"), **BY)
    catalog.rate_clients.seen(AT + 3)
    assert catalog.rate_clients.list()[0].base == Base(told.id, other, 0)
    for address in (ANN, BOB):
        heard(catalog, told.id, address, ContactState.BOUNCED)
    assert catalog.rate_clients.list()[0].base == Base(None, other, 0), "nobody got it"


def test_what_was_told_before_a_client_left_a_plan_counts_no_more_when_it_comes_back(catalog: Catalog) -> None:
    plan, other = with_plan(catalog, "sell-a"), with_plan(catalog, "sell-b")
    catalog.partners.add(partner(sell_plan=plan), **BY)
    catalog.rate_clients.since(AT)
    first = catalog.rate_notices.approve(made(catalog).id, US, who="ada", at_ms=AT + 1)
    assert last(catalog) == first.id and dealt_with(catalog) == {KEY: 3}
    for nth, its in enumerate((other, plan)):
        catalog.plans.assign(its, PartnerId("orbita"), **BY)
        catalog.rate_clients.seen(first.made_ms + 10 + nth)
    assert last(catalog) is None and dealt_with(catalog) == {}
    assert catalog.rate_clients.list()[0].base == Base(first.id, plan, 0), "never told anything of the other"


def test_prices_of_calls_and_of_events_are_not_compared(catalog: Catalog) -> None:
    plan = with_plan(catalog, "sell-a")
    other = with_plan(catalog, "sell-e", unit=Unit.EVENT)
    catalog.partners.add(partner(sell_plan=plan), **BY)
    catalog.rate_clients.since(AT)
    catalog.plans.assign(other, PartnerId("orbita"), **BY)
    catalog.rate_clients.seen(AT + 1)
    assert catalog.rate_clients.list()[0].base == Base(None, plan, 0)
    assert PlanId("sell-e") == catalog.rate_clients.list()[0].plan
