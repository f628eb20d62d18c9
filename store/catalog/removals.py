"""Taking partners, trunks, switches and plans out of the catalog, where nothing in it refers to them.

What the books refer to is for the caller to ask (store.mentions). The trail keeps what a removed thing was; its
name may be given again, and a plan of that name goes on counting its versions, so that no published file is taken for
another.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.policies.fields import named_vendors
from domain.users import Role
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.catalog.partners import load_agreement, plain_agreement
from store.catalog.policies import load_policies
from store.catalog.switches import load_switches, load_trunks
from store.tables import (
    AllowedLossRecord,
    CatalogTable,
    CommitmentRecord,
    ContactRecord,
    ContractRecord,
    EndUserBillRecord,
    EndUserRecord,
    EndUserTopUpRecord,
    InvoiceRecord,
    LimitRecord,
    NameMapRecord,
    OriginCodeRecord,
    PartnerRecord,
    PlanIntentRecord,
    PlanRecord,
    PlanVersionRecord,
    RateRecord,
    RateTermsRecord,
    SheetTemplateRecord,
    StaticRecord,
    SwapRecord,
    SwitchRecord,
    TrunkRecord,
    UserRecord,
)
from store.values_json import plan_rules_of

_OF_PLANS = (RateRecord, PlanVersionRecord, PlanIntentRecord, OriginCodeRecord, RateTermsRecord)
"""What goes with a plan. Sheets stay: what came, and what was done with it, is history."""
_OF_CALLS: tuple[tuple[type[LimitRecord | StaticRecord | AllowedLossRecord], str, str], ...] = (
    (LimitRecord, "limit", "limits"),
    (StaticRecord, "static entry", "statics"),
    (AllowedLossRecord, "allowed loss", "losses"),
)
"""What is about calls of a client or by a vendor."""
NAMED = 5
"""Names that a refusal lists; of more it says how many."""


class Removals:
    """Each method raises NotFoundError for a name that is not there, ConflictError where something refers to it."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def partner(self, partner: PartnerId, *, who: str, at_ms: int) -> None:
        """Remove a partner with its contract and contacts."""
        with self._sessions.writing() as session:
            agreement = plain_agreement(load_agreement(session, partner))
            trunks = [trunk.id for trunk in load_trunks(session) if trunk.partner == partner]
            mend = "Remove these first, or suspend it instead: `switchboard partners suspend`."
            _unless(f"partner {partner}", "trunk", trunks, mend)
            known = load_policies(session)
            policies = [policy.name for policy in known.every() if partner in named_vendors(policy)]
            _unless(f"partner {partner}", "policy", policies, mend)
            attached = {one.policy for one in known.attached if one.client == partner}
            mend = f"Take these away from it first: `switchboard policies detach --client {partner}`."
            _unless(f"partner {partner}", "attached policy", attached, mend)
            for its_table, what, noun in _OF_CALLS:
                of_it = or_(col(its_table.client) == partner, col(its_table.vendor) == partner)
                mend = f"Remove these first: `switchboard {noun} remove`."
                _unless(f"partner {partner}", what, _names(session, its_table, of_it), mend)
            its = _names(session, CommitmentRecord, col(CommitmentRecord.vendor) == partner)
            _unless(f"partner {partner}", "commitment", its, "Remove these first: `switchboard commitments remove`.")
            its = _names(session, SwapRecord, col(SwapRecord.partner) == partner)
            _unless(f"partner {partner}", "swap", its, "Remove these first: `switchboard swaps remove`.")
            users = _names(session, EndUserRecord, col(EndUserRecord.partner) == partner)
            _unless(f"partner {partner}", "end user", users, "Remove these first: `switchboard end-users remove`.")
            invoices = _names(session, InvoiceRecord, col(InvoiceRecord.partner) == partner)
            _unless(f"partner {partner}", "invoice", invoices, "Suspend it instead: `switchboard partners suspend`.")
            bills = _names(session, EndUserBillRecord, col(EndUserBillRecord.partner) == partner)
            _unless(f"partner {partner}", "bill", bills, "Suspend it instead: `switchboard partners suspend`.")
            for table, column in (
                (ContactRecord, ContactRecord.partner),
                (ContractRecord, ContractRecord.partner),
                (EndUserTopUpRecord, EndUserTopUpRecord.partner),
                (NameMapRecord, NameMapRecord.partner),
                (SheetTemplateRecord, SheetTemplateRecord.owner),
            ):
                session.execute(delete(table).where(col(column) == partner))
            _remove(session, PartnerRecord, partner)
            audit.record(session, who, at_ms, "remove", "partner", partner, before=agreement)

    def trunk(self, trunk: TrunkId, *, who: str, at_ms: int) -> None:
        """Remove a trunk."""
        with self._sessions.writing() as session:
            checks.existing(session, TrunkRecord, trunk, "trunk")
            [before] = [one for one in load_trunks(session) if one.id == trunk]
            limits = _names(session, LimitRecord, col(LimitRecord.trunk) == trunk)
            _unless(f"trunk {trunk}", "limit", limits, "Remove these first: `switchboard limits remove`.")
            statics = _names(session, StaticRecord, col(StaticRecord.trunk) == trunk)
            _unless(f"trunk {trunk}", "static entry", statics, "Remove these first: `switchboard statics remove`.")
            _remove(session, TrunkRecord, trunk)
            audit.record(session, who, at_ms, "remove", "trunk", trunk, before=before)

    def switch(self, switch: SwitchId, *, who: str, at_ms: int) -> None:
        """Remove a switch."""
        with self._sessions.writing() as session:
            checks.existing(session, SwitchRecord, switch, "switch")
            [before] = [one for one in load_switches(session) if one.id == switch]
            trunks = [trunk.id for trunk in load_trunks(session) if trunk.switch == switch]
            mend = "Remove these first, or give them another switch: `switchboard trunks set NAME switch=OTHER`."
            _unless(f"switch {switch}", "trunk", trunks, mend)
            speaks = col(UserRecord.role) == Role.SWITCH.value, col(UserRecord.enabled).is_(True)
            users = _names(session, UserRecord, col(UserRecord.name) == switch, *speaks)
            mend = "Its token speaks for the switch of its name: `switchboard users set NAME --disabled` first."
            _unless(f"switch {switch}", "user", users, mend)
            _remove(session, SwitchRecord, switch)
            audit.record(session, who, at_ms, "remove", "switch", switch, before=before)

    def plan(self, plan: PlanId, *, who: str, at_ms: int) -> None:
        """Remove a plan with all its rates."""
        with self._sessions.writing() as session:
            before = plan_rules_of(checks.existing(session, PlanRecord, plan, "plan").rules)
            has_it = or_(col(PartnerRecord.sell_plan) == plan, col(PartnerRecord.buy_plan) == plan)
            field = f"{session.get_one(PlanRecord, plan).side}_plan"
            mend = f"Give them another first: `switchboard plans assign`, or `switchboard partners set NAME {field}=`."
            _unless(f"plan {plan}", "partner", _names(session, PartnerRecord, has_it), mend)
            mend = "Give them another first: `switchboard plans assign`, or `switchboard trunks set NAME plan=`."
            _unless(f"plan {plan}", "trunk", _names(session, TrunkRecord, col(TrunkRecord.plan) == plan), mend)
            for of_it in _OF_PLANS:
                session.execute(delete(of_it).where(col(of_it.plan) == plan))
            _remove(session, PlanRecord, plan)
            audit.record(session, who, at_ms, "remove", "plan", plan, before=before)


def _remove(session: Session, table: type[CatalogTable], key: str) -> None:
    session.flush()
    session.delete(session.get_one(table, key))


def _names(session: Session, table: type[CatalogTable], *conditions: ColumnElement[bool]) -> list[str]:
    """Return the keys of the rows that meet conditions, in order."""
    key = table.__mapper__.primary_key[-1]  # type: ignore[attr-defined]  # SQLAlchemy gives every table its mapper
    return [str(name) for name in session.scalars(select(key).where(*conditions).order_by(key))]


def _unless(where: str, what: str, names: Iterable[str], mend: str) -> None:
    """Raise ConflictError where something refers to what is to go."""
    found = sorted(names)
    if found:
        more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
        many = what if len(found) == 1 else f"{what.removesuffix('y')}ies" if what.endswith("y") else f"{what}s"
        refers = "refers" if len(found) == 1 else "refer"
        text = f"it cannot be removed: {many} {', '.join(found[:NAMED])}{more} {refers} to it"
        raise ConflictError(text, where=where, mend=mend)
