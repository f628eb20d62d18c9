"""Versions of policies tried on a part of the calls: begun, promoted, dropped, and what became of each."""

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import InputError, NotFoundError
from domain.policies.comparing import Guard
from domain.policies.policy import Canary, Policy
from store.catalog import audit, checks
from store.catalog.canary_rows import Outcome, Trial, running, trial_of
from store.catalog.engine import Sessions
from store.catalog.policies import PolicyVersion, check_policy, enter, enter_tried
from store.catalog.policy_uses import version_in_force
from store.tables import CanaryRecord, PolicyRecord, PolicyVersionRecord
from store.values_json import policy_of

MOST_RUNNING = 16
"""Policies of which a version is tried at a time: each draws its own lots for each call for which it holds."""


class Canaries:
    """Begins and ends trials. Invariants: of a policy one runs at most; while it runs, the version in force stays; what
    a trial was never changes."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def begin(
        self,
        tried: Policy | int,
        canary: Canary,
        guard: Guard,
        *,
        note: str,
        who: str,
        at_ms: int,
        counted_ms: int,
    ) -> Trial:
        """Try a version (its number) or a policy that becomes one, in the place of what is tried of that policy.

        `canary` says the name, the share and the end. Raises InputError for what cannot be, NotFoundError.
        """
        name = canary.policy.name
        with self._sessions.writing() as session:
            now = version_in_force(session, name)
            _check(canary, guard, at_ms)
            former = running(session, name)
            if not former and len(running(session)) >= MOST_RUNNING:
                mend = "Promote or drop one of them: `switchboard policies canaries`."
                raise InputError(f"{MOST_RUNNING} policies are tried already", where=f"policy {name}", mend=mend)
            version = self._tried(session, tried, name, now, note, who, at_ms)
            for one in former:
                _end(session, one, Outcome.ANOTHER, who, note, at_ms)
            record = CanaryRecord(
                policy=name,
                version=version.version,
                against=now,
                share_bp=canary.share_bp,
                begun_ms=at_ms,
                counted_ms=max(counted_ms, at_ms),
                until_ms=canary.until_ms,
                ended_ms=None,
                guard_asr_bp=guard.asr_bp,
                guard_margin_bp=guard.margin_bp,
                least_calls=guard.least_calls,
                who=who,
                note=note,
                outcome="",
                ended_by="",
                ended_note="",
            )
            session.add(record)
            session.flush()
            begun = trial_of(session, record)
            before = former[0].canary if former else None
            audit.record(session, who, at_ms, "canary", "policy", name, before=before, after=begun.canary)
            return begun

    def promote(self, name: str, *, note: str = "", who: str, at_ms: int) -> tuple[Trial, PolicyVersion]:
        """Put what is tried in force, as a new version that says the same. Raises NotFoundError where nothing is."""
        with self._sessions.writing() as session:
            trial = _running(session, name)
            policy = trial.canary.policy
            check_policy(session, policy, note)  # a vendor of it may be gone by now
            _end(session, trial, Outcome.PROMOTED, who, note, at_ms)
            made = enter(session, policy, note or f"promoted: v{policy.version} was tried", "promote", who, at_ms)
            return trial, made

    def drop(self, name: str, outcome: Outcome, *, note: str = "", who: str, at_ms: int) -> Trial:
        """End a trial; the version in force holds for all calls. Raises NotFoundError where none runs."""
        with self._sessions.writing() as session:
            trial = _running(session, name)
            check_policy(session, Policy(name), note)
            return _end(session, trial, outcome, who, note, at_ms)

    def running(self) -> list[Trial]:
        """Return the trials that run, by policy."""
        with self._sessions.reading() as session:
            return running(session)

    def list(self, policy: str = "", *, all: bool = True, limit: int = 50, offset: int = 0) -> tuple[list[Trial], int]:
        """Return a page of trials, the last begun first, and how many there are; `all`: ended ones too."""
        wanted = [col(CanaryRecord.policy) == policy] if policy else []
        wanted += [] if all else [col(CanaryRecord.ended_ms).is_(None)]
        query = select(CanaryRecord).where(*wanted).order_by(col(CanaryRecord.id).desc()).limit(limit).offset(offset)
        with self._sessions.reading() as session:
            total = session.scalar(select(func.count()).select_from(CanaryRecord).where(*wanted)) or 0
            return [trial_of(session, one) for one in session.scalars(query)], total

    def get(self, policy: str, number: int = 0) -> Trial:
        """Return a trial, 0: the last one of a policy. Raises NotFoundError."""
        with self._sessions.reading() as session:
            checks.existing(session, PolicyRecord, policy, "policy")
            query = select(CanaryRecord).where(col(CanaryRecord.policy) == policy)
            query = query.where(col(CanaryRecord.id) == number) if number else query
            record = session.scalar(query.order_by(col(CanaryRecord.id).desc()).limit(1))
            if record is None:
                mend = f"Try one: `switchboard policies canary {policy} FIELD=VALUE --share 10`."
                raise NotFoundError("no version of it was tried", where=f"policy {policy}", mend=mend)
            return trial_of(session, record)

    def _tried(
        self, session: Session, tried: Policy | int, name: str, now: int, note: str, who: str, at_ms: int
    ) -> Policy:
        where = f"policy {name}"
        record = session.get_one(PolicyVersionRecord, (name, now))
        standing = policy_of(record.says | {"name": name, "version": now})
        if isinstance(tried, int):
            old = session.get(PolicyVersionRecord, (name, tried))
            if old is None:
                mend = f"`switchboard policies versions {name}` lists them."
                raise NotFoundError(f"there is no version {tried}", where=where, mend=mend)
            policy = policy_of(old.says | {"name": name, "version": tried})
        else:
            policy = tried
        check_policy(session, policy, note)
        if replace(policy, version=now) == standing:
            mend = "Give a field another value, or the number of another version."
            raise InputError(f"that is what version {now} says, which is in force", where=where, mend=mend)
        return policy if isinstance(tried, int) else enter_tried(session, policy, note, who, at_ms).policy


def _check(canary: Canary, guard: Guard, at_ms: int) -> None:
    where = f"policy {canary.policy.name}"
    if not 1 <= canary.share_bp < 10_000:
        mend = "Give more than 0 % and less than 100 %: what is to hold for all calls, promote or set."
        raise InputError(f"a share of {canary.share_bp} basis points", where=where, mend=mend)
    if canary.until_ms is not None and canary.until_ms <= at_ms:
        raise InputError("it would be over already", where=f"{where}, until", mend="Give a moment to come.")
    if not (0 <= guard.asr_bp <= 10_000 and 0 <= guard.margin_bp <= 1_000_000):
        mend = "Give up to 100 points of ASR and 10,000 % of margin; 0: no guard."
        raise InputError("a guard beyond all bounds", where=where, mend=mend)
    if not 20 <= guard.least_calls <= 1_000_000:
        raise InputError(f"{guard.least_calls} calls at least", where=where, mend="Give 20 to 1,000,000.")


def _running(session: Session, name: str) -> Trial:
    checks.existing(session, PolicyRecord, name, "policy")
    found = running(session, name)
    if not found:
        mend = "`switchboard policies canaries --all` shows what was."
        raise NotFoundError("no version of it is tried", where=f"policy {name}", mend=mend)
    return found[0]


def _end(session: Session, trial: Trial, outcome: Outcome, who: str, note: str, at_ms: int) -> Trial:
    record = session.get_one(CanaryRecord, trial.id)
    record.ended_ms, record.outcome, record.ended_by, record.ended_note = at_ms, outcome.value, who, note
    session.flush()
    name = trial.canary.policy.name
    after = {"version": trial.canary.policy.version, "outcome": outcome, "note": note}
    audit.record(session, who, at_ms, "end canary", "policy", name, before=trial.canary, after=after)
    return trial_of(session, record)
