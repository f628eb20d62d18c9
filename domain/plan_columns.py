"""The columns of a plan: nested codes as disjoint intervals, rates as arrays. They are read by domain.intervals."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat, starmap
from operator import le
from typing import Generic, TypeVar

from domain.points import END, WIDTH
from domain.rates import Terms

T = TypeVar("T")

BLOCKED = 1
"""The bit of `flags` that marks a blocked row."""


@dataclass(frozen=True, slots=True)
class PlanColumns:
    """One plan version as columns (int64 unless small). Built by `gathered`.

    Per interval: `starts` (points, ascending, the first is 0) and `owner` (index of its longest code, or -1).
    Per code, sorted as text: `codes` (as integer), `code_len` (keeps leading zeros), `parent` (index of the next
    shorter code that begins it, or -1), `row_first` (its rows are row_first[i] up to row_first[i + 1]).
    Per row, within a code the one that wins first: `valid_from_ms`, `valid_until_ms` (OPEN_MS without end),
    `terms` and `rate_type` (indices into the small tables), `flags` (BLOCKED). Where some row is for an origin group,
    also `origin` (index into `origins`); else both are empty.
    """

    starts: Sequence[int]
    owner: Sequence[int]
    codes: Sequence[int]
    code_len: Sequence[int]
    parent: Sequence[int]
    row_first: Sequence[int]
    valid_from_ms: Sequence[int]
    valid_until_ms: Sequence[int]
    terms: Sequence[int]
    rate_type: Sequence[int]
    flags: Sequence[int]
    terms_table: Sequence[Terms]
    rate_types: tuple[str, ...]
    origin: Sequence[int] = ()
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rates of a plan, column by column, in the order of `gathered`: all of each of its codes.

    `terms` are the columns of Terms in its order; an open end is OPEN_MS; `flags` as in PlanColumns.
    """

    codes: Sequence[str]
    rate_types: Sequence[str]
    origins: Sequence[str]
    terms: Iterable[tuple[int, ...]]
    valid_from_ms: Sequence[int]
    valid_until_ms: Sequence[int]
    flags: Sequence[int]


def gathered(pieces: Iterable[Piece]) -> PlanColumns:
    """Build the columns of a plan from its rates, a piece after the other: none is kept, nor an object made per rate.

    Codes are 0 to 15 digits and come sorted as text. Within a code the row that wins stands first: latest valid_from,
    then last known. 100,000 rates take some 0.2 s.
    """
    codes: list[str] = []
    row_first = array("q", [0])
    valid_from, valid_until, flags = array("q"), array("q"), array("q")
    terms, types, origins = _Numbered[tuple[int, ...]](), _Numbered[str](), _Numbered[str]()
    for piece in pieces:
        assert not codes or not piece.codes or codes[-1] < piece.codes[0], "a code comes with all of its rates"
        _check(piece.codes)
        counted = Counter(piece.codes)
        codes += counted
        row_first.extend(accumulate(counted.values(), initial=row_first.pop()))
        valid_from.extend(piece.valid_from_ms)
        valid_until.extend(piece.valid_until_ms)
        flags.extend(piece.flags)
        terms.add(piece.terms)
        types.add(piece.rate_types)
        origins.add(piece.origins)
    starts, owner, parent = nest(codes)
    for_anyone = set(origins.table) <= {""}
    return PlanColumns(
        starts=starts,
        owner=owner,
        codes=array("q", (int(code or "0") for code in codes)),
        code_len=array("q", map(len, codes)),
        parent=parent,
        row_first=row_first,
        valid_from_ms=valid_from,
        valid_until_ms=valid_until,
        terms=terms.index,
        rate_type=types.index,
        flags=flags,
        terms_table=tuple(starmap(Terms, terms.table)),
        rate_types=tuple(types.table),
        origin=array("q") if for_anyone else origins.index,
        origins=() if for_anyone else tuple(origins.table),
    )


def nest(codes: Sequence[str]) -> tuple["array[int]", "array[int]", "array[int]"]:
    """Flatten distinct codes, sorted as text: (starts, owner) of the disjoint intervals and the parent of each code.

    Sorted as text every code stands right after the codes that begin it, so a stack of open codes suffices.
    Neighbouring intervals have different owners.
    """
    starts, owner, parent = array("q", [0]), array("q", [-1]), array("q")
    ends, opened = [END], [-1]  # of the codes that are open, the innermost last; what no code has is open to the end
    for index, (start, size) in enumerate(_intervals(codes)):
        while ends[-1] <= start:
            end = ends.pop()
            opened.pop()
            if end < start and end < ends[-1]:  # else what begins at the end has it, or the next one to be closed tells
                starts.append(end)
                owner.append(opened[-1])
        parent.append(opened[-1])
        if starts[-1] == start:  # it begins where the code around it does
            owner[-1] = index
        else:
            starts.append(start)
            owner.append(index)
        ends.append(start + size)
        opened.append(index)
    while len(ends) > 1:
        end = ends.pop()
        opened.pop()
        if end < ends[-1]:
            starts.append(end)
            owner.append(opened[-1])
    return starts, owner, parent


def _intervals(codes: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield where each code begins, as a point, and how many points it has."""
    sizes = [10 ** (WIDTH - length) for length in range(WIDTH + 1)]
    starts = map(int, map(str.ljust, codes, repeat(WIDTH), repeat("0")))
    return zip(starts, map(sizes.__getitem__, map(len, codes)), strict=True)


class _Numbered(Generic[T]):
    """Values as indices into a table of the different ones, in the order in which they first came."""

    __slots__ = ("index", "table")

    def __init__(self) -> None:
        self.table: dict[T, int] = {}
        self.index: array[int] = array("q")

    def add(self, values: Iterable[T]) -> None:
        """Number more values."""
        given = list(values)
        for value in dict.fromkeys(given):
            self.table.setdefault(value, len(self.table))
        self.index.extend(map(self.table.__getitem__, given))


def _check(ordered: Sequence[str]) -> None:
    """Assert what a look-up rests on; all codes at once, for each of them alone would take as long as the rest."""
    digits = "".join(ordered)
    assert not digits or (digits.isascii() and digits.isdigit()), "codes are digits"
    assert max(map(len, ordered), default=0) <= WIDTH, f"codes have {WIDTH} digits at most"
    assert all(map(le, ordered, ordered[1:])), "codes come sorted"
