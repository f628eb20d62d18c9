"""How partners stand by their balance, and what the desk is still to be told, as rows of a book."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from domain.credit import Notice, NoticeKind, Standing
from domain.ids import PartnerId
from domain.money import Currency
from store import book_schema
from store.drivers import Driver

_STANDING = ["partner", "suspended", "warned", "low", "since_ms"]
_NOTICE = ["number", "at_ms", "partner", "kind", "detail"]


def put_standings(driver: Driver, standings: Mapping[PartnerId, Standing]) -> None:
    """Write how partners stand now, within a transaction."""
    changed = ", ".join(f"{name} = excluded.{name}" for name in _STANDING[1:])
    sql = book_schema.insert("standing", _STANDING, f"ON CONFLICT (partner) DO UPDATE SET {changed}")
    rows = [(name, int(its.suspended), its.warned, int(its.low), its.since_ms) for name, its in standings.items()]
    driver.run_many(sql, rows)


def standings(driver: Driver) -> dict[PartnerId, Standing]:
    """Read how partners stand."""
    rows = driver.query(f"SELECT {', '.join(_STANDING)} FROM standing")
    return {
        PartnerId(name): Standing(bool(suspended), warned, bool(low), since_ms)
        for name, suspended, warned, low, since_ms in rows
    }


def put_notices(driver: Driver, notices: Sequence[tuple[int, Notice]]) -> None:
    """Write notices by their numbers, within a transaction."""
    rows = [(number, its.at_ms, its.partner, its.kind.value, _detail(its)) for number, its in notices]
    driver.run_many(book_schema.insert("notice", _NOTICE), rows)


def notices(driver: Driver) -> dict[int, Notice]:
    """Read the notices that the desk has not acknowledged, by their numbers in order."""
    rows = driver.query(f"SELECT {', '.join(_NOTICE)} FROM notice ORDER BY number")
    return {number: _notice(at_ms, partner, kind, detail) for number, at_ms, partner, kind, detail in rows}


def drop_notices(driver: Driver, up_to: int) -> None:
    """Forget the notices up to a number, which the desk has."""
    driver.run("DELETE FROM notice WHERE number <= ?", (up_to,))


def _detail(notice: Notice) -> str:
    told = {
        "percent": notice.percent,
        "owed": notice.owed,
        "limit": notice.limit,
        "currency": notice.currency,
        "prepaid": notice.prepaid,
        "text": notice.text,
    }
    return orjson.dumps(told).decode()


def _notice(at_ms: int, partner: str, kind: str, detail: str) -> Notice:
    told: dict[str, Any] = orjson.loads(detail)
    told["currency"] = Currency(told["currency"])
    return Notice(NoticeKind(kind), PartnerId(partner), at_ms, **told)
