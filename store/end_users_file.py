"""End users of all partners as one published file that nodes map: found by hash and bisection, read when asked for.

Columns of one partner, each behind its name and ":<partner>":

    at           where in `text` each user begins, in octets, and where the last one ends
    text         the users as JSON, one behind the other, filled up with blanks
    ids, id_of   hashes of ids in order, and whose each is (the place in `at`)
    names, name_of       the same of user names
    callers, caller_of   the same of callers' numbers and prefixes, as numbers: digits, then how many

Imports neither SQLModel nor Polars.
"""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import cast

import orjson

from domain.end_users import MOST_KEPT, EndUser, EndUsers, EndUserStatus, is_number, periods_of
from domain.ids import EndUserId, PartnerId
from domain.limits import Period
from store.column_file import ColumnFile, open_columns, write_columns
from store.values_json import Json, to_json

KIND = "end-users"


def write_end_users(path: Path, users: Iterable[tuple[PartnerId, EndUser]], version: int) -> str:
    """Write the end users of all partners, whole or not at all; return the file's sha256 in hex.

    Those of one partner come one behind the other; none is kept as a value, since there may be very many.
    """
    columns: dict[str, Sequence[int]] = {}
    about: dict[str, object] = {}
    for partner, its in groupby(users, key=itemgetter(0)):
        made = _Columns()
        for _, user in its:
            made.add(user)
        columns |= {f"{name}:{partner}": column for name, column in made.columns().items()}
        about[partner] = {"mark": made.mark, "sizes": sorted(made.sizes, reverse=True), "periods": sorted(made.periods)}
    return write_columns(path, KIND, {"version": version, "partners": about}, columns)


def open_end_users(path: Path) -> dict[PartnerId, EndUsers]:
    """Map a file; return the end users by partner. Raises BrokenWorldError."""
    file = open_columns(path, KIND)
    return {PartnerId(partner): MappedEndUsers(file, partner) for partner in file.about["partners"]}


class MappedEndUsers:
    """The end users of one partner in a mapped file. At most MOST_KEPT that were asked for are kept as values."""

    def __init__(self, file: ColumnFile, partner: str) -> None:
        def its(name: str) -> Sequence[int]:
            return file.columns[f"{name}:{partner}"]

        about = file.about["partners"][partner]
        self._at, self._ids, self._id_of = its("at"), its("ids"), its("id_of")
        self._names, self._name_of = its("names"), its("name_of")
        self._callers, self._caller_of = its("callers"), its("caller_of")
        self._text = memoryview(cast("bytes", its("text"))).cast("B")
        self._sizes: tuple[int, ...] = tuple(about["sizes"])
        self.periods: Collection[Period] = frozenset(map(Period, about["periods"]))
        self.mark: object = about.get("mark", self)
        self._kept: dict[int, EndUser] = {}

    def get(self, user: EndUserId) -> EndUser | None:
        """Return an end user by his id."""
        found = self._hashed(self._ids, self._id_of, user)
        return next((one for one in found if one.id == user), None)

    def named(self, user_name: str) -> EndUser | None:
        """Return whom switches call so."""
        found = self._hashed(self._names, self._name_of, user_name)
        return next((one for one in found if user_name in one.user_names), None)

    def calling(self, caller: str) -> EndUser | None:
        """Return who calls from a number: the one with the longest prefix of it."""
        if not is_number(caller):
            return None
        for size in self._sizes:
            if size <= len(caller):
                key = _number(caller[:size])
                at = bisect_left(self._callers, key)
                if at < len(self._callers) and self._callers[at] == key:
                    return self._user(self._caller_of[at])
        return None

    def _hashed(self, hashes: Sequence[int], places: Sequence[int], text: str) -> Iterable[EndUser]:
        mark = _hash(text)
        at = bisect_left(hashes, mark)
        while at < len(hashes) and hashes[at] == mark:
            yield self._user(places[at])
            at += 1

    def _user(self, place: int) -> EndUser:
        known = self._kept.get(place)
        if known is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            known = self._kept[place] = end_user_of(orjson.loads(self._text[self._at[place] : self._at[place + 1]]))
        return known


def end_user_of(plain: Json) -> EndUser:
    """Read an EndUser."""
    words = {"status": EndUserStatus(plain["status"]), "period": Period(plain["period"])}
    lists = {name: tuple(plain[name]) for name in ("user_names", "callers")}
    return EndUser(**plain | words | lists)


class _Columns:
    """The columns of one partner's end users as they are made, user by user."""

    def __init__(self) -> None:
        self.sizes, self.periods = set[int](), set[Period]()
        self._digest = blake2b(digest_size=16)
        self._at, self._text = array("q", [0]), bytearray()
        self._ids, self._names, self._callers = array("q"), list[tuple[int, int]](), list[tuple[int, int]]()

    def add(self, user: EndUser) -> None:
        """Put an end user behind those that there are."""
        place = len(self._ids)
        plain = to_json(user)
        self._digest.update(plain)
        self._text += plain
        self._at.append(len(self._text))
        self._ids.append(_hash(user.id))
        self._names += ((_hash(name), place) for name in user.user_names)
        self._callers += ((_number(caller), place) for caller in user.callers)
        self.sizes |= {len(caller) for caller in user.callers}
        self.periods |= periods_of((user,))

    @property
    def mark(self) -> str:
        """The mark of all users that are there: theirs is the text of the users, one behind the other."""
        return self._digest.hexdigest()

    def columns(self) -> dict[str, Sequence[int]]:
        """Return all columns; to be asked once."""
        self._text += b" " * (-len(self._text) % 8)
        found: dict[str, Sequence[int]] = {"at": self._at, "text": array("q", bytes(self._text))}
        found["ids"], found["id_of"] = _sorted([(mark, place) for place, mark in enumerate(self._ids)])
        found["names"], found["name_of"] = _sorted(self._names)
        found["callers"], found["caller_of"] = _sorted(self._callers)
        return found


def _sorted(pairs: list[tuple[int, int]]) -> tuple["array[int]", "array[int]"]:
    pairs.sort()
    return array("q", (key for key, _ in pairs)), array("q", (place for _, place in pairs))


def _hash(text: str) -> int:
    """Return 63 bits over a text; what has the same is told apart by the users themselves."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1


def _number(digits: str) -> int:
    return int(digits) << 4 | len(digits)
