"""Plans flattened as plainly as can be, an object per rate: what domain.plan_columns must be the same as."""

from array import array
from collections.abc import Iterable, Sequence

from domain.plan_columns import PlanColumns
from domain.points import END, OPEN_MS, WIDTH
from domain.rates import RateRow, Terms


def flattened(rows: Iterable[RateRow]) -> PlanColumns:
    """Return the columns of rows; of those alike in all that decides, the last given stands first."""
    by_code: dict[str, list[RateRow]] = {}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    codes = sorted(by_code)
    ordered: list[RateRow] = []
    row_first = array("q", [0])
    for code in codes:
        ordered += sorted(by_code[code], key=lambda row: (row.valid_from_ms, row.known_from_ms))[::-1]
        row_first.append(len(ordered))
    starts, owner, parent = nested(codes)
    terms: dict[Terms, int] = {}
    types: dict[str, int] = {}
    origins: dict[str, int] = {}
    grouped = any(row.origin for row in ordered)
    return PlanColumns(
        starts=starts,
        owner=owner,
        codes=array("q", (int(code or "0") for code in codes)),
        code_len=array("q", map(len, codes)),
        parent=parent,
        row_first=row_first,
        valid_from_ms=array("q", (row.valid_from_ms for row in ordered)),
        valid_until_ms=array("q", (OPEN_MS if row.valid_until_ms is None else row.valid_until_ms for row in ordered)),
        terms=array("q", (terms.setdefault(row.terms, len(terms)) for row in ordered)),
        rate_type=array("q", (types.setdefault(row.rate_type, len(types)) for row in ordered)),
        flags=array("q", map(int, (row.blocked for row in ordered))),
        terms_table=tuple(terms),
        rate_types=tuple(types),
        origin=array("q", (origins.setdefault(row.origin, len(origins)) for row in ordered if grouped)),
        origins=tuple(origins),
    )


def nested(codes: Sequence[str]) -> tuple["array[int]", "array[int]", "array[int]"]:
    """Return the intervals of codes, marking every begin and end of one."""
    starts, owner, parent = array("q", [0]), array("q", [-1]), array("q")
    opened: list[tuple[int, int]] = []

    def mark(start: int, code: int) -> None:
        if starts[-1] == start:
            starts.pop()
            owner.pop()
        if not owner or owner[-1] != code:
            starts.append(start)
            owner.append(code)

    def close(before: int) -> None:
        while opened and opened[-1][0] <= before:
            end = opened.pop()[0]
            if end < END:
                mark(end, opened[-1][1] if opened else -1)

    for index, code in enumerate(codes):
        start = int(code.ljust(WIDTH, "0"))
        close(start)
        parent.append(opened[-1][1] if opened else -1)
        mark(start, index)
        opened.append((start + 10 ** (WIDTH - len(code)), index))
    close(END)
    return starts, owner, parent
