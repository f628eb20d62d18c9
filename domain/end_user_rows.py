"""A CSV file of end users, row by row: what each row says of whom, and which rows cannot go in for a key of another.

A row says only what the file has columns for: what else is known of an end user stays as it is.
"""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from domain.end_user_fields import END_USER_FIELDS, changed_end_user
from domain.end_users import EndUser
from domain.errors import InputError
from domain.ids import EndUserId

NAME, CALLER = "name", "caller"
Key = tuple[str, str]
"""(NAME or CALLER, the key): no two end users of a partner have the same."""
_SEPARATORS = ",;\t"
_LISTS = ("user_names", "callers")
_SIGN = re.compile(r"(\\.)|([|;])", re.DOTALL)
_KEPT_IF_EMPTY = ("status", "period")


@dataclass(frozen=True, slots=True)
class GivenUser:
    """What a row of a file says of an end user; `texts`: fields by name, as `changed_end_user` takes them."""

    row: int
    raw: str
    id: EndUserId
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row that does not go in: its number (the heading's is 1), as it came, and what is wrong with it."""

    row: int
    raw: str
    why: str


def read_end_users(text: Iterable[str], name: str) -> Iterator[GivenUser | WrongRow]:
    """Read a CSV file of end users: the heading names `id` and fields, between commas, semicolons or tabs. Raises
    InputError where that is none."""
    lines = iter(text)
    heading = next(lines, "")
    separator = max(_SEPARATORS, key=heading.count)
    reader = csv.reader(chain([heading], lines), delimiter=separator, strict=True)
    try:
        headings = [heading.strip().lower() for heading in next(reader, [])]
    except csv.Error as error:
        raise InputError(
            f"this is no CSV ({error})", where=name, mend="Save it as CSV with commas, semicolons or tabs."
        ) from None
    unknown = [heading for heading in headings if heading not in ("id", *END_USER_FIELDS)]
    if "id" not in headings or unknown or len(set(headings)) < len(headings):
        what = f"no field is called {', '.join(unknown)}" if unknown else "no column, or two, are called id"
        raise InputError(what, where=name, mend=f"The first row names columns: id, {', '.join(END_USER_FIELDS)}.")
    seen: set[str] = set()
    for row in _rows(reader):
        yield _read(reader.line_num, row, headings, seen, separator)


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str] | str]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"this is no CSV ({error})"
        else:
            if row:
                yield row


def _read(
    number: int, row: list[str] | str, headings: list[str], seen: set[str], separator: str
) -> GivenUser | WrongRow:
    if isinstance(row, str):
        return WrongRow(number, "", row)
    raw = separator.join(row)
    if len(row) != len(headings):
        return WrongRow(number, raw, f"{len(row)} fields, the heading has {len(headings)}")
    texts = dict(zip(headings, row, strict=True))
    user = texts.pop("id").strip()
    if user in seen:
        return WrongRow(number, raw, f"{user} is in the file twice")
    seen.add(user)
    for name in _LISTS:
        if name in texts:
            its = _SIGN.sub(lambda sign: "," if sign[2] == "|" else sign[0], texts[name])
            if any(sign[2] == ";" for sign in _SIGN.finditer(its)):
                why = f"{name} are separated by | or by commas in quotes, not by ; (write \\; for one that is meant)"
                return WrongRow(number, raw, why)
            texts[name] = ",".join(its.replace(",", " ").split()) if name == "callers" else its
    return GivenUser(number, raw, EndUserId(user), texts)


def as_given(given: GivenUser, known: EndUser | None, where: str) -> EndUser:
    """Return an end user as a row says he is to be. Raises InputError.

    What the file has no column for stays as it is `known`; so do status and period where the row leaves them empty.
    """
    texts = {name: text for name, text in given.texts.items() if text.strip() or name not in _KEPT_IF_EMPTY}
    return changed_end_user(known or EndUser(given.id), texts, where)


def keys_of(user: EndUser) -> Iterator[Key]:
    """Yield the keys by which calls are an end user's."""
    yield from ((NAME, name) for name in user.user_names)
    yield from ((CALLER, caller) for caller in user.callers)


def taken_keys(users: Collection[EndUser], held: Mapping[Key, EndUserId]) -> dict[EndUserId, tuple[str, EndUserId]]:
    """Return which of some users, who are to be as they are given, cannot: the key, and whose it is.

    `held`: whose the keys that they are to have are now. Keys may change hands among the users; of two that want the
    same he has it who holds it, else the first; who cannot be changed keeps what he holds. Law: of the others no two
    have one key, and none has a key of one who is not changed.
    """
    coming = {user.id for user in users}
    claimed = {key: user.id for user in users for key in keys_of(user) if held.get(key) == user.id}
    taken: dict[EndUserId, tuple[str, EndUserId]] = {}
    for user in users:
        wanted = list(keys_of(user))
        for key in wanted:
            holder = held.get(key, user.id)
            owner = holder if holder not in coming else claimed.get(key, user.id)
            if owner != user.id:
                taken[user.id] = key[1], owner
                break
        else:
            claimed |= dict.fromkeys(wanted, user.id)
    holds: dict[EndUserId, list[Key]] = {}
    for key, holder in held.items():
        holds.setdefault(holder, []).append(key)
    unchanged = list(taken)
    while unchanged:  # who keeps his keys may keep another from being changed, who then keeps his
        keeps = unchanged.pop()
        for key in holds.get(keeps, ()):
            wants = claimed.get(key, keeps)
            if wants != keeps and wants not in taken:
                taken[wants] = key[1], keeps
                unchanged.append(wants)
    return taken
