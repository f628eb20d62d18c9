"""A file of end users: its wrong rows are told, the others say only what they say, and no key becomes two users'."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.end_user_rows import GivenUser, Key, WrongRow, as_given, keys_of, read_end_users, taken_keys
from domain.end_users import EndUser, EndUserStatus
from domain.errors import InputError
from domain.ids import EndUserId
from domain.limits import Period

NAMES = "abcdef"


def test_a_file_is_read_with_its_wrong_rows() -> None:
    lines = [
        "ID,callers,max_money,period\n",
        "alice,+447911,5,ever\n",
        'bob,"44,45",,\n',
        "x y,1,,\n",
        "bob,4,,\n",
        "c\n",
    ]
    rows = list(read_end_users(lines, "users.csv"))
    users = [as_given(row, None, "") for row in rows if isinstance(row, GivenUser) and row.id != "x y"]
    assert [(user.id, user.callers, user.max_units, user.period) for user in users] == [
        ("alice", ("447911",), 500_000_000, Period.EVER), ("bob", ("44", "45"), None, Period.MONTH),
    ]  # fmt: skip
    assert [(row.row, row.why) for row in rows if isinstance(row, WrongRow)] == [
        (5, "bob is in the file twice"), (6, "1 fields, the heading has 4"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="'x y' is no end user's id"):
        as_given(next(row for row in rows if isinstance(row, GivenUser) and row.id == "x y"), None, "")
    with pytest.raises(InputError, match="no field is called price"):
        list(read_end_users(["id,price\n"], "users.csv"))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_heading_tells_what_separates_the_cells(separator: str) -> None:
    lines = [
        separator.join(row) + "\r\n" for row in (["id", "user_names", "max_calls"], ["a", "u1|u2", "2"], ["b", "u"])
    ]
    user, wrong = list(read_end_users(lines, "users.csv"))
    assert isinstance(user, GivenUser) and isinstance(wrong, WrongRow)
    assert as_given(user, None, "").user_names == ("u1", "u2") and wrong.raw == separator.join(["b", "u"])


@pytest.mark.parametrize(
    ("user_names", "callers", "keys"),
    [
        ("u2|u2b", "+447911|+4420", (("u2", "u2b"), ("4420", "447911"))),
        ("u2 | u2b", "447911 4420", (("u2", "u2b"), ("4420", "447911"))),
        ('"u2,u2b"', '"447911, 4420"', (("u2", "u2b"), ("4420", "447911"))),
        ("Alice Smith", "", (("Alice Smith",), ())),
        (r"a\|b|c\;d", "", (("a|b", "c;d"), ())),
    ],
)
def test_several_keys_stand_in_one_cell(user_names: str, callers: str, keys: tuple[tuple[str, ...], ...]) -> None:
    [row] = read_end_users(["id,user_names,callers\n", f"a,{user_names},{callers}\n"], "users.csv")
    assert isinstance(row, GivenUser)
    user = as_given(row, None, "")
    assert (user.user_names, user.callers) == keys


def test_a_semicolon_between_keys_is_told_and_makes_no_key() -> None:
    [row] = read_end_users(["id,user_names\n", "a,u2;u2b\n"], "users.csv")
    assert isinstance(row, WrongRow) and row.why.startswith("user_names are separated by | or by commas in quotes")


def test_a_row_changes_only_what_the_file_has_columns_for() -> None:
    known = EndUser(
        EndUserId("alice"), "Alice", ("alice",), ("44",), EndUserStatus.SUSPENDED, max_calls=2, max_units=10**9,
        period=Period.EVER,
    )  # fmt: skip

    def row(**texts: str) -> EndUser:
        return as_given(GivenUser(2, "", known.id, texts), known, "")

    assert row() == known
    renamed = row(name="A. Smith", user_names="alice,al", status="", period=" ")
    assert (renamed.name, renamed.user_names) == ("A. Smith", ("al", "alice"))
    assert (renamed.status, renamed.max_units, renamed.max_calls, renamed.callers) == (
        EndUserStatus.SUSPENDED, 10**9, 2, ("44",),
    )  # fmt: skip
    assert row(max_money="").max_units is None, "an empty cell of a limit takes it away"


def test_who_holds_a_key_and_keeps_it_is_before_whoever_asks_first() -> None:
    alice, bob = EndUserId("a"), EndUserId("b")
    users = [EndUser(bob, user_names=("x",)), EndUser(alice, user_names=("x",))]
    assert taken_keys(users, {("name", "x"): alice}) == {bob: ("x", alice)}
    handed = [EndUser(bob, user_names=("x",)), EndUser(alice, user_names=("y",))]
    assert taken_keys(handed, {("name", "x"): alice}) == {}
    stuck = {("name", "x"): alice, ("name", "y"): EndUserId("c")}
    assert taken_keys(handed, stuck) == {alice: ("y", "c"), bob: ("x", alice)}, "who is not changed keeps his"


who = st.sampled_from(NAMES)
keys = st.sets(st.sampled_from(NAMES), min_size=1, max_size=3)


@given(st.dictionaries(st.sampled_from(NAMES), who), st.dictionaries(who, keys))
def test_whatever_a_file_says_each_key_stays_one_users(holders: dict[str, str], wanted: dict[str, set[str]]) -> None:
    held: dict[Key, EndUserId] = {("name", key): EndUserId(owner) for key, owner in holders.items()}
    users = [EndUser(EndUserId(user), user_names=tuple(sorted(its))) for user, its in wanted.items()]
    taken = taken_keys(users, held)
    changed = {user.id: set(keys_of(user)) for user in users if user.id not in taken}
    after = [
        *(key for key, owner in held.items() if owner not in changed),
        *(key for its in changed.values() for key in its),
    ]
    assert len(after) == len(set(after))
    if not held:
        firsts = {key for its in changed.values() for key in its}
        assert all(any(key in firsts for key in keys_of(user)) for user in users if user.id in taken)
