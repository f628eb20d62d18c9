"""Plans and the reference book as memory-mapped files. Twins of intervals.ColumnPlan and codes.ReferenceBook.

Imports neither SQLModel nor Polars: nodes look their rates up in these.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import cast, overload

from domain.codes import Destination, ReferenceBook
from domain.errors import BrokenWorldError
from domain.ids import DestinationId
from domain.intervals import WIDTH, ColumnPlan, PlanColumns, nest
from domain.origins import OriginCode
from domain.points import point
from domain.rates import PlanRules, PlanTable, Terms
from store.column_file import open_columns, write_columns
from store.values_json import plan_rules_of

_PLAN_COLUMNS = tuple(
    "starts owner codes code_len parent row_first valid_from_ms valid_until_ms terms rate_type flags".split()
)
_TERMS_FIELDS = tuple(
    "first_price next_price first_s next_s connect_fee attempt_fee minimum_charge grace_s free_s".split()
)

_TERMS_WIDTH = len(_TERMS_FIELDS)
assert tuple(field.name for field in fields(Terms)) == _TERMS_FIELDS, "terms are made from their columns by position"


def write_plan(
    path: Path,
    columns: PlanColumns,
    rules: PlanRules,
    version: int,
    whole_from_ms: int = 0,
    origin_codes: Iterable[OriginCode] = (),
) -> str:
    """Write one version of a plan (see intervals.flatten); return the file's sha256 in hex.

    `whole_from_ms`: from when on it has all the plan's rates (see rates.PlanTable). `origin_codes`: of its origin
    groups, which are written where some rate is for one.
    """
    numbers = {name: getattr(columns, name) for name in _PLAN_COLUMNS}
    terms = array("q", chain.from_iterable(map(attrgetter(*_TERMS_FIELDS), columns.terms_table)))
    about = {"rules": rules, "version": version, "rate_types": columns.rate_types, "terms_fields": _TERMS_FIELDS}
    about["whole_from_ms"] = whole_from_ms
    if columns.origins:
        numbers["origin"] = columns.origin
        about |= {"origins": columns.origins, "origin_codes": tuple(map(astuple, origin_codes))}
    return write_columns(path, "plan", about, numbers | {"terms_table": terms})


class MappedPlan:
    """Opens plan files."""

    @staticmethod
    def open(path: Path) -> PlanTable:
        """Map a plan's file; raises BrokenWorldError when it cannot be used. Takes well under a millisecond."""
        file = open_columns(path, "plan")
        columns = PlanColumns(
            **{name: file.columns[name] for name in _PLAN_COLUMNS},
            # PlanColumns asks for a tuple and only ever indexes it: 400,000 prices need not become objects
            terms_table=cast(tuple[Terms, ...], _MappedTerms(file.columns["terms_table"], file.about["terms_fields"])),
            rate_types=tuple(file.about["rate_types"]),
            # where no rate depends on who calls, files say nothing of it; those of older versions are such
            origin=file.columns.get("origin", ()),
            origins=tuple(file.about.get("origins", ())),
        )
        whole_from_ms = file.about.get("whole_from_ms", 0)  # files of older versions do not say
        rules, version = plan_rules_of(file.about["rules"]), file.about["version"]
        origin_codes = [OriginCode(*each) for each in file.about.get("origin_codes", ())]
        return ColumnPlan(columns, rules, version, whole_from_ms, origin_codes)


class _MappedTerms(Sequence[Terms]):
    """Terms that are made when they are asked for."""

    def __init__(self, numbers: Sequence[int], fields: Sequence[str]) -> None:
        if tuple(fields) != _TERMS_FIELDS:
            raise BrokenWorldError(f"terms are kept as {', '.join(fields)}: written by another version")
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers) // _TERMS_WIDTH

    @overload
    def __getitem__(self, index: int) -> Terms: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Terms]: ...

    def __getitem__(self, index: int | slice) -> Terms | Sequence[Terms]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        first = index % len(self) * _TERMS_WIDTH
        return Terms(*self._numbers[first : first + _TERMS_WIDTH])


def write_codes(path: Path, book: ReferenceBook) -> str:
    """Write the codes that the book holds at its moment; return the file's sha256 in hex."""
    entries = book.codes()
    starts, owner, parent = nest([code for code, _ in entries])
    columns = {
        "starts": starts,
        "owner": owner,
        "parent": parent,
        "code_len": array("q", (len(code) for code, _ in entries)),
        "destination": array("q", (destination for _, destination in entries)),
    }
    named = [(each.id, each.name, each.country, each.kind) for each in book.destinations.values()]
    return write_columns(path, "codes", {"version": book.version, "destinations": named}, columns)


class MappedCodes:
    """The reference book over a mapped file: a CodeBook of the world."""

    def __init__(self, path: Path) -> None:
        file = open_columns(path, "codes")
        self.version: int = file.about["version"]
        self.destinations = {
            DestinationId(id_): Destination(DestinationId(id_), name, country, kind)
            for id_, name, country, kind in file.about["destinations"]
        }
        self._starts, self._owner = file.columns["starts"], file.columns["owner"]
        self._parent, self._code_len = file.columns["parent"], file.columns["code_len"]
        self._destination = file.columns["destination"]

    @classmethod
    def open(cls, path: Path) -> "MappedCodes":
        """Map a codes file; raises BrokenWorldError when it cannot be used."""
        return cls(path)

    def destination_of(self, number: str) -> DestinationId | None:
        """Return the destination of the longest code that begins the number; None when no code does."""
        where = point(number)
        index = -1 if where is None else self._owner[bisect_right(self._starts, where) - 1]
        # the zeros that pad a short number are no digits of it
        while index >= 0 and self._code_len[index] > len(number):
            index = self._parent[index]
        return DestinationId(self._destination[index]) if index >= 0 else None

    def name_of(self, destination: DestinationId) -> str:
        """Return the destination's name; "" for one that is not known."""
        known = self.destinations.get(destination)
        return known.name if known else ""

    def country_of(self, destination: DestinationId) -> str:
        """Return the destination's country; "" for one that is not known."""
        known = self.destinations.get(destination)
        return known.country if known else ""

    def all_codes(self) -> set[str]:
        """Return all codes but those that longer ones cover wholly."""
        # an interval begins with the digits of the code that owns it
        return {
            f"{start:0{WIDTH}d}"[: self._code_len[owner]]
            for start, owner in zip(self._starts, self._owner, strict=True)
            if owner >= 0
        }
