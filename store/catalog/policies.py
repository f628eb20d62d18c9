"""Routing policies with all their versions, where they are attached, and the parts of the week for that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.directory import Policy
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import DestinationId, PartnerId
from domain.policies.fields import named_vendors
from domain.policies.policy import DEFAULT, Attachment, TimeProfile
from domain.policies.policy import Policies as RoutingPolicies
from domain.policies.rules import check
from store.catalog import audit, checks
from store.catalog.canary_rows import canaries_at, running
from store.catalog.engine import Sessions
from store.catalog.policy_uses import REMOVED, policy_uses, profile_uses, version_in_force
from store.tables import (
    AttachmentRecord,
    DestinationRecord,
    PartnerRecord,
    PolicyRecord,
    PolicyVersionRecord,
    TimeProfileRecord,
)
from store.values_json import policy_of, policy_says, time_profile_of

LONGEST_NOTE = 200
NAMED = 5
"""Places that a refusal lists at most."""
PLACED = frozenset({"attach", "detach", "set profile", "remove profile"})
"""Changes of where policies hold, as the trail calls them."""
MOST_SCOPES = 50


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """What a policy said from `at_ms` (UTC, business time) until its next version; the `note` says why.

    `tried`: it was made to be tried on a part of the calls, and never in force by itself.
    """

    policy: Policy
    at_ms: int
    who: str
    note: str
    tried: bool = False


class Policies:
    """Sets, attaches and reads routing policies; `default` is there from the start.

    Invariants: a version never changes; one place (client, product, destination, profile) has one policy attached.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def set(self, policy: Policy, *, note: str = "", who: str, at_ms: int) -> PolicyVersion:
        """Add a policy, or a version to the one of that name; the same again makes none. `version` is counted here.

        Raises InputError for what cannot be or while a version of it is tried, NotFoundError for a vendor that is not
        there.
        """
        with self._sessions.writing() as session:
            check_policy(session, policy, note)
            _check_untried(session, policy.name)
            return enter(session, policy, note, "set", who, at_ms)

    def back(self, name: str, version: int | None = None, *, note: str = "", who: str, at_ms: int) -> PolicyVersion:
        """Make what a policy said in a version (None: the one in force before) its next version.

        Raises NotFoundError, InputError while a version of it is tried.
        """
        with self._sessions.writing() as session:
            now = version_in_force(session, name)
            _check_untried(session, name)
            wanted = _before(session, name, now) if version is None else version
            record = session.get(PolicyVersionRecord, (name, wanted))
            if record is None:
                newest = _newest(session, name)
                mend = f"It has versions 1 to {newest}." if newest > 1 else "It has one only."
                text = f"there is no version {wanted}" if wanted else f"there is none before version {now}"
                raise NotFoundError(text, where=f"policy {name}", mend=mend)
            former = _version(record).policy
            check_policy(session, former, note)  # a vendor of it may be gone by now
            return enter(session, former, note or f"back to version {wanted}", "back", who, at_ms)

    def remove(self, name: str, *, who: str, at_ms: int) -> None:
        """Take a policy out of force; its versions stay to be read, and go on where it is set again.

        Raises InputError for `default` and while a version is tried, ConflictError where it holds for any calls.
        """
        with self._sessions.writing() as session:
            before = _version(session.get_one(PolicyVersionRecord, (name, version_in_force(session, name)))).policy
            if name == DEFAULT:
                raise InputError("it lies under all others", where="policy default", mend="Take its fields back: only=")
            _check_untried(session, name)
            uses = policy_uses(session, name)
            if uses:
                more = f" and {len(uses) - NAMED:,} more" if len(uses) > NAMED else ""
                mend = "`switchboard policies detach`, or `switchboard partners set NAME policy=` first."
                text = f"it cannot be removed: it holds for {'; '.join(uses[:NAMED])}{more}"
                raise ConflictError(text, where=f"policy {name}", mend=mend)
            session.get_one(PolicyRecord, name).version = REMOVED
            audit.record(session, who, at_ms, "remove", "policy", name, before=before)

    def attach(self, attachment: Attachment, *, who: str, at_ms: int) -> str:
        """Attach a policy in the place of what is attached to the same. Return the name of that, "" for none."""
        with self._sessions.writing() as session:
            _check_attachment(session, attachment)
            record = session.scalar(select(AttachmentRecord).where(*_same_place(attachment)))
            before = _attachment(record) if record else None
            if before == attachment:
                return before.policy
            session.merge(_attachment_record(attachment, record.id if record else None))
            audit.record(session, who, at_ms, "attach", "policy", attachment.policy, before=before, after=attachment)
            return before.policy if before else ""

    def detach(self, place: Attachment, *, who: str, at_ms: int) -> str:
        """Take what is attached to a place away, whatever `place` says as policy. Return its name.

        Raises NotFoundError where nothing is attached.
        """
        with self._sessions.writing() as session:
            record = session.scalar(select(AttachmentRecord).where(*_same_place(place)))
            if record is None:
                raise NotFoundError(
                    "nothing is attached there", mend="`switchboard policies show NAME` says where it is."
                )
            before = _attachment(record)
            session.delete(record)
            audit.record(session, who, at_ms, "detach", "policy", before.policy, before=before)
            return before.policy

    def set_profile(self, profile: TimeProfile, *, who: str, at_ms: int) -> None:
        """Add a part of the week, or give the one of that name other windows. Raises InputError."""
        where = f"profile {profile.name}"
        checks.slug(profile.name, where)
        checks.zone(profile.zone, where)
        if not profile.windows:
            raise InputError("it has no windows: it would never be", where=where, mend="Give windows.")
        with self._sessions.writing() as session:
            record = session.get(TimeProfileRecord, profile.name)
            before = time_profile_of(record.says) if record else None
            if before != profile:
                session.merge(TimeProfileRecord(name=profile.name, says=profile))
                audit.record(session, who, at_ms, "set profile", "policy", profile.name, before=before, after=profile)

    def remove_profile(self, name: str, *, who: str, at_ms: int) -> None:
        """Remove a part of the week. Raises ConflictError where a policy is attached to it or a limit names it."""
        with self._sessions.writing() as session:
            before = time_profile_of(checks.existing(session, TimeProfileRecord, name, "profile").says)
            uses = profile_uses(session, name)
            if uses:
                mend = "Detach and change these first: `switchboard policies detach`, `switchboard limits set`."
                text = f"it cannot be removed: {', '.join(uses)} {'refers' if len(uses) == 1 else 'refer'} to it"
                raise ConflictError(text, where=f"profile {name}", mend=mend)
            session.delete(session.get_one(TimeProfileRecord, name))
            audit.record(session, who, at_ms, "remove profile", "policy", name, before=before)

    def get(self, name: str, version: int | None = None) -> PolicyVersion:
        """Return a version of a policy, None: that in force. Raises NotFoundError."""
        with self._sessions.reading() as session:
            wanted = version_in_force(session, name) if version is None else version
            record = session.get(PolicyVersionRecord, (name, wanted))
            if record is None:
                mend = "`switchboard policies versions` lists them."
                raise NotFoundError(f"there is no version {wanted}", where=f"policy {name}", mend=mend)
            return _version(record)

    def standing(self) -> list[PolicyVersion]:
        """Return all policies by name, as they are in force, with who set that version and when."""
        with self._sessions.reading() as session:
            return _in_force(session)

    def versions(self, name: str, *, limit: int = 50, offset: int = 0) -> tuple[list[PolicyVersion], int]:
        """Return a page of a policy's versions, the last first, and how many there are. Raises NotFoundError."""
        with self._sessions.reading() as session:
            checks.existing(session, PolicyRecord, name, "policy")
            total = _newest(session, name)
            query = select(PolicyVersionRecord).where(col(PolicyVersionRecord.policy) == name)
            query = query.order_by(col(PolicyVersionRecord.version).desc()).limit(limit).offset(offset)
            return [_version(record) for record in session.scalars(query)], total

    def used_by(self, name: str) -> list[PartnerId]:
        """Return the clients whose contract names a policy, by name."""
        query = select(col(PartnerRecord.id)).where(col(PartnerRecord.policy) == name).order_by(col(PartnerRecord.id))
        with self._sessions.reading() as session:
            return [PartnerId(one) for one in session.scalars(query)]

    def all(self) -> RoutingPolicies:
        """Return the policies, their attachments and the time profiles, as nodes have them."""
        with self._sessions.reading() as session:
            return load_policies(session)

    def list(self) -> list[Policy]:
        """Return all policies by name, as they are in force."""
        with self._sessions.reading() as session:
            return [one.policy for one in _in_force(session)]

    def at(self, at_ms: int) -> RoutingPolicies:
        """Return all policies as they were at a moment of business time (UTC ms), by their versions and the trail."""
        with self._sessions.reading() as session:
            return policies_at(session, at_ms)

    def scopes(self, from_ms: int, until_ms: int) -> Sequence[tuple[int, RoutingPolicies]]:
        """Return for which calls policies held in [from, until), and since when: the first since `from_ms`.

        Of very many changes the last MOST_SCOPES count.
        """
        with self._sessions.reading() as session:
            moments = {one.at_ms for one in audit.since(session, "policy", from_ms) if one.action in PLACED}
            since = [from_ms, *sorted(at_ms for at_ms in moments if at_ms < until_ms)[-MOST_SCOPES:]]
            return [(at_ms, policies_at(session, at_ms)) for at_ms in since]


def policies_at(session: Session, at_ms: int) -> RoutingPolicies:
    """Return what held at a moment: versions stay, and what came since is taken back by the trail."""
    now = load_policies(session)
    attached = {replace(one, policy=""): one for one in now.attached}
    profiles, names = dict(now.profiles), set(now.named)
    for change in audit.since(session, "policy", at_ms):
        if change.action in ("attach", "detach"):
            place = replace(Attachment(**(change.after or change.before)), policy="")
            attached.pop(place, None)
            if change.before is not None:
                attached[place] = Attachment(**change.before)
        elif change.action in ("set profile", "remove profile"):
            profiles.pop(change.key, None)
            if change.before is not None:
                profiles[change.key] = time_profile_of(change.before)
        elif change.action == "remove":
            names.add(change.key)
        elif change.before is None and change.action in ("set", "back", "promote"):
            names.discard(change.key)  # it was there for the first time, or again
    record = PolicyVersionRecord
    query = select(record).where(col(record.at_ms) <= at_ms, col(record.tried).is_(False))
    found = (_version(one).policy for one in session.scalars(query.order_by(col(record.version))))
    named = {policy.name: policy for policy in found if policy.name in names}  # the last one stays
    return RoutingPolicies(named, tuple(attached.values()), profiles, canaries_at(session, at_ms))


def load_policies(session: Session) -> RoutingPolicies:
    """Read all of it in a session that is open already."""
    attached = session.scalars(select(AttachmentRecord).order_by(col(AttachmentRecord.id)))
    profiles = session.scalars(select(TimeProfileRecord).order_by(col(TimeProfileRecord.name)))
    return RoutingPolicies(
        named={one.policy.name: one.policy for one in _in_force(session)},
        attached=tuple(_attachment(record) for record in attached),
        profiles={record.name: time_profile_of(record.says) for record in profiles},
        canaries=tuple(one.canary for one in running(session)),
    )


def furnish(session: Session, policy: Policy) -> None:
    """Put in the policy that a new catalog begins with."""
    session.add(PolicyRecord(name=policy.name, version=1))
    session.flush()
    session.add(_version_record(replace(policy, version=1), 0, "desk", ""))


def _in_force(session: Session) -> list[PolicyVersion]:
    its = PolicyRecord.name == PolicyVersionRecord.policy, PolicyRecord.version == PolicyVersionRecord.version
    query = select(PolicyVersionRecord).where(*its).order_by(col(PolicyVersionRecord.policy))  # type: ignore[arg-type]
    return [_version(record) for record in session.scalars(query)]


def check_policy(session: Session, policy: Policy, note: str) -> None:
    """Raise InputError for a policy or note that cannot be, NotFoundError for a vendor that is not there."""
    where = f"policy {policy.name}"
    checks.slug(policy.name, where)
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise InputError(
            "the note cannot be that", where=where, mend=f"Write one line of up to {LONGEST_NOTE} characters."
        )
    check(policy)
    for vendor in sorted(named_vendors(policy)):
        checks.existing(session, PartnerRecord, vendor, "partner")


def enter(session: Session, policy: Policy, note: str, action: str, who: str, at_ms: int) -> PolicyVersion:
    """Put what a policy says in force as its next version, where it says anything new."""
    record = session.get(PolicyRecord, policy.name)
    stands = record if record is not None and record.version != REMOVED else None
    before = _version(session.get_one(PolicyVersionRecord, (stands.name, stands.version))) if stands else None
    after = replace(policy, version=_newest(session, policy.name) + 1)
    if before is not None and before.policy == replace(after, version=before.policy.version):
        return before
    session.merge(PolicyRecord(name=after.name, version=after.version))
    session.flush()
    session.add(_version_record(after, at_ms, who, note))
    audit.record(
        session, who, at_ms, action, "policy", after.name, before=before.policy if before else None, after=after
    )
    return PolicyVersion(after, at_ms, who, note)


def enter_tried(session: Session, policy: Policy, note: str, who: str, at_ms: int) -> PolicyVersion:
    """Add a version that is not in force, but tried."""
    after = replace(policy, version=_newest(session, policy.name) + 1)
    session.add(_version_record(after, at_ms, who, note, tried=True))
    session.flush()
    return PolicyVersion(after, at_ms, who, note, tried=True)


def _newest(session: Session, name: str) -> int:
    record = PolicyVersionRecord
    return session.scalar(select(func.max(col(record.version))).where(col(record.policy) == name)) or 0


def _before(session: Session, name: str, version: int) -> int:
    """Return the version that was in force before one, 0: none."""
    record = PolicyVersionRecord
    mine = col(record.policy) == name, col(record.version) < version, col(record.tried).is_(False)
    return session.scalar(select(func.max(col(record.version))).where(*mine)) or 0


def _check_untried(session: Session, name: str) -> None:
    for one in running(session, name):
        what = f"version {one.canary.policy.version} is tried on a part of its calls"
        mend = f"End that first: `switchboard policies promote {name}` or `switchboard policies drop {name}`."
        raise InputError(what, where=f"policy {name}", mend=mend)


def _check_attachment(session: Session, attachment: Attachment) -> None:
    where = f"policy {attachment.policy}"
    version_in_force(session, attachment.policy)
    if not any(attachment.weight):
        mend = "Name a client, product, destination or profile; what is to hold for all calls, say in policy default."
        raise InputError("it would hold for all calls", where=where, mend=mend)
    if attachment.client is not None:
        checks.existing(session, PartnerRecord, attachment.client, "partner")
    if attachment.product:
        checks.slug(attachment.product, f"{where}, product")
    if attachment.destination is not None:
        checks.existing(session, DestinationRecord, attachment.destination, "destination")
    if attachment.profile:
        checks.existing(session, TimeProfileRecord, attachment.profile, "profile")


def _same_place(place: Attachment) -> Iterable[ColumnElement[bool]]:
    record = AttachmentRecord
    yield col(record.client).is_(None) if place.client is None else col(record.client) == place.client
    yield col(record.product) == place.product
    destination = col(record.destination)
    yield destination.is_(None) if place.destination is None else destination == place.destination
    yield col(record.profile) == place.profile


def _version(record: PolicyVersionRecord) -> PolicyVersion:
    policy = policy_of(record.says | {"name": record.policy, "version": record.version})
    return PolicyVersion(policy, record.at_ms, record.who, record.note, record.tried)


def _version_record(policy: Policy, at_ms: int, who: str, note: str, tried: bool = False) -> PolicyVersionRecord:
    return PolicyVersionRecord(
        policy=policy.name,
        version=policy.version,
        says=policy_says(policy),
        at_ms=at_ms,
        who=who,
        note=note,
        tried=tried,
    )


def _attachment(record: AttachmentRecord) -> Attachment:
    return Attachment(
        policy=record.policy,
        client=PartnerId(record.client) if record.client else None,
        product=record.product,
        destination=DestinationId(record.destination) if record.destination is not None else None,
        profile=record.profile,
    )


def _attachment_record(attachment: Attachment, number: int | None) -> AttachmentRecord:
    return AttachmentRecord(
        id=number,
        policy=attachment.policy,
        client=attachment.client,
        product=attachment.product,
        destination=attachment.destination,
        profile=attachment.profile,
    )
