"""Who is told the rates of which plan, and which applied sheets do not say it yet."""

from dataclasses import replace

from domain.contract import Contract
from domain.ids import PartnerId, PlanId
from domain.notices.states import NoticesMode
from domain.sheets.steps import SheetState, Step, StepDone
from domain.sheets.terms import Notice, RateTerms
from store.catalog import Catalog
from store.catalog.intents import Lines
from store.catalog.plan_changes import SheetChange
from store.catalog.rate_clients import QUIET
from tests.store.catalog.builders import AT, BY, a_sheet, partner, rate, switch, trunk, with_plan


def test_clients_come_with_their_plans_terms_and_contacts(catalog: Catalog) -> None:
    sell, other = with_plan(catalog), with_plan(catalog, "sell-b")
    with_plan(catalog, "buy-k", "buy")
    terms = Contract(increase_notice_days=10, rates_notices=NoticesMode.AUTO)
    catalog.partners.add(partner(sell_plan=sell, zone="Europe/Berlin"), terms, **BY)
    catalog.partners.add(partner("kestrel", buy_plan=PlanId("buy-k")), **BY)
    catalog.switches.add(switch(), **BY)
    catalog.trunks.add(trunk(switch=switch().id), **BY)
    catalog.plans.assign_to_trunk(other, trunk().id, **BY)
    catalog.rate_terms.set(other, RateTerms(new_days=3), **BY)
    catalog.plans.add_rates(sell, [rate()], who="ada", at_ms=AT + 5)
    first, second = catalog.rate_clients.list()
    assert (first.partner, first.plan, first.zone, first.mode) == ("orbita", sell, "Europe/Berlin", NoticesMode.AUTO)
    assert (first.version, first.known_ms, second.plan, second.known_ms) == (2, AT + 5, other, AT)
    assert (first.notice, second.notice.new) == (Notice(new=1, increase=10), 3)
    assert first.contacts == ()
    orbita = catalog.partners.get(PartnerId("orbita"))
    catalog.partners.change(orbita, emails=["pay@a.example"], **BY)
    assert catalog.rate_clients.list()[0].contacts == (("pay@a.example", ""),)
    catalog.partners.change(orbita, rates_emails=["r@a.example", "r@a.example"], **BY)
    assert catalog.rate_clients.list(plan="sell-b")[0].contacts == (("r@a.example", ""),)
    assert catalog.rate_clients.list(partner="kestrel") == []


def test_since_when_notices_are_made_stays_as_it_was_first_asked(catalog: Catalog) -> None:
    assert (catalog.rate_clients.since(7), catalog.rate_clients.since(9)) == (7, 7)


def test_every_change_is_seen_that_a_notice_may_depend_on(catalog: Catalog) -> None:
    before, nothing = catalog.rate_clients.named_since(-1)
    assert nothing == {}
    with_plan(catalog)
    last, named = catalog.rate_clients.named_since(before)
    assert last > before and named == {"plan": {"sell-a"}}
    with_plan(catalog, "buy-k", "buy")
    catalog.audit.note("change", "what nobody knows yet", "7", **BY)
    for noun in QUIET:
        catalog.audit.note("change", noun, "7", **BY)
    assert catalog.rate_clients.named_since(last)[1] == {"what nobody knows yet": {"7"}}


def test_applied_sheets_are_found_until_they_say_who_is_told(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    sheet, waits = a_sheet(catalog), a_sheet(catalog, name="other.xlsx")
    for state in (SheetState.CHECKED, SheetState.APPROVED):
        catalog.sheets.move(sheet, state, **BY)
    version = catalog.plans.get(plan).version
    catalog.plan_changes.apply(SheetChange(sheet, version, (), Lines.of([]), b""), **BY)
    assert catalog.rate_clients.untold(AT) == [sheet] and catalog.rate_clients.untold(AT + 1) == []
    assert catalog.rate_clients.brought_by(plan, version + 1) == sheet
    assert catalog.rate_clients.brought_by(plan, version) is None
    step = StepDone(Step.NOTIFY, 1, 2, 3, "published")
    catalog.sheets.say(sheet, step)
    assert catalog.rate_clients.untold(AT) == [sheet]
    catalog.sheets.say(sheet, replace(step, words="nobody is to be told"))
    (said,) = catalog.sheets.steps(sheet)
    assert (said.words, said.count) == ("published; nobody is to be told", 3)
    assert catalog.rate_clients.untold(AT) == [] and catalog.sheets.get(waits).state is SheetState.WORKING
