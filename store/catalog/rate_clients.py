"""Who is told the rates of which plan: clients with their contracts and contacts, and what has happened to plans."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.ids import PartnerId, PlanId
from domain.notices.states import NoticesMode
from domain.sheets.steps import SheetState, Step
from domain.sheets.terms import Notice, RateTerms
from store.catalog.engine import Sessions
from store.catalog.partners import BILLING, RATES
from store.catalog.plans import SELL
from store.catalog.rate_terms import notice_by, rate_terms_of
from store.tables import (
    AuditRecord,
    ContactRecord,
    ContractRecord,
    HouseRecord,
    PartnerRecord,
    PlanRecord,
    PlanVersionRecord,
    RateTermsRecord,
    SheetRecord,
    SheetStepRecord,
    TrunkRecord,
)

SINCE = "notices since"
TO_BE_TOLD = "to be told"
"""Is in what the last step of an applied sheet says, once it is known who must be told of it."""


@dataclass(frozen=True, slots=True)
class RateClient:
    """A client and a sell plan of it: its own, or one of its incoming trunks.

    `contacts`: (address, name) of those for rates, else for billing; `known_ms`: since when the plan's version is
    known, UTC ms; `form`: the contract's, by name.
    """

    partner: PartnerId
    name: str
    zone: str
    plan: PlanId
    version: int
    known_ms: int
    form: str
    mode: NoticesMode
    notice: Notice
    contacts: tuple[tuple[str, str], ...]


class RateClients:
    """Reads clients, and keeps since when notices are made."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def list(self, partner: str = "", plan: str = "") -> list[RateClient]:
        """Return clients by id, with each of their sell plans; empty texts match all."""
        with self._sessions.reading() as session:
            return _clients(session, partner, plan)

    def since(self, at_ms: int) -> int:
        """Return since when notices are made (UTC ms): from the first time that this is asked on.

        What happened before is no news to clients whom nobody ever told anything.
        """
        with self._sessions.reading() as session:
            house = session.get(HouseRecord, SINCE)
            if house is not None:
                return int(house.value)
        with self._sessions.writing() as session:
            return int(session.merge(HouseRecord(name=SINCE, value=f"{at_ms}")).value)

    def changes(self) -> int:
        """Return the number of the last change to anything: where it is the same, nothing has changed."""
        with self._sessions.reading() as session:
            return session.scalar(select(func.max(col(AuditRecord.id)))) or 0

    def untold(self, since_ms: int) -> Sequence[int]:
        """Return the sheets that were applied since a moment, and do not say yet who must be told of them."""
        step = and_(col(SheetStepRecord.sheet) == col(SheetRecord.id), col(SheetStepRecord.step) == Step.NOTIFY)
        query = select(col(SheetRecord.id)).outerjoin(SheetStepRecord, step).order_by(col(SheetRecord.id))
        missing = or_(col(SheetStepRecord.words).is_(None), ~col(SheetStepRecord.words).contains(TO_BE_TOLD))
        applied = (col(SheetRecord.state) == SheetState.APPLIED, col(SheetRecord.applied_ms) >= since_ms)
        with self._sessions.reading() as session:
            return [sheet for sheet in session.scalars(query.where(missing, *applied)) if sheet is not None]

    def brought_by(self, plan: str, version: int) -> int | None:
        """Return the sheet by which a plan came to a version, None where none did."""
        with self._sessions.reading() as session:
            record = session.get(PlanVersionRecord, (plan, version))
            return record.sheet if record is not None else None


def _clients(session: Session, partner: str, plan: str) -> list[RateClient]:
    people = {one.id: one for one in session.scalars(select(PartnerRecord).order_by(col(PartnerRecord.id)))}
    contracts = {one.partner: one for one in session.scalars(select(ContractRecord))}
    plans = {one.id: one for one in session.scalars(select(PlanRecord).where(col(PlanRecord.side) == SELL))}
    terms = {one.plan: rate_terms_of(one.terms) for one in session.scalars(select(RateTermsRecord))}
    contacts = _contacts(session)
    known = _known(session)
    found = []
    for who, which in _pairs(session, people):
        its = plans.get(which)
        if its is None or (partner and who != partner) or (plan and which != plan):
            continue
        contract = contracts[who]
        client = RateClient(
            partner=PartnerId(who),
            name=people[who].name,
            zone=contract.zone,
            plan=PlanId(which),
            version=its.version,
            known_ms=known[which],
            form=contract.rates_form,
            mode=NoticesMode(contract.rates_notices),
            notice=notice_by(terms.get(which, RateTerms()), contract),
            contacts=contacts.get((who, RATES)) or contacts.get((who, BILLING)) or (),
        )
        found.append(client)
    return found


def _pairs(session: Session, people: dict[str, PartnerRecord]) -> list[tuple[str, str]]:
    """Return partners with their own sell plan and those of their incoming trunks, by both."""
    own = [(one.id, one.sell_plan) for one in people.values() if one.sell_plan]
    trunks = select(col(TrunkRecord.partner), col(TrunkRecord.plan))
    incoming = (col(TrunkRecord.direction) == "in", col(TrunkRecord.plan).is_not(None))
    return sorted({*own, *((who, which) for who, which in session.execute(trunks.where(*incoming)) if which)})


def _contacts(session: Session) -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Return who gets mail, by partner and kind: (address, name), each address once."""
    query = select(ContactRecord).where(col(ContactRecord.kind).in_((RATES, BILLING))).order_by(col(ContactRecord.id))
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in session.scalars(query):
        found.setdefault((row.partner, row.kind), {}).setdefault(row.email, row.name)
    return {key: tuple(its.items()) for key, its in found.items()}


def _known(session: Session) -> dict[str, int]:
    """Return since when the version of each plan is known, UTC ms."""
    plan, version = col(PlanVersionRecord.plan), col(PlanVersionRecord.version)
    newest = and_(plan == col(PlanRecord.id), version == col(PlanRecord.version))
    query = select(plan, col(PlanVersionRecord.known_ms)).join(PlanRecord, newest)
    return {row.plan: row.known_ms for row in session.execute(query)}
