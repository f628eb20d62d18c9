"""Limits on traffic."""

from dataclasses import replace
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.directory import Direction, Trunk
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import DestinationId, EndUserId, PartnerId, TrunkId
from domain.limit_index import Scope, scope_of
from domain.limits import OUTSIDE, Limit, LimitId, Period
from domain.money import Currency
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.catalog.switches import load_trunks
from store.tables import (
    ContractRecord,
    DestinationRecord,
    EndUserRecord,
    LimitRecord,
    PartnerRecord,
    TimeProfileRecord,
    TrunkRecord,
)
from store.values_json import time_profile_of

MOST = 2**31 - 1


class Limits:
    """Adds, changes, removes and reads limits.

    Invariants: each limits something; what it names was there when it was named.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, limit: Limit, *, who: str, at_ms: int) -> None:
        """Add a limit. Raises InputError for bad values, ConflictError for a taken id, NotFoundError for names."""
        with self._sessions.writing() as session:
            checks.slug(limit.id, f"limit {limit.id}")
            checks.free(session, LimitRecord, limit.id, "limit")
            _check(session, limit)
            session.add(_record(limit))
            audit.record(session, who, at_ms, "add", "limit", limit.id, after=limit)

    def change(self, limit: Limit, *, who: str, at_ms: int) -> None:
        """Give a limit new values. Calls that are open stay counted."""
        limit = replace(limit, part=None)  # what its profile is, the profile says
        with self._sessions.writing() as session:
            before = _limit(checks.existing(session, LimitRecord, limit.id, "limit"))
            _check(session, limit)
            session.merge(_record(limit))
            audit.record(session, who, at_ms, "change", "limit", limit.id, before=before, after=limit)

    def remove(self, limit: LimitId, *, who: str, at_ms: int) -> None:
        """Remove a limit: it counts no more."""
        with self._sessions.writing() as session:
            record = checks.existing(session, LimitRecord, limit, "limit")
            before = _limit(record)
            session.delete(record)
            audit.record(session, who, at_ms, "remove", "limit", limit, before=before)

    def get(self, limit: LimitId) -> Limit:
        """Return a limit. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _with_parts(session, [_limit(checks.existing(session, LimitRecord, limit, "limit"))])[0]

    def list(self) -> list[Limit]:
        """Return all limits by id."""
        with self._sessions.reading() as session:
            return load_limits(session)

    def destination(self, name: str) -> DestinationId:
        """Return the destination of a name, whatever its case. Raises NotFoundError, which offers near ones."""
        with self._sessions.reading() as session:
            rows = session.execute(select(col(DestinationRecord.id), col(DestinationRecord.name))).all()
        known = {its_name.lower(): number for number, its_name in rows}
        if name.lower() not in known:
            near = get_close_matches(name.lower(), list(known), 1)
            shown = next((its_name for _, its_name in rows if near and its_name.lower() == near[0]), "")
            mend = f"Did you mean {shown}?" if shown else "See `switchboard codes list`, or give a code instead."
            raise NotFoundError(f"there is no destination {name!r}", mend=mend)
        return DestinationId(known[name.lower()])

    def breakouts(self, destination: DestinationId) -> tuple[str, tuple[str, ...]]:
        """Return a destination's name, and those of the others that begin with it, which are destinations of their
        own: "France" and "France Fixed", "France Mobile". Raises NotFoundError."""
        name = col(DestinationRecord.name)
        with self._sessions.reading() as session:
            its = checks.existing(session, DestinationRecord, destination, "destination").name
            found = select(name).where(name.startswith(f"{its} ", autoescape=True))
            return its, tuple(sorted(session.scalars(found)))


def load_limits(session: Session) -> list[Limit]:
    """Read all limits in a session that is open already, with the parts of the week in which they hold."""
    records = session.scalars(select(LimitRecord).order_by(col(LimitRecord.id)))
    return _with_parts(session, [_limit(record) for record in records])


def _with_parts(session: Session, limits: list[Limit]) -> list[Limit]:
    wanted = {limit.profile.removeprefix(OUTSIDE) for limit in limits} - {""}
    if not wanted:
        return limits
    named = session.scalars(select(TimeProfileRecord).where(col(TimeProfileRecord.name).in_(wanted)))
    parts = {record.name: time_profile_of(record.says) for record in named}
    return [replace(limit, part=parts.get(limit.profile.removeprefix(OUTSIDE))) for limit in limits]


def _check(session: Session, limit: Limit) -> None:
    where = f"limit {limit.id}"
    trunks = {trunk.id: trunk for trunk in load_trunks(session)}
    _check_names(session, limit, trunks, where)
    _check_figures(limit, where)
    checks.zone(limit.zone, where)
    if limit.profile:
        checks.existing(session, TimeProfileRecord, limit.profile.removeprefix(OUTSIDE), "profile")
        if limit.metered and limit.period is Period.EVER:
            mend = "Give a period after which minutes and money begin at zero."
            raise InputError("no part of the week is counted for all times", where=where, mend=mend)
    if limit.currency is not None:
        checks.currency(limit.currency, where)
    if limit.max_units is None:
        return
    if limit.currency is None:
        raise InputError("money is limited in no currency", where=where, mend="Give its currency, such as USD.")
    if scope_of(limit, trunks) is Scope.CLIENT:
        client = limit.client or trunks[_named(limit)].partner
        known = session.get_one(ContractRecord, client).currency
        if known != limit.currency:
            mend = f"Give {known}: its calls are charged in that."
            raise InputError(f"{client} has no calls in {limit.currency}", where=where, mend=mend)


def _check_names(session: Session, limit: Limit, trunks: dict[TrunkId, Trunk], where: str) -> None:
    for partner in (limit.client, limit.vendor):
        if partner is not None:
            checks.existing(session, PartnerRecord, partner, "partner")
    if limit.trunk is not None:
        checks.existing(session, TrunkRecord, limit.trunk, "trunk")
        trunk = trunks[limit.trunk]
        named = limit.vendor if trunk.direction is Direction.OUT else limit.client
        if named not in (None, trunk.partner):
            mend = "Leave one of them out."
            raise ConflictError(f"trunk {trunk.id} is {trunk.partner}'s, not {named}'s", where=where, mend=mend)
    if limit.end_user:
        if limit.client is None or limit.vendor is not None:
            raise InputError("an end user is a client's", where=where, mend="Give the client, and no vendor.")
        if session.get(EndUserRecord, (limit.client, limit.end_user)) is None:
            mend = f"`switchboard end-users list {limit.client}` shows those there are."
            raise NotFoundError(f"{limit.client} has no end user {limit.end_user!r}", where=where, mend=mend)
    if limit.client is not None and limit.client == limit.vendor:
        raise InputError(f"{limit.client} sends no calls to itself", where=where, mend="Name one of the two.")
    if limit.destination is not None:
        checks.existing(session, DestinationRecord, limit.destination, "destination")
        if limit.code:
            raise InputError("both a destination and a code are given", where=where, mend="Give one of them.")
    if limit.code:
        checks.digits(limit.code, where)


def _check_figures(limit: Limit, where: str) -> None:
    figures = {"max_calls": limit.max_calls, "max_cps": limit.max_cps, "max_minutes": limit.max_minutes}
    for name, value in figures.items():
        checks.not_negative(value, name, where)
        if value is not None and value > MOST:
            raise InputError(f"{name} is {value}", where=where, mend=f"Give {MOST:,} at most.")
    checks.no_debt(limit.max_units, "max_money", where)
    if all(value is None for value in (*figures.values(), limit.max_units)):
        mend = "Give one of max_calls, max_cps, max_minutes, max_money."
        raise InputError("it limits nothing", where=where, mend=mend)
    if limit.burst is not None:
        if limit.max_cps is None:
            raise InputError("a burst without calls a second", where=where, mend="Give max_cps too.")
        if not 1 <= limit.burst <= MOST:
            raise InputError(
                f"burst is {limit.burst}", where=where, mend="Give how many calls may come at once, from 1."
            )


def _named(limit: Limit) -> TrunkId:
    assert limit.trunk is not None, "a client's limit names the client or its trunk"
    return limit.trunk


def _limit(record: LimitRecord) -> Limit:
    return Limit(
        id=LimitId(record.id),
        client=PartnerId(record.client) if record.client else None,
        end_user=EndUserId(record.end_user),
        trunk=TrunkId(record.trunk) if record.trunk else None,
        vendor=PartnerId(record.vendor) if record.vendor else None,
        destination=DestinationId(record.destination) if record.destination is not None else None,
        code=record.code,
        max_calls=record.max_calls,
        max_cps=record.max_cps,
        burst=record.burst,
        max_minutes=record.max_minutes,
        max_units=record.max_units,
        currency=Currency(record.currency) if record.currency else None,
        period=Period(record.period),
        zone=record.zone,
        enabled=record.enabled,
        profile=record.profile,
    )


def _record(limit: Limit) -> LimitRecord:
    return LimitRecord(
        id=limit.id,
        client=limit.client,
        end_user=limit.end_user,
        trunk=limit.trunk,
        vendor=limit.vendor,
        destination=limit.destination,
        code=limit.code,
        max_calls=limit.max_calls,
        max_cps=limit.max_cps,
        burst=limit.burst,
        max_minutes=limit.max_minutes,
        max_units=limit.max_units,
        currency=limit.currency,
        period=limit.period.value,
        zone=limit.zone,
        enabled=limit.enabled,
        profile=limit.profile,
    )
