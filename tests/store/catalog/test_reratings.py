"""Which versions of plans are still to be looked at, what they change in the past, and proposals that wait."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.errors import ConflictError, NotFoundError
from domain.ids import PlanId
from domain.reratings import Counted, Proposal
from store.catalog import Catalog
from store.catalog.intents import Lines
from store.catalog.jobs import JobState
from store.catalog.plan_changes import SheetChange
from store.catalog.reratings import Unseen, Wanted
from tests.domain.call_builders import USD
from tests.store.catalog.builders import AT, BY, DAY, approved, rate, with_plan
from tests.store.catalog.comparing import put_in, says

NOTHING = Counted(0, 0, 0, 0, 0, (), "")


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    opened = Catalog.open(catalog_url)
    yield opened
    opened.close()


def looked(catalog: Catalog, unseen: Unseen, calls: int = 9, now_ms: int = AT) -> int | None:
    """Note that versions were looked at, with a proposal of so many calls, or none."""
    found = replace(NOTHING, calls=calls, after=-calls, place=f"{unseen.plan}.{unseen.to_version}")
    said = (unseen.from_version, unseen.to_version, unseen.sheets)
    proposal = Proposal(unseen.plan, unseen.side, USD, *said, 0, now_ms, found)
    return catalog.reratings.seen(unseen, proposal if calls else None, **BY)


def first(catalog: Catalog, unseen: Unseen, until_ms: int) -> int | None:
    """Where the past may be touched at all, the first moment at which something is said otherwise."""
    found = catalog.reratings.first_change(unseen.plan, unseen.from_version, unseen.to_version, until_ms)
    assert found is None or catalog.reratings.touches_past(unseen, until_ms)
    touched = catalog.reratings.first_touch(unseen.plan, unseen.from_version, unseen.to_version, until_ms)
    assert found is None or (touched is not None and touched <= found)
    return found


def with_rates(catalog: Catalog) -> PlanId:
    """A plan whose first rates were looked at."""
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate("44"), rate("254")], **BY)
    [unseen] = catalog.reratings.unseen(plan)
    assert (unseen.from_version, unseen.to_version, looked(catalog, unseen, 0)) == (1, 2, None)
    assert catalog.reratings.unseen() == []
    return plan


def test_rates_for_later_change_nothing_of_before(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", 1, AT + DAY)], **BY)
    [unseen] = catalog.reratings.unseen()
    assert first(catalog, unseen, AT) is None
    assert first(catalog, unseen, AT + DAY + 1) == AT + DAY


def test_the_first_change_is_where_prices_differ_and_not_where_rows_do(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", 1, AT - 3 * DAY), rate("254", since=AT - 9 * DAY)], **BY)
    [unseen] = catalog.reratings.unseen()
    assert first(catalog, unseen, AT) == AT - 3 * DAY
    assert first(catalog, unseen, AT - 3 * DAY) is None


def test_new_codes_of_later_touch_no_moment_before(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("33", 1, AT + DAY)], **BY)
    [unseen] = catalog.reratings.unseen()
    assert not catalog.reratings.touches_past(unseen, AT)
    assert catalog.reratings.touches_past(unseen, AT + DAY + 1)


def test_the_first_touch_is_of_the_versions_asked_for(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("33", 1, AT + DAY)], **BY)
    catalog.plans.add_rates(plan, [rate("34", 1, AT + 2 * DAY)], **BY)
    touch = catalog.reratings.first_touch
    assert (touch(plan, 2, 3, AT + 9 * DAY), touch(plan, 3, 4, AT + 9 * DAY)) == (AT + DAY, AT + 2 * DAY)
    assert touch(plan, 2, 4, AT + DAY) is None


def test_codes_that_end_and_prices_that_went_in_between_are_changes(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", 1, AT - 5 * DAY)], **BY)
    catalog.plans.add_rates(plan, [rate("44", since=AT - 5 * DAY)], **BY)
    put_in(catalog, plan, says("254", None, AT - DAY))
    [unseen] = catalog.reratings.unseen()
    assert first(catalog, unseen, AT) == AT - 5 * DAY, "calls were charged by what was known between"
    assert first(catalog, replace(unseen, from_version=4), AT) == AT - DAY


def test_callers_that_change_their_group_are_a_change(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", origin="eea")], **BY)
    [unseen] = catalog.reratings.unseen()
    looked(catalog, unseen, 0)
    catalog.origins.set(plan, "eea", ["49"], AT - 2 * DAY, **BY)
    [unseen] = catalog.reratings.unseen()
    assert first(catalog, unseen, AT) == AT - 2 * DAY


def test_rates_are_read_as_a_version_knew_them(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", 1, AT - DAY)], **BY)
    known = {version: catalog.reratings.rates_in(plan, version, AT) for version in (2, 3)}
    assert [(row.code, row.terms.next_price) for row in known[2]] == [("254", 10_500_000), ("44", 10_500_000)]
    assert [(row.code, row.terms.next_price) for row in known[3]] == [("254", 10_500_000), ("44", 1)]


def test_a_proposal_waits_until_a_newer_one_covers_it(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", 1)], **BY)
    [unseen] = catalog.reratings.unseen()
    first = looked(catalog, unseen)
    assert first is not None and catalog.reratings.get(first).state is JobState.PROPOSED
    assert looked(catalog, unseen) is None, "it is looked at once"
    catalog.plans.add_rates(plan, [rate("44", 2)], **BY)
    [unseen] = catalog.reratings.unseen(plan)
    assert (unseen.from_version, unseen.to_version) == (2, 4)
    second = looked(catalog, unseen, 12)
    assert second is not None
    page, total = catalog.reratings.list(Wanted(), limit=10)
    told = [(job.id, job.state, job.error) for job in page]
    assert told == [(second, "proposed", ""), (first, "superseded", f"by job {second}")] and total == 2
    assert catalog.reratings.places([JobState.PROPOSED]) == {f"{plan}.4"}
    assert catalog.reratings.list(Wanted(state="superseded"), limit=10)[1] == 1
    assert catalog.reratings.list(Wanted(plan="another"), limit=10) == ([], 0)


def test_a_change_that_was_taken_back_leaves_no_proposal(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", 1)], **BY)
    first = looked(catalog, catalog.reratings.unseen()[0])
    assert first is not None
    catalog.plans.add_rates(plan, [rate("44")], **BY)
    assert looked(catalog, catalog.reratings.unseen()[0], 0) is None
    assert catalog.reratings.get(first).error == "by version 4, which changes no call"
    assert catalog.reratings.unseen() == []


def test_what_was_dismissed_is_not_covered_again(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", 1)], **BY)
    first = looked(catalog, catalog.reratings.unseen()[0])
    assert first is not None
    catalog.reratings.dismiss(first, "agreed with them", **BY)
    job = catalog.reratings.get(first)
    assert (job.state, job.error, job.ended_ms) == (JobState.DISMISSED, "agreed with them", AT)
    catalog.plans.add_rates(plan, [rate("44", 2)], **BY)
    assert catalog.reratings.unseen()[0].from_version == 3
    with pytest.raises(ConflictError, match="it is dismissed"):
        catalog.reratings.dismiss(first, "again", **BY)
    assert [entry.action for entry in catalog.audit.list() if entry.noun == "rerating"][::-1] == ["propose", "dismiss"]


def test_a_proposal_that_is_counted_again_says_so(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", 1)], **BY)
    unseen = catalog.reratings.unseen()[0]
    number = looked(catalog, unseen)
    assert number is not None
    fresh = Proposal(plan, "sell", USD, 2, 3, (), 0, AT + 5, replace(NOTHING, calls=10, after=5))
    job = catalog.reratings.recounted(number, fresh, **BY)
    assert (job.args["calls"], job.args["until_ms"], job.step) == (10, AT + 5, fresh.words)


def test_proposals_name_the_sheets_that_brought_or_took_back_what_changed(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    sheet = approved(catalog)
    line = ("44", "any", "", 5, 5, 1, 1, 0, 0, 0, 0, 0, AT - DAY, None, False)
    [known] = [row for row in zip(*catalog.plan_changes.rates_frame_columns(plan).columns.values(), strict=True)
               if row[1] == "44"]  # fmt: skip
    rest = (*known[1:13], 0, AT - DAY, False)
    catalog.plan_changes.apply(SheetChange(sheet, 2, [known[0]], Lines.of([line, rest]), b""), **BY)
    [unseen] = catalog.reratings.unseen()
    assert unseen.sheets == (sheet,)
    number = looked(catalog, unseen)
    found = catalog.reratings.of_sheet(sheet)
    assert found is not None and found.id == number
    assert catalog.reratings.of_sheet(sheet + 1) is None


def test_another_job_is_no_proposal(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError):
        catalog.reratings.get(1)
    number = catalog.jobs.add("import", {}, **BY)
    with pytest.raises(NotFoundError, match="no rerating"):
        catalog.reratings.get(number)


def test_a_proposal_survives_the_start_and_cannot_be_cancelled_as_a_job(catalog: Catalog) -> None:
    plan = with_rates(catalog)
    catalog.plans.add_rates(plan, [rate("44", 1)], **BY)
    number = looked(catalog, catalog.reratings.unseen()[0])
    assert number is not None
    assert catalog.jobs.queue_interrupted() == 0 and catalog.jobs.take(at_ms=AT) is None
    with pytest.raises(ConflictError, match=f"rerating dismiss {number}"):
        catalog.jobs.cancel(number, **BY)
