"""Invoices, jobs, users, snapshots: the catalog's own bookkeeping."""

import pytest

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId
from domain.money import Money
from store.catalog import Catalog
from store.catalog.jobs import JobState
from store.catalog.partners import Contract
from store.catalog.snapshots import Snapshot
from store.catalog.users import Role, User
from tests.store.catalog.builders import AT, BY, DAY, partner

ORBITA = PartnerId("orbita")
TEN = Money.of("10.00", "USD")


def test_invoice_numbers_have_no_gap_within_a_legal_entity(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    catalog.partners.add(partner("pampas"), Contract(legal_entity="madrid"), **BY)
    numbers = [
        catalog.invoices.open(PartnerId(owner), AT + start * DAY, AT + (start + 1) * DAY, TEN, **BY).number
        for owner, start in (("orbita", 0), ("pampas", 0), ("orbita", 1), ("orbita", 2))
    ]
    assert numbers == ["main-2026-000001", "madrid-2026-000001", "main-2026-000002", "main-2026-000003"]


def test_an_interrupted_invoice_takes_up_its_number_and_an_issued_one_never_changes(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    begun = catalog.invoices.open(ORBITA, AT, AT + DAY, TEN, **BY)
    again = catalog.invoices.open(ORBITA, AT, AT + DAY, Money.of("11.00", "USD"), **BY)
    assert (again.number, again.total) == (begun.number, Money.of("11.00", "USD"))
    issued = catalog.invoices.issue(begun.number, "a.pdf", "a.csv", **BY)
    assert (issued.state, issued.due_ms) == ("issued", AT + 30 * DAY)
    with pytest.raises(ConflictError, match="issued already"):
        catalog.invoices.issue(begun.number, "b.pdf", "b.csv", **BY)
    with pytest.raises(ConflictError, match="covers part of that period"):
        catalog.invoices.open(ORBITA, AT + DAY - 1, AT + 2 * DAY, TEN, **BY)
    assert catalog.invoices.list(ORBITA) == [catalog.invoices.get(begun.number)]


def test_an_invoice_is_in_the_contracts_currency_and_of_some_time(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    with pytest.raises(InputError, match="not in USD"):
        catalog.invoices.open(ORBITA, AT, AT + DAY, Money.of(1, "EUR"), **BY)
    with pytest.raises(InputError, match="period is empty"):
        catalog.invoices.open(ORBITA, AT, AT, TEN, **BY)


def test_a_job_is_taken_once_tells_how_far_it_is_and_ends(catalog: Catalog) -> None:
    job = catalog.jobs.add("import", {"file": "a.csv"}, **BY)
    taken = catalog.jobs.take(at_ms=AT + 1)
    assert taken is not None
    assert (taken.id, taken.state, taken.args) == (job, JobState.RUNNING, {"file": "a.csv"})
    assert catalog.jobs.take(at_ms=AT + 1) is None
    assert catalog.jobs.progress(job, "parse", 5, 10)
    catalog.jobs.finish(job, at_ms=AT + 2)
    ended = catalog.jobs.get(job)
    assert (ended.state, ended.step, ended.done, ended.total, ended.ended_ms) == (JobState.DONE, "parse", 5, 10, AT + 2)


def test_a_cancelled_job_hears_of_it_and_stays_cancelled(catalog: Catalog) -> None:
    job = catalog.jobs.add("import", {}, **BY)
    catalog.jobs.take(at_ms=AT)
    catalog.jobs.cancel(job, **BY)
    assert not catalog.jobs.progress(job, "parse", 1, 2)
    catalog.jobs.finish(job, at_ms=AT)
    assert catalog.jobs.get(job).state is JobState.CANCELLED
    with pytest.raises(ConflictError, match="cancelled already"):
        catalog.jobs.cancel(job, **BY)


def test_jobs_that_ran_when_everything_ended_are_queued_again(catalog: Catalog) -> None:
    first, second = catalog.jobs.add("a", {}, **BY), catalog.jobs.add("b", {}, **BY)
    catalog.jobs.take(at_ms=AT)
    assert catalog.jobs.queue_interrupted() == 1
    assert [(job.id, job.state) for job in catalog.jobs.list()] == [(second, JobState.QUEUED), (first, JobState.QUEUED)]
    taken = catalog.jobs.take(at_ms=AT, kinds=("b",))
    assert taken is not None
    assert taken.id == second


def test_a_user_is_known_by_the_token_while_enabled(catalog: Catalog) -> None:
    token = "a-long-random-token-of-ada"
    catalog.users.set(User("ada", Role.ADMIN), token, **BY)
    assert catalog.users.by_token(token) == User("ada", Role.ADMIN)
    assert catalog.users.by_token(token + "x") is None
    catalog.users.set(User("ada", Role.ADMIN, enabled=False), token, **BY)
    assert catalog.users.by_token(token) is None
    assert token not in str(catalog.audit.list("user"))
    with pytest.raises(InputError, match="too short"):
        catalog.users.set(User("bob", Role.VIEWER), "short", **BY)


def test_going_back_to_a_file_is_a_new_entry(catalog: Catalog) -> None:
    for version in (1, 2):
        entry = Snapshot("plan", "a", version, version, f"a-{version}.plan", "00", AT + version)
        catalog.snapshots.enter(entry, **BY)
    back = catalog.snapshots.roll_back("plan", "a", 1, who="ada", at_ms=AT + 9)
    assert (back.file, back.version, back.answers) == ("a-1.plan", 1, 2)
    assert catalog.snapshots.in_force("plan", "a") == back
    assert [entry.version for entry in catalog.snapshots.history("plan", "a")] == [1, 2, 1]
    with pytest.raises(NotFoundError, match="There is: 1, 2"):
        catalog.snapshots.roll_back("plan", "a", 7, **BY)
