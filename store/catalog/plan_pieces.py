"""Rates of a plan as they are published: piece by piece in the order of codes, with no object made per rate.

The database sorts them and writes each column as JSON, during which other threads run; a piece is small, so that a
plan of a million codes takes a process that publishes it little more room than its file.
"""

from collections.abc import Collection, Iterator
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.ids import PlanId
from domain.plan_columns import BLOCKED, Piece
from domain.points import OPEN_MS
from store.catalog.bulk import among, listed
from store.catalog.rates import TERMS
from store.tables import PlanVersionRecord

ROWS = 25_000
"""About so many rates are in a piece."""
_KNOWN = "plan = :plan AND known_until_ms IS NULL"
_COLUMNS = ("code", "rate_type", "origin", "valid_from_ms", "valid_until_ms", "blocked", *TERMS)


def pieces(session: Session, plan: PlanId, from_ms: int, until_ms: int, rows: int = ROWS) -> Iterator[Piece]:
    """Yield the rates of a plan known now that are valid at some moment of [from, until), in the order of `gathered`.

    Of rates that begin together the one last in the order of rate types and origins stands first.
    """
    first = ""
    while True:
        beyond = session.execute(_BEYOND, {"plan": plan, "first": first, "rows": rows}).scalar()
        given = {"plan": plan, "first": first, "beyond": beyond or "", "from_ms": from_ms, "until_ms": until_ms}
        part = "code >= :first AND " + (":beyond = ''" if beyond is None else "code < :beyond")
        yield _piece(session.execute(_written(session, part), given).one())
        if beyond is None:
            return
        first = beyond


def pieces_of(session: Session, plan: PlanId, codes: Collection[str], from_ms: int, until_ms: int) -> Iterator[Piece]:
    """Yield the rates of some codes, as `pieces` those of all."""
    ordered = sorted(codes)
    for at in range(0, len(ordered), ROWS):
        given = {
            "plan": plan,
            "codes": listed(session, ordered[at : at + ROWS]),
            "from_ms": from_ms,
            "until_ms": until_ms,
        }
        yield _piece(session.execute(_written(session, among(session, "code", "codes")), given).one())


def changed_codes(session: Session, plan: PlanId, version: int) -> frozenset[str]:
    """Return the codes that versions of a plan after one have other rates for.

    Of versions that do not say where their rates begin, as those of before migration 0019, all the plan's are read.
    """
    following = session.get(PlanVersionRecord, (plan, version + 1))
    first = following.first_rate if following and following.first_rate is not None else 0
    given = {"plan": plan, "version": version, "first": first}
    return frozenset(session.execute(_CHANGED, given).scalars())


_CHANGED = text("""
    SELECT code FROM rate WHERE id >= :first AND plan || '' = :plan AND from_version > :version
    UNION
    SELECT code FROM rate WHERE plan = :plan AND until_version IS NOT NULL AND until_version > :version""")
"""A plan that is compared as an expression leaves the choice to the ids: all its rates by its name would be more."""
_BEYOND = text(f"SELECT code FROM rate WHERE {_KNOWN} AND code > :first ORDER BY code LIMIT 1 OFFSET :rows")


def _written(session: Session, part: str) -> Any:
    on_postgres = session.connection().dialect.name == "postgresql"
    written = "coalesce(json_agg({})::text, '[]')" if on_postgres else "json_group_array({})"
    bytewise = 'COLLATE "C"' if on_postgres else "COLLATE BINARY"  # files are the same, whatever made them
    return text(f"""
        SELECT {", ".join(written.format(name) for name in _COLUMNS)} FROM (
            SELECT {", ".join(_COLUMNS)} FROM rate
            WHERE {_KNOWN} AND {part}
                AND valid_from_ms < :until_ms AND (valid_until_ms IS NULL OR valid_until_ms > :from_ms)
            ORDER BY code, valid_from_ms DESC, known_from_ms DESC, rate_type {bytewise} DESC, origin {bytewise} DESC
        ) AS ordered""")


def _piece(written: Any) -> Piece:
    codes, rate_types, origins, valid_from, valid_until, blocked, *terms = map(orjson.loads, written)
    return Piece(
        codes=codes,
        rate_types=rate_types,
        origins=origins,
        terms=zip(*terms, strict=True),
        valid_from_ms=valid_from,
        valid_until_ms=[OPEN_MS if until is None else until for until in valid_until],
        flags=[BLOCKED if one else 0 for one in blocked],
    )
