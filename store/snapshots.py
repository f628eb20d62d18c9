"""Plans and the reference book as memory-mapped files. Twins of intervals.ColumnPlan and codes.ReferenceBook.

Imports neither SQLModel nor Polars: nodes look their rates up in these.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path

from domain.codes import Destination, ReferenceBook
from domain.errors import BrokenWorldError
from domain.ids import DestinationId
from domain.intervals import WIDTH, ColumnPlan, PlanColumns, nest
from domain.origins import OriginCode
from domain.points import point
from domain.rates import PlanRules
from domain.terms_table import TERMS_FIELDS, TermsTable, numbers_of
from store.column_file import ColumnFile, open_columns, write_columns
from store.values_json import plan_rules_of

_PLAN_COLUMNS = tuple(
    "starts owner codes code_len parent row_first valid_from_ms valid_until_ms terms rate_type flags".split()
)


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
    terms = numbers_of(columns.terms_table)
    about = {"rules": rules, "version": version, "rate_types": columns.rate_types, "terms_fields": TERMS_FIELDS}
    about["whole_from_ms"] = whole_from_ms
    if columns.origins:
        numbers["origin"] = columns.origin
        about |= {"origins": columns.origins, "origin_codes": tuple(map(astuple, origin_codes))}
    return write_columns(path, "plan", about, numbers | {"terms_table": terms})


class MappedPlan:
    """Opens plan files; raises BrokenWorldError for one that cannot be used. Takes well under a millisecond."""

    @staticmethod
    def open(path: Path) -> ColumnPlan:
        """Map a plan's file."""
        file = open_columns(path, "plan")
        whole_from_ms = file.about.get("whole_from_ms", 0)  # files of older versions do not say
        rules, version = plan_rules_of(file.about["rules"]), file.about["version"]
        origin_codes = [OriginCode(*each) for each in file.about.get("origin_codes", ())]
        return ColumnPlan(_columns_of(file), rules, version, whole_from_ms, origin_codes)


def _columns_of(file: ColumnFile) -> PlanColumns:
    fields = tuple(file.about["terms_fields"])
    if fields != TERMS_FIELDS:
        raise BrokenWorldError(f"terms are kept as {', '.join(fields)}: written by another version")
    return PlanColumns(
        **{name: file.columns[name] for name in _PLAN_COLUMNS},
        terms_table=TermsTable(file.columns["terms_table"]),
        rate_types=tuple(file.about["rate_types"]),
        # where no rate depends on who calls, files say nothing of it; those of older versions are such
        origin=file.columns.get("origin", ()),
        origins=tuple(file.about.get("origins", ())),
    )


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

    def kind_of(self, destination: DestinationId) -> str:
        """Return which kind of numbers the destination has; "" for one that is not known."""
        known = self.destinations.get(destination)
        return known.kind if known else ""

    def all_codes(self) -> set[str]:
        """Return all codes but those that longer ones cover wholly."""
        # an interval begins with the digits of the code that owns it
        return {
            f"{start:0{WIDTH}d}"[: self._code_len[owner]]
            for start, owner in zip(self._starts, self._owner, strict=True)
            if owner >= 0
        }
