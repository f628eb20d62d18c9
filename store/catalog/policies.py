"""Routing policies and exchange rates."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.directory import FxRate, Policy
from domain.errors import InputError
from domain.ids import PartnerId
from domain.money import Currency
from domain.policies.rules import MAX_ROUTES, check
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import FxRecord, HouseRecord, PartnerRecord, PolicyRecord


class Policies:
    """Sets and reads routing policies; `default` is there from the start."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def set(self, policy: Policy, *, who: str, at_ms: int) -> None:
        """Add a policy or give the one of that name new values. Raises NotFoundError for a vendor that is not there."""
        where = f"policy {policy.name}"
        with self._sessions.writing() as session:
            checks.slug(policy.name, where)
            check(policy)
            for vendor in policy.vendors:
                checks.existing(session, PartnerRecord, vendor, "partner")
            record = session.get(PolicyRecord, policy.name)
            before = _policy(record) if record else None
            session.merge(policy_record(policy))
            audit.record(session, who, at_ms, "set", "policy", policy.name, before=before, after=policy)

    def list(self) -> list[Policy]:
        """Return all policies by name."""
        with self._sessions.reading() as session:
            return load_policies(session)


class ExchangeRates:
    """Sets and reads what a currency is worth in the base currency, from a moment on."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def set(self, fx: FxRate, *, who: str, at_ms: int) -> None:
        """Set a rate from its moment on; the same moment again corrects it (charges made before keep theirs)."""
        where = f"fx {fx.currency}"
        checks.currency(fx.currency, where)
        if fx.rate <= 0:
            raise InputError("an exchange rate is above zero", where=where, mend="Give units of the base currency.")
        with self._sessions.writing() as session:
            if fx.currency == session.get_one(HouseRecord, "base_currency").value:
                raise InputError(f"{fx.currency} is the base currency", where=where, mend="It is always worth 1.")
            record = session.get(FxRecord, (fx.currency, fx.from_ms))
            before = _fx(record) if record else None
            session.merge(FxRecord(currency=fx.currency, from_ms=fx.from_ms, rate=fx.rate, source=fx.source))
            audit.record(session, who, at_ms, "set", "fx", fx.currency, before=before, after=fx)

    def list(self) -> list[FxRate]:
        """Return all rates by currency and moment."""
        with self._sessions.reading() as session:
            return load_fx(session)


def load_policies(session: Session) -> list[Policy]:
    """Read all policies in a session that is open already."""
    return [_policy(record) for record in session.scalars(select(PolicyRecord).order_by(col(PolicyRecord.name)))]


def load_fx(session: Session) -> list[FxRate]:
    """Read all exchange rates in a session that is open already."""
    query = select(FxRecord).order_by(col(FxRecord.currency), col(FxRecord.from_ms))
    return [_fx(record) for record in session.scalars(query)]


def policy_record(policy: Policy) -> PolicyRecord:
    """Return the policy as a row."""
    return PolicyRecord(
        name=policy.name,
        vendors=list(policy.vendors),
        min_margin_bp=policy.min_margin_bp or 0,
        max_routes=policy.max_routes or MAX_ROUTES,
    )


def _policy(record: PolicyRecord) -> Policy:
    vendors = tuple(PartnerId(vendor) for vendor in record.vendors)
    return Policy(record.name, vendors, record.min_margin_bp, record.max_routes)


def _fx(record: FxRecord) -> FxRate:
    return FxRate(Currency(record.currency), record.from_ms, record.rate, record.source)
