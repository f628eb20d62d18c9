"""End users in the catalog: each key is one user's, what is published is what was entered, bills have no gaps."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.days import midnight_ms
from domain.end_user_fields import END_USER_FIELDS, end_user_texts
from domain.end_user_rows import GivenUser
from domain.end_users import EndUser, EndUserStatus
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import DestinationId, EndUserId, PartnerId
from domain.invoicing import invoice_period
from domain.limits import Limit, LimitId, Period
from domain.money import Currency, units_of
from domain.user_bills import UserUsage, bill_lines
from store.catalog import Catalog
from store.catalog.end_users import Imported, TopUp
from store.end_users_file import open_end_users
from store.publication import publish
from tests.store.catalog.builders import AT, BY, partner

ORBITA, USD = PartnerId("orbita"), Currency("USD")


def a_user(name: str = "alice", **fields: Any) -> EndUser:
    return EndUser(EndUserId(name), **({"user_names": (name,)} | fields))


@pytest.fixture
def house(catalog: Catalog) -> Catalog:
    catalog.partners.add(partner(), **BY)
    catalog.partners.add(partner("other"), **BY)
    return catalog


def test_what_was_added_is_read_and_published(house: Catalog, tmp_path: Path) -> None:
    assert publish(house, tmp_path, who="t", at_ms=AT).end_users is None, "nobody has any"
    alice = a_user(callers=("447911",), max_units=5, max_cps=2, burst=3, period=Period.EVER, name="Alice")
    house.end_users.add(ORBITA, alice, **BY)
    house.end_users.add(PartnerId("other"), a_user(status=EndUserStatus.SUSPENDED), **BY)
    assert house.end_users.get(ORBITA, alice.id) == alice
    first = publish(house, tmp_path, who="t", at_ms=AT + 1)
    assert first.end_users is not None
    its = open_end_users(tmp_path / first.end_users.name)
    assert its[ORBITA].get(alice.id) == its[ORBITA].calling("447911000000") == alice
    assert its[PartnerId("other")].named("alice") == a_user(status=EndUserStatus.SUSPENDED)
    house.partners.add(partner("third"), **BY)
    assert publish(house, tmp_path, who="t", at_ms=AT + 2).end_users == first.end_users, (
        "their file has its own version"
    )
    house.end_users.remove(ORBITA, alice.id, **BY)
    second = publish(house, tmp_path, who="t", at_ms=AT + 3).end_users
    assert second is not None
    assert ORBITA not in open_end_users(tmp_path / second.name)
    with pytest.raises(NotFoundError):
        house.end_users.get(ORBITA, alice.id)


def test_a_key_is_one_users_of_a_partner(house: Catalog) -> None:
    house.end_users.add(ORBITA, a_user(callers=("44",)), **BY)
    house.end_users.add(PartnerId("other"), a_user(callers=("44",)), **BY)
    house.end_users.add(ORBITA, a_user("44", user_names=("44",)), **BY)
    for taken in (a_user("bob", user_names=("alice",)), a_user("bob", callers=("44",))):
        with pytest.raises(ConflictError, match="is a key of end user alice already"):
            house.end_users.add(ORBITA, taken, **BY)
    with pytest.raises(ConflictError, match="has an end user 'alice'"):
        house.end_users.add(ORBITA, a_user(user_names=("x",)), **BY)
    house.end_users.change(ORBITA, a_user(user_names=("al",)), **BY)
    house.end_users.add(ORBITA, a_user("bob", user_names=("alice",), callers=("44",)), **BY)


def rows(*users: EndUser, columns: tuple[str, ...] = END_USER_FIELDS) -> list[GivenUser]:
    """What a file with some columns says of end users."""
    texts = [end_user_texts(user) for user in users]
    kept = [{name: its[name] for name in columns} for its in texts]
    return [GivenUser(at + 2, user.id, user.id, its) for at, (user, its) in enumerate(zip(users, kept, strict=True))]


def test_many_are_added_or_changed_together(house: Catalog) -> None:
    house.end_users.add(ORBITA, a_user("u1"), **BY)
    users = [a_user(f"u{number}", max_calls=number) for number in range(1200)]
    assert house.end_users.import_all(ORBITA, rows(*users), **BY) == Imported(1199, 1, [])
    assert house.end_users.import_all(ORBITA, rows(*users), **BY) == Imported(0, 0, []), "they are so already"
    found, total = house.end_users.find(ORBITA, "u11", limit=3, offset=1)
    assert ([user.id for user in found], total) == (["u110", "u1100", "u1101"], 111)
    assert house.end_users.get(ORBITA, EndUserId("u1")).max_calls == 1
    swapped = [a_user("u1", user_names=("u2",)), a_user("u2", user_names=("u1",))]
    assert house.end_users.import_all(ORBITA, rows(*swapped), **BY) == Imported(0, 2, [])
    assert sum(1 for _ in house.end_users.with_all(lambda users, _: list(users))) == 1200


def test_a_file_without_a_column_leaves_it_as_it_is_and_the_trail_has_before_and_after(house: Catalog) -> None:
    alice = a_user(status=EndUserStatus.SUSPENDED, max_units=10 * 10**8, period=Period.EVER)
    house.end_users.add(ORBITA, alice, **BY)
    file = rows(
        replace(alice, name="Alice", status=EndUserStatus.ACTIVE, max_units=None), columns=("user_names", "name")
    )
    assert house.end_users.import_all(ORBITA, file, **BY) == Imported(0, 1, [])
    assert house.end_users.get(ORBITA, alice.id) == replace(alice, name="Alice")
    [change] = house.audit.list("end-user", "orbita/alice", limit=1)
    assert (change.action, change.before["name"], change.after["name"]) == ("import", "", "Alice")


def test_a_row_with_a_key_of_another_is_told_and_the_others_go_in_and_a_dry_run_says_the_same(house: Catalog) -> None:
    house.end_users.add(ORBITA, a_user(), **BY)
    file = rows(
        a_user("new"), a_user("newer", user_names=("new",)), a_user("bob", user_names=("alice",)), a_user("eve")
    )
    tried = house.end_users.import_all(ORBITA, file, dry_run=True, **BY)
    assert house.end_users.find(ORBITA, "", limit=9, offset=0)[1] == 1, "a dry run changes nothing"
    assert house.end_users.import_all(ORBITA, file, **BY) == tried
    assert (tried.added, tried.changed, [row.row for row in tried.wrong]) == (2, 0, [3, 4])
    assert "new is a key of end user new already" in tried.wrong[0].why
    assert "alice is a key of end user alice already" in tried.wrong[1].why
    assert [user.id for user in house.end_users.find(ORBITA, "", limit=9, offset=0)[0]] == ["alice", "eve", "new"]


def test_a_top_up_raises_a_limit_for_ever_only(house: Catalog) -> None:
    house.end_users.add(ORBITA, a_user(max_units=5, period=Period.DAY), **BY)
    alice = EndUserId("alice")
    for limited in (a_user(max_units=5, period=Period.DAY), a_user(max_minutes=60), a_user(max_minutes=0)):
        house.end_users.change(ORBITA, limited, **BY)
        with pytest.raises(InputError, match="no balance to top up"):
            house.end_users.top_up(ORBITA, alice, TopUp(5, "a"), **BY)
        assert house.end_users.get(ORBITA, alice) == limited
    house.end_users.change(ORBITA, a_user(max_units=5, period=Period.EVER), **BY)
    assert house.end_users.top_up(ORBITA, alice, TopUp(7, "a"), **BY)[0].max_units == 12
    for cannot_be in (-13, 0, 2**63 - 12):
        with pytest.raises(InputError, match="cannot be"):
            house.end_users.top_up(ORBITA, alice, TopUp(cannot_be, "b"), **BY)


def test_a_top_up_that_is_repeated_counts_once(house: Catalog) -> None:
    alice, bob = EndUserId("alice"), EndUserId("bob")
    for user in (a_user(max_units=5, period=Period.EVER), a_user("bob", period=Period.EVER)):
        house.end_users.add(ORBITA, user, **BY)
    assert [house.end_users.top_up(ORBITA, alice, TopUp(7, "v-1"), **BY)[1] for _ in range(2)] == [True, False]
    assert house.end_users.get(ORBITA, alice).max_units == 12
    with pytest.raises(ConflictError, match=r"'v-1' is posted already, with 0\.00000007"):
        house.end_users.top_up(ORBITA, alice, TopUp(8, "v-1"), **BY)
    assert house.end_users.top_up(ORBITA, bob, TopUp(8, "v-1"), **BY)[0].max_units == 8, "a reference is one user's"
    [told] = house.audit.list("end-user", "orbita/bob", limit=1)
    assert (told.action, told.after["reference"], told.before["max_units"]) == ("top up", "v-1", None)
    for name in (alice, bob):
        house.end_users.remove(ORBITA, name, **BY)
    house.removals.partner(ORBITA, **BY)


def test_who_is_given_the_id_of_one_who_was_removed_tops_up_with_the_same_reference(house: Catalog) -> None:
    alice, bob = EndUserId("alice"), EndUserId("bob")
    for name in (alice, bob):
        house.end_users.add(ORBITA, a_user(name, max_units=5, period=Period.EVER), **BY)
        house.end_users.top_up(ORBITA, name, TopUp(7, "v-1"), **BY)
    house.end_users.remove(ORBITA, alice, **BY)
    house.end_users.add(ORBITA, a_user(period=Period.EVER), **BY)
    after, new = house.end_users.top_up(ORBITA, alice, TopUp(9, "v-1"), **BY)
    assert (after.max_units, new) == (9, True)
    assert house.end_users.top_up(ORBITA, bob, TopUp(7, "v-1"), **BY)[1] is False, "nobody else's"


def test_a_limit_may_name_an_end_user_of_its_client_and_keeps_him(house: Catalog) -> None:
    house.end_users.add(ORBITA, a_user(), **BY)
    night = Limit(LimitId("night"), client=ORBITA, end_user=EndUserId("alice"), max_minutes=5)
    house.limits.add(night, **BY)
    assert house.limits.get(night.id) == night
    for wrong in (replace(night, client=None), replace(night, client=PartnerId("other"))):
        with pytest.raises(InputError):
            house.limits.change(wrong, **BY)
    with pytest.raises(ConflictError, match="limits night name it"):
        house.end_users.remove(ORBITA, EndUserId("alice"), **BY)
    with pytest.raises(ConflictError, match="limit night"):
        house.removals.partner(ORBITA, **BY)


def test_bills_are_numbered_without_a_gap_and_never_change(house: Catalog) -> None:
    period = invoice_period(_day(1), _day(1), "UTC")
    alice, bob = EndUserId("alice"), EndUserId("bob")
    usage = UserUsage(alice, DestinationId(7), units_of("0.03"), "any", USD, 3, 2, 61, 3_050_001)
    sums = bill_lines(USD, [usage], {DestinationId(7): "UK Mobile"})
    first = house.end_user_bills.issue(ORBITA, alice, period, sums, **BY)
    assert (first.number, first.total.units, first.sums) == ("orbita-2026-U000001", 3_050_001, sums)
    more = bill_lines(USD, [usage, usage], {DestinationId(7): "UK Mobile"})
    assert house.end_user_bills.issue(ORBITA, alice, period, more, **BY) == first
    assert house.end_user_bills.of(ORBITA, alice, period) == first
    assert house.end_user_bills.issue(ORBITA, bob, period, sums, **BY).number == "orbita-2026-U000002"
    assert house.end_user_bills.issue(PartnerId("other"), bob, period, sums, **BY).number == "other-2026-U000001"
    with pytest.raises(ConflictError, match="covers part of that period"):
        house.end_user_bills.issue(ORBITA, alice, invoice_period(_day(1), _day(2), "UTC"), sums, **BY)
    assert [bill.number for bill in house.end_user_bills.list(ORBITA, alice)] == ["orbita-2026-U000001"]
    assert midnight_ms(_day(1), "UTC") == first.from_ms


def _day(number: int) -> date:

    return date(2026, 10, number)
