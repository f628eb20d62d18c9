"""Exchange rates."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.directory import FxRate
from domain.errors import InputError
from domain.money import Currency
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import FxRecord, HouseRecord


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


def load_fx(session: Session) -> list[FxRate]:
    """Read all exchange rates in a session that is open already."""
    query = select(FxRecord).order_by(col(FxRecord.currency), col(FxRecord.from_ms))
    return [_fx(record) for record in session.scalars(query)]


def _fx(record: FxRecord) -> FxRate:
    return FxRate(Currency(record.currency), record.from_ms, record.rate, record.source)
