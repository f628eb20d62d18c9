"""Whether a policy is in force, and for which calls; and what refers to a part of the week."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import NotFoundError
from domain.limits import OUTSIDE
from store.catalog import checks
from store.tables import AttachmentRecord, DestinationRecord, LimitRecord, PartnerRecord, PolicyRecord

REMOVED = 0
"""The version in force of a policy that was removed."""


def version_in_force(session: Session, name: str) -> int:
    """Return the version of a policy that is in force. Raises NotFoundError."""
    version = checks.existing(session, PolicyRecord, name, "policy").version
    if version == REMOVED:
        mend = "Its versions stay: `switchboard policies versions NAME`; `policies set` has it again."
        raise NotFoundError(f"policy {name} was removed", mend=mend)
    return version


def policy_uses(session: Session, name: str) -> list[str]:
    """Return for which calls a policy holds, in words."""
    named = col(PartnerRecord.policy) == name
    query = select(col(PartnerRecord.id)).where(named).order_by(col(PartnerRecord.id))
    uses = [f"client {partner}, whose contract names it" for partner in session.scalars(query)]
    for record in session.scalars(select(AttachmentRecord).where(col(AttachmentRecord.policy) == name)):
        its = session.get(DestinationRecord, record.destination) if record.destination is not None else None
        where = its.name if its is not None else ""
        parts = (("client", record.client), ("product", record.product), ("to", where), ("at", record.profile))
        uses.append(", ".join(f"{word} {value}" for word, value in parts if value))
    return uses


def profile_uses(session: Session, name: str) -> list[str]:
    """Return what refers to a part of the week, in words: policies that are attached to it, and limits."""
    attached = select(col(AttachmentRecord.policy)).where(col(AttachmentRecord.profile) == name)
    limits = select(col(LimitRecord.id)).where(col(LimitRecord.profile).in_((name, f"{OUTSIDE}{name}")))
    policies = [f"policy {policy}" for policy in sorted(set(session.scalars(attached)))]
    return policies + [f"limit {limit}" for limit in session.scalars(limits.order_by(col(LimitRecord.id)))]
