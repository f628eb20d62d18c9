"""What is used of limits, as rows of a book."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.calls import Leg, Side
from domain.ids import NO_USER, CallKey, DestinationId, EndUserId, PartnerId, TrunkId
from domain.limits import LimitId, Used, Uses
from domain.money import Currency
from store.book_rows import leg_of
from store.book_schema import ALIVE, ANEW, LEG_COLUMNS, insert
from store.drivers import Driver

_COLUMNS = ["limit_id", "period_ms", "seconds", "units"]


def load(driver: Driver) -> Uses:
    """Return all that is known."""
    rows = driver.query(f"SELECT {', '.join(_COLUMNS)} FROM limit_use")
    return {(LimitId(name), period_ms): Used(seconds, units) for name, period_ms, seconds, units in rows}


def write(driver: Driver, uses: Mapping[tuple[LimitId, int], Used | None]) -> None:
    """Put what is used of limits in periods, within the caller's transaction; None: the period is forgotten."""
    gone = [key for key, used in uses.items() if used is None]
    if gone:
        driver.run_many("DELETE FROM limit_use WHERE limit_id = ? AND period_ms = ?", gone)
    put = [(*key, used.seconds, used.units) for key, used in uses.items() if used is not None]
    if put:
        tail = "ON CONFLICT (limit_id, period_ms) DO UPDATE SET seconds = excluded.seconds, units = excluded.units"
        driver.run_many(insert("limit_use", _COLUMNS, tail), put)


def open_legs(driver: Driver) -> list[tuple[Leg, int]]:
    """Return the legs that have begun and not ended, each with its last sign of life (UTC ms).

    Without those of which nothing was heard since their switch began anew, or their client's leg ended: their own end
    is lost.
    """
    anew = driver.query("SELECT name, value FROM book WHERE name LIKE ?", (f"{ANEW}%",))
    since_ms = {name.removeprefix(ANEW): at_ms for name, at_ms in anew}
    rows = driver.query(
        f"SELECT {', '.join(LEG_COLUMNS)}, {ALIVE} FROM leg WHERE state = 'open' AND NOT (side = 'vendor' AND EXISTS "
        "(SELECT 1 FROM leg c WHERE c.call_key = leg.call_key AND c.side = 'client' AND c.state <> 'open' AND "
        "coalesce(leg.alive_ms, leg.setup_ms) <= coalesce(c.alive_ms, c.disconnect_ms)))"
    )
    found = [(leg_of(row), int(row[-1])) for row in rows]
    return [(leg, alive_ms) for leg, alive_ms in found if alive_ms > since_ms.get(leg.switch, -1)]


def client_of(driver: Driver, key: CallKey) -> tuple[PartnerId, TrunkId] | None:
    """Return whose call it is and by which trunk it came, by its client's leg."""
    rows = driver.query("SELECT partner, trunk FROM leg WHERE call_key = ? AND side = ?", (key, Side.CLIENT.value))
    return (PartnerId(rows[0][0]), TrunkId(rows[0][1])) if rows else None


@dataclass(frozen=True, slots=True)
class Grouping:
    """How the legs of a block are summed up for limits: by the last of the moments `cuts` (ascending) before they
    began, by `digits` of the number, for vendors' legs by client, and for clients' by end user.
    """

    cuts: tuple[int, ...]
    digits: int
    by_client: bool
    by_user: bool = False


@dataclass(frozen=True, slots=True)
class StagedUse:
    """What some legs of a block cost, in units, and their billed seconds. `began_ms` 0: too long ago to count."""

    partner: PartnerId
    side: Side
    currency: Currency
    trunk: TrunkId
    destination: DestinationId
    b: str
    began_ms: int
    charge: int
    seconds: int
    client: PartnerId | None = None
    client_trunk: TrunkId | None = None
    end_user: EndUserId = NO_USER


def staged_uses(driver: Driver, grouping: Grouping, source: str, sign: int = 1) -> list[StagedUse]:
    """Sum up legs; `source` is the FROM clause with them as `s`, `sign` -1: they are taken back."""
    began = "".join(f" WHEN coalesce(s.connect_ms, s.setup_ms) >= {cut} THEN {cut}" for cut in grouping.cuts[::-1])
    client, tables = "NULL, NULL", source
    if grouping.by_client:
        driver.run("DROP TABLE IF EXISTS stage_client")
        driver.run(
            "CREATE TEMP TABLE stage_client AS SELECT call_key, min(partner) AS client, min(trunk) AS client_trunk "
            "FROM (SELECT call_key, partner, trunk FROM stage_leg WHERE side = 'client' UNION "
            "SELECT call_key, partner, trunk FROM leg WHERE side = 'client' AND call_key IN "
            "(SELECT call_key FROM stage_leg WHERE side = 'vendor')) AS known GROUP BY call_key"
        )
        driver.run("CREATE INDEX stage_client_call ON stage_client (call_key)")
        client = "c.client, c.client_trunk"
        tables = source.replace(" WHERE ", " LEFT JOIN stage_client c ON c.call_key = s.call_key WHERE ", 1)
    user = "s.end_user" if grouping.by_user else "''"
    rows = driver.query(
        f"SELECT s.partner, s.side, s.currency, s.trunk, s.destination, substr(s.b, 1, {grouping.digits}), "
        f"CASE{began} ELSE 0 END, {client}, {user}, sum(s.charge), sum(s.billed_s) {tables} "
        "GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
    )
    if grouping.by_client:
        driver.run("DROP TABLE stage_client")
    return [
        StagedUse(
            PartnerId(partner), Side(side), Currency(currency), TrunkId(trunk), DestinationId(destination), b, began_ms,
            sign * int(charge), sign * int(seconds), client, client_trunk, user,
        )
        for partner, side, currency, trunk, destination, b, began_ms, client, client_trunk, user, *sums in rows
        for charge, seconds in (sums,)
    ]  # fmt: skip
