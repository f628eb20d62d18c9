"""Sheets compared with a plan, as a task does it over frames: what is known no longer, and what instead."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from domain.ids import PlanId
from store.catalog import Catalog
from store.catalog.bitemporal import FOREVER, Key
from store.catalog.intents import Intents, Line, Lines, named, pack
from store.catalog.plan_changes import SheetChange
from store.catalog.plan_versions import RatesChange
from store.catalog.replay import Piece, laid
from tests.store.catalog.builders import AT, approved

DATES = 12
"""Rates of these tests begin and end at moments below this one."""
Prices = dict[tuple[Key, int], int]


def says(code: str, price: int | None, since: int = 0, until: int | None = None, origin: str = "") -> Line:
    """Return what a sheet says of a code; no price: it ends."""
    terms = [None] * 9 if price is None else [price, price, 1, 1, 0, 0, 0, 0, 0]
    return (code, "any", origin, *terms, since, until, False)


def compared(catalog: Catalog, plan: PlanId, sheet: int, intents: Intents) -> SheetChange:
    """Compare what a sheet says with its plan."""
    now = catalog.plan_changes.rates_frame_columns(plan)
    current: dict[Key, dict[Piece, int]] = defaultdict(dict)
    for id_, code, rate_type, origin, *rest in zip(*now.columns.values(), strict=True):
        *terms, since, until, blocked = rest
        piece = Piece(since, FOREVER if until is None else until, tuple(terms), blocked)
        current[code, rate_type, origin][piece] = id_
    lines = list(intents.lines)
    if intents.rest_from_ms is not None:
        unnamed = [key for key in current if key not in named(lines) and intents.ends_unnamed(key[0])]
        lines += [says(code, None, intents.rest_from_ms, origin=origin) for code, _, origin in unnamed]
    ended: list[int] = []
    added: list[Line] = []
    for key in named(lines):
        wanted = set(laid(list(current[key]), [line for line in lines if line[:3] == key]))
        ended += [id_ for piece, id_ in current[key].items() if piece not in wanted]
        for piece in wanted - current[key].keys():
            until = None if piece.until == FOREVER else piece.until
            added.append((*key, *piece.terms, piece.since, until, piece.blocked))
    decided = Intents(lines, intents.rest_from_ms, intents.rest_within)
    return SheetChange(sheet, now.version, ended, Lines.of(added), pack(decided))


def put_in(catalog: Catalog, plan: PlanId, *lines: Line, at_ms: int = AT, rest_from_ms: int | None = None) -> int:
    """Receive, compare, approve and apply a sheet; return its id. `rest_from_ms`: it is a full one."""
    sheet = approved(catalog, plan)
    change_of(catalog, plan, sheet, lines, at_ms, rest_from_ms)
    return sheet


def change_of(
    catalog: Catalog, plan: PlanId, sheet: int, lines: Sequence[Line], at_ms: int, rest_from_ms: int | None = None
) -> RatesChange:
    change = compared(catalog, plan, sheet, Intents(lines, rest_from_ms))
    return catalog.plan_changes.apply(change, who="ada", at_ms=at_ms)


def prices(catalog: Catalog, plan: PlanId, known_ms: int | None = None) -> Prices:
    """Return the price of each key at each moment; no two rates have one at once."""
    found: Prices = {}
    for row in catalog.plans.rates_known(plan, known_ms):
        for at in range(DATES):
            if row.valid_at(at):
                assert ((row.code, row.rate_type, row.origin), at) not in found
                found[(row.code, row.rate_type, row.origin), at] = row.terms.next_price
    return found


def expected(sheets: Sequence[tuple[Sequence[Any], int | None]]) -> Prices:
    """Return what sheets come to, one after another, moment by moment."""
    found: Prices = {}
    for lines, rest_from_ms in sheets:
        for line in sorted(lines, key=lambda line: line[12]):
            until = DATES if line[13] is None or line[3] is None else line[13]
            for at in range(line[12], until):
                found.pop((line[:3], at), None)
                if line[3] is not None:
                    found[line[:3], at] = line[3]
        if rest_from_ms is not None:
            keys = {line[:3] for line in lines}
            found = {(key, at): price for (key, at), price in found.items() if key in keys or at < rest_from_ms}
    return found
