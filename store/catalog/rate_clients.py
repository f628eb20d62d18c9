"""Who is told the rates of which plan: clients with their contracts and contacts, and what has happened to plans.

What a client knows of a plan is what a notice of it told last since the client has the plan. Before there is any, it
is what was so when it got the plan: at the first start the plan as it was then, and for a client that was moved what it
knew of the plan that it left.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel, col

from domain.ids import PartnerId, PlanId
from domain.notices.states import NoticeKind, NoticesMode
from domain.sheets.steps import SheetState, Step
from domain.sheets.terms import Notice, NoticeDays, RateTerms
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
    RateClientRecord,
    RateNoticeRecord,
    RateTermsRecord,
    SheetRecord,
    SheetStepRecord,
    TrunkRecord,
)
from store.values_json import plan_rules_of

SINCE = "notices since"
_OF_CONTRACT = (
    "partner", "zone", "rates_form", "rates_notices", "new_code_notice_days", "increase_notice_days",
    "decrease_notice_days", "closing_notice_days",
)  # fmt: skip
QUIET = (
    "call", "codes", "credit", "end-user", "end-user-bill", "fees", "fx", "invoice", "job", "limit", "lost ends",
    "machine", "mail", "name-map", "panic", "payment", "policy", "rerating", "shard", "sheet-item", "sheet-template",
    "snapshot", "source", "switch", "user",
)  # fmt: skip
"""What the audit names, and no notice depends on."""
TO_BE_TOLD = "to be told"
"""Is in what the last step of an applied sheet says, once it is known who must be told of it."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a client knew when it got a plan: by a notice of the plan that it left, else a plan in a version; version 0:
    nothing that prices can be compared with."""

    notice: int | None
    plan: PlanId
    version: int


@dataclass(frozen=True, slots=True)
class RateClient:
    """A client and a sell plan of it: its own, or one of its incoming trunks.

    `contacts`: (address, name) of those for rates, else for billing; `known_ms`: since when the plan's version is
    known, UTC ms; `form`: the contract's, by name. `base`: what it knows where no notice told it anything of the plan,
    None: nothing. `counted`: how the plan's terms count days of notice.
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
    base: Base | None = None
    counted: NoticeDays = NoticeDays.CALENDAR

    @property
    def moved(self) -> bool:
        """Whether it was given the plan for another one."""
        return self.base is not None and (self.base.notice is not None or self.base.plan != self.plan)

    @property
    def made_of(self) -> str:
        """What a notice is made by beside plan and contacts: where it is other now, the notice is out of date."""
        return f"{self.zone} {astuple(self.notice)} {self.form}"


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

        What happened before is no news to clients whom nobody ever told anything: they know their plans as of then.
        """
        with self._sessions.reading() as session:
            house = session.get(HouseRecord, SINCE)
            if house is not None:
                return int(house.value)
        with self._sessions.writing() as session:
            versions = {one.id: one.version for one in session.scalars(select(PlanRecord))}
            for who, which in _sold(session):
                session.merge(
                    RateClientRecord(partner=who, plan=which, from_ms=0, base_plan=which, base_version=versions[which])
                )
            return int(session.merge(HouseRecord(name=SINCE, value=f"{at_ms}")).value)

    def seen(self, at_ms: int) -> None:
        """Write down who has been given which plan since the last time, and what it knew: that of the one it left."""
        with self._sessions.reading() as session:
            known = {(one.partner, one.plan) for one in session.execute(_columns(RateClientRecord, "partner", "plan"))}
            if session.get(HouseRecord, SINCE) is None or known.issuperset(_sold(session)):
                return
        with self._sessions.writing() as session:
            moves = _moves(session)
            for key, gone in moves.items():
                record = RateClientRecord(partner=key[0], plan=key[1], from_ms=at_ms)
                if (base := _left(session, key[1], gone)) is not None:
                    record.base_notice, record.base_plan, record.base_version = astuple(base)
                session.add(record)
            for gone in {key[0]: gone for key, gone in moves.items()}.values():
                for record in gone:
                    session.delete(record)

    def named_since(self, seen: int) -> tuple[int, dict[str, set[str]]]:
        """Return the number of the last change to anything, and what those after `seen` were to that is not QUIET, nor
        rates of a plan that we buy by: keys by noun. Below 0: nothing was looked at yet, and all is to be."""
        id_, noun, key = col(AuditRecord.id), col(AuditRecord.noun), col(AuditRecord.key)
        bought = select(col(PlanRecord.id)).where(col(PlanRecord.side) != SELL)
        query = select(noun, key).distinct().where(id_ > seen, noun.not_in(QUIET))
        query = query.where(or_(noun != "plan", key.not_in(bought)))
        found: dict[str, set[str]] = {}
        with self._sessions.reading() as session:
            last = session.scalar(select(func.max(id_))) or 0
            if seen < 0:
                return last, found
            for its_noun, its_key in session.execute(query.where(id_ <= last)):
                found.setdefault(its_noun, set()).add(its_key)
        return last, found

    def knows_by(self, notices: Collection[int]) -> bool:
        """Say whether a client knew rates by one of these notices when it got its plan."""
        query = select(col(RateClientRecord.plan)).where(col(RateClientRecord.base_notice).in_(notices)).limit(1)
        with self._sessions.reading() as session:
            return session.scalar(query) is not None

    def begun(self) -> Mapping[tuple[str, str], int]:
        """Return since when each client is sold each plan (UTC ms), as it was written down last."""
        columns = col(RateClientRecord.partner), col(RateClientRecord.plan), col(RateClientRecord.from_ms)
        with self._sessions.reading() as session:
            return {(partner, plan): from_ms for partner, plan, from_ms in session.execute(select(*columns))}

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


def _moves(session: Session) -> dict[tuple[str, str], list[RateClientRecord]]:
    """Return what was given to clients since it was last written down, each with what they are sold no more."""
    if session.get(HouseRecord, SINCE) is None:
        return {}
    sold, records = set(_sold(session)), list(session.scalars(select(RateClientRecord)))
    gone: dict[str, list[RateClientRecord]] = {}
    for one in records:
        if (one.partner, one.plan) not in sold:
            gone.setdefault(one.partner, []).append(one)
    given = sold - {(one.partner, one.plan) for one in records}
    return {key: gone.get(key[0], []) for key in sorted(given)}


def _left(session: Session, plan: str, gone: Sequence[RateClientRecord]) -> Base | None:
    """Return what a client knew that is given a plan for another, None where it left none."""
    if not gone:
        return None
    left = gone[0]
    records = [session.get(PlanRecord, one) for one in (plan, left.plan)]
    terms = {(one.currency, plan_rules_of(one.rules).unit) if one is not None else None for one in records}
    if len(gone) > 1 or len(terms) > 1 or None in terms:
        return Base(None, PlanId(left.plan), 0)
    query = select(col(RateNoticeRecord.id)).where(
        col(RateNoticeRecord.partner) == left.partner,
        col(RateNoticeRecord.plan) == left.plan,
        col(RateNoticeRecord.kind) == NoticeKind.RATES,
        col(RateNoticeRecord.told_ms) >= left.from_ms,
    )
    last = col(RateNoticeRecord.told_ms).desc(), col(RateNoticeRecord.id).desc()
    told = session.scalars(query.order_by(*last)).first()
    if told is not None:
        return Base(told, PlanId(left.plan), 0)
    return Base(left.base_notice, PlanId(left.base_plan), left.base_version) if left.base_plan else None


def _bases(session: Session) -> dict[tuple[str, str], Base]:
    """Return what clients knew when they got their plans; what nobody got after all is known to none."""
    counts = col(RateNoticeRecord.told_ms)
    query = _columns(RateClientRecord, "partner", "plan", "base_notice", "base_plan", "base_version")
    query = query.add_columns(counts).outerjoin(
        RateNoticeRecord, col(RateNoticeRecord.id) == col(RateClientRecord.base_notice)
    )
    found = dict[tuple[str, str], Base]()
    for one in session.execute(query.where(col(RateClientRecord.base_plan) != "")):
        notice = one.base_notice if one.told_ms is not None else None
        found[one.partner, one.plan] = Base(notice, PlanId(one.base_plan), one.base_version)
    return found


def _clients(session: Session, partner: str, plan: str) -> list[RateClient]:
    people = _people(session)
    contracts = {one.partner: one for one in session.execute(_columns(ContractRecord, *_OF_CONTRACT))}
    of_plans = _columns(PlanRecord, "id", "version").where(col(PlanRecord.side) == SELL)
    plans = {one.id: one for one in session.execute(of_plans)}
    terms = {one.plan: rate_terms_of(one.terms) for one in session.scalars(select(RateTermsRecord))}
    contacts, bases = _contacts(session), _bases(session)
    known, usual = _known(session), RateTerms()
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
            notice=notice_by(terms.get(which, usual), contract),
            contacts=contacts.get((who, RATES)) or contacts.get((who, BILLING)) or (),
            base=bases.get((who, which)),
            counted=terms.get(which, usual).counted,
        )
        found.append(client)
    return found


def _sold(session: Session) -> list[tuple[str, str]]:
    people = _people(session)
    sell = set(session.scalars(select(col(PlanRecord.id)).where(col(PlanRecord.side) == SELL)))
    return [(who, which) for who, which in _pairs(session, people) if which in sell]


def _people(session: Session) -> dict[str, Row[Any]]:
    """Return the name and sell plan of partners, by id."""
    return {one.id: one for one in session.execute(_columns(PartnerRecord, "id", "name", "sell_plan"))}


def _columns(table: type[SQLModel], *names: str) -> Select[Any]:
    """Choose columns: to make records of thousands of rows takes ten times as long."""
    return select(*(getattr(table, name) for name in names))


def _pairs(session: Session, people: dict[str, Row[Any]]) -> list[tuple[str, str]]:
    """Return partners with their own sell plan and those of their incoming trunks, by both."""
    own = [(one.id, one.sell_plan) for one in people.values() if one.sell_plan]
    trunks = select(col(TrunkRecord.partner), col(TrunkRecord.plan))
    incoming = (col(TrunkRecord.direction) == "in", col(TrunkRecord.plan).is_not(None))
    return sorted({*own, *((who, which) for who, which in session.execute(trunks.where(*incoming)) if which)})


def _contacts(session: Session) -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Return who gets mail, by partner and kind: (address, name), each address once."""
    query = _columns(ContactRecord, "partner", "kind", "email", "name")
    query = query.where(col(ContactRecord.kind).in_((RATES, BILLING))).order_by(col(ContactRecord.id))
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in session.execute(query):
        found.setdefault((row.partner, row.kind), {}).setdefault(row.email, row.name)
    return {key: tuple(its.items()) for key, its in found.items()}


def _known(session: Session) -> dict[str, int]:
    """Return since when the version of each plan is known, UTC ms."""
    plan, version = col(PlanVersionRecord.plan), col(PlanVersionRecord.version)
    newest = and_(plan == col(PlanRecord.id), version == col(PlanRecord.version))
    query = select(plan, col(PlanVersionRecord.known_ms)).join(PlanRecord, newest)
    return {row.plan: row.known_ms for row in session.execute(query)}
