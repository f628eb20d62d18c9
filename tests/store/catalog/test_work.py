"""Invoices, jobs, users, snapshots: the catalog's own bookkeeping."""

import pytest

from domain.contract import Contract
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId
from domain.money import Money
from domain.users import Role, User
from store.catalog import Catalog
from store.catalog.jobs import JobState
from store.catalog.snapshots import Snapshot
from store.users_file import token_hash
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


def test_a_user_has_one_token_a_role_and_a_state(catalog: Catalog) -> None:
    token, other = "a-long-random-token-of-ada", "another-random-token-of-ada"
    catalog.users.add(User("ada", Role.RATES), token, **BY)
    assert catalog.users.by_hash() == {token_hash(token): User("ada", Role.RATES)}
    catalog.users.new_token("ada", other, **BY)
    assert catalog.users.change(User("ada", Role.ADMIN, enabled=False), **BY)
    assert not catalog.users.change(User("ada", Role.ADMIN, enabled=False), **BY)
    assert catalog.users.by_hash() == {token_hash(other): User("ada", Role.ADMIN, enabled=False)}
    assert [entry.action for entry in catalog.audit.list("user", "ada")] == ["set", "new-token", "add"]
    for secret in (token, other, token_hash(token), token_hash(other)):
        assert secret not in str(catalog.audit.list("user"))


def test_a_user_needs_a_free_name_and_a_long_token(catalog: Catalog) -> None:
    catalog.users.add(User("ada", Role.RATES), "a-long-random-token-of-ada", **BY)
    for name in ("ada", "admin", "desk"):
        with pytest.raises(ConflictError, match="already a user"):
            catalog.users.add(User(name, Role.VIEWER), "one-more-long-random-token", **BY)
    with pytest.raises(InputError, match="too short"):
        catalog.users.add(User("bob", Role.VIEWER), "short", **BY)
    with pytest.raises(NotFoundError, match="Did you mean ada"):
        catalog.users.change(User("adda", Role.VIEWER), **BY)


def test_the_trail_is_read_by_noun_key_and_person_a_page_at_a_time(catalog: Catalog) -> None:
    for who in ("ada", "bob"):
        for key in ("w1", "w2"):
            catalog.audit.note("post", "payment", key, who=who, at_ms=AT, after={"amount": 1})
    newest = catalog.audit.list("payment", limit=3)
    assert [(entry.who, entry.key) for entry in newest] == [("bob", "w2"), ("bob", "w1"), ("ada", "w2")]
    [oldest] = catalog.audit.list("payment", before_id=newest[-1].id)
    assert (oldest.who, oldest.key, oldest.after) == ("ada", "w1", {"amount": 1})
    assert [entry.key for entry in catalog.audit.list("payment", who="ada")] == ["w2", "w1"]
    assert [entry.who for entry in catalog.audit.list("payment", "w1")] == ["bob", "ada"]


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
