"""The published file of end users opens in no time, however many partners have some."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from actors.world_files import directory_in
from domain.end_users import EndUser, UserLimits
from domain.holds import Hold
from domain.ids import EndUserId, PartnerId
from domain.limit_book import LimitBook
from store.catalog import Catalog
from store.column_file import ColumnFile, open_columns
from store.end_users_file import KIND, MappedEndUsers, open_end_users, write_end_users
from store.publication import publish
from tests.store.catalog.builders import AT, BY, partner


class Columns(Mapping[str, Sequence[int]]):
    """Columns that count how often they are all gone through."""

    def __init__(self, columns: Mapping[str, Sequence[int]]) -> None:
        self._columns, self.gone_through = columns, 0

    def __getitem__(self, name: str) -> Sequence[int]:
        return self._columns[name]

    def __len__(self) -> int:
        return len(self._columns)

    def __iter__(self) -> Iterator[str]:
        self.gone_through += 1
        return iter(self._columns)


def a_user(name: str) -> EndUser:
    return EndUser(EndUserId(name), user_names=(name,))


def test_the_users_of_a_partner_are_found_without_looking_at_those_of_others(tmp_path: Path) -> None:
    partners = [PartnerId(f"p{number}") for number in range(50)]
    write_end_users(tmp_path / "users", ((name, a_user(f"of-{name}")) for name in partners), 1)
    file = open_columns(tmp_path / "users", KIND)
    columns = Columns(file.columns)
    opened = [MappedEndUsers(ColumnFile(file.about, columns), name) for name in partners]
    assert [its.get(EndUserId(f"of-{name}")) for name, its in zip(partners, opened, strict=True)] == [
        a_user(f"of-{name}") for name in partners
    ]
    assert columns.gone_through == 0


def test_what_changes_nothing_of_a_partners_users_lets_nothing_be_counted_anew(tmp_path: Path) -> None:
    other, orbita = PartnerId("other"), partner()

    def limits(name: str, *others: EndUser, max_calls: int) -> UserLimits:
        alice = replace(a_user("alice"), max_calls=max_calls)
        write_end_users(tmp_path / name, [(orbita.id, alice), *((other, user) for user in others)], 1)
        return UserLimits(orbita, open_end_users(tmp_path / name)[orbita.id], ())

    class Holds(list[Hold]):
        gone_through = 0

        def __iter__(self) -> Iterator[Hold]:
            Holds.gone_through += 1
            return super().__iter__()

    its = LimitBook()
    its.enter((), Holds(), limits("1", max_calls=1))
    its.enter((), Holds(), limits("2", a_user("bob"), max_calls=1))
    assert Holds.gone_through == 1, "of another partner"
    its.enter((), Holds(), limits("3", max_calls=2))
    assert Holds.gone_through == 2
    [limit] = its.users.of(EndUserId("alice"))
    assert limit.max_calls == 2


def test_a_directory_that_changes_nothing_of_end_users_keeps_them_open(tmp_path: Path) -> None:
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    catalog.partners.add(partner(), **BY)
    catalog.end_users.add(PartnerId("orbita"), a_user("alice"), **BY)

    def published(at_ms: int) -> MappedEndUsers:
        its = directory_in(tmp_path, publish(catalog, tmp_path, who="t", at_ms=at_ms)).end_users[PartnerId("orbita")]
        assert isinstance(its, MappedEndUsers)
        return its

    first = published(AT)
    catalog.partners.add(partner("other"), **BY)
    assert published(AT + 1) is first
    catalog.end_users.add(PartnerId("orbita"), a_user("bob"), **BY)
    assert published(AT + 2).get(EndUserId("bob")) == a_user("bob")
    catalog.close()
