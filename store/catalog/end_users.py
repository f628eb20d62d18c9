"""End users of partners: who they are, by which keys their calls are found, and what they may use."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.end_user_fields import check_end_user
from domain.end_user_rows import CALLER, NAME, GivenUser, Key, WrongRow, as_given, keys_of, taken_keys
from domain.end_users import EndUser, EndUserStatus
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import EndUserId, PartnerId
from domain.limits import Period
from domain.money import decimal_text
from store.catalog import audit, checks
from store.catalog.bulk import insert_rows
from store.catalog.engine import Sessions
from store.tables import EndUserKeyRecord, EndUserRecord, EndUserTopUpRecord, LimitRecord, PartnerRecord
from store.values_json import to_plain

T = TypeVar("T")
NOUN = "end-user"
ASK = 500
"""Keys asked for in one statement."""
READ = 5_000
"""Rows read at a time."""
_KEY: Any = tuple(
    col(column)
    for column in (EndUserKeyRecord.kind, EndUserKeyRecord.key, EndUserKeyRecord.end_user, EndUserKeyRecord.partner)
)
_COLUMNS = [name for name in EndUserRecord.__table__.columns.keys()]  # type: ignore[attr-defined]  # noqa: C416, SIM118


@dataclass(frozen=True, slots=True)
class TopUp:
    """Money (units of the contract's currency) on top of what an end user may spend, posted once by its reference."""

    units: int
    reference: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: how many are new, how many are not as they were, and the rows that did not go in."""

    added: int
    changed: int
    wrong: list[WrongRow]


class EndUsers:
    """Adds, changes, removes and reads end users. Invariant: no two of one partner have the same key."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, partner: PartnerId, user: EndUser, *, who: str, at_ms: int) -> None:
        """Add an end user. Raises InputError, ConflictError for a taken id or key, NotFoundError for the partner."""
        with self._sessions.writing() as session:
            checks.existing(session, PartnerRecord, partner, "partner")
            check_end_user(user, where(partner, user.id))
            if session.get(EndUserRecord, (partner, user.id)) is not None:
                mend = "Choose another id or change that one: `switchboard end-users set`."
                raise ConflictError(f"{partner} has an end user {user.id!r}", mend=mend)
            _put(session, partner, user)
            audit.record(session, who, at_ms, "add", NOUN, f"{partner}/{user.id}", after=user)

    def change(self, partner: PartnerId, user: EndUser, *, who: str, at_ms: int) -> None:
        """Give an end user new values. Raises as `add`."""
        with self._sessions.writing() as session:
            before = _existing(session, partner, user.id)
            _change(session, partner, before, user, who, at_ms)

    def top_up(
        self, partner: PartnerId, user: EndUserId, top_up: TopUp, *, who: str, at_ms: int
    ) -> tuple[EndUser, bool]:
        """Let an end user spend so much more than until now, of a limit for ever; return him as he is then, and whether
        that is new: a reference is posted once. Raises ConflictError where it is posted with another sum.
        """
        about = where(partner, user)
        with self._sessions.writing() as session:
            before = _existing(session, partner, user)
            known = session.get(EndUserTopUpRecord, (partner, user, top_up.reference))
            if known is not None:
                if known.units != top_up.units:
                    what = f"{top_up.reference!r} is posted already, with {decimal_text(known.units)}"
                    raise ConflictError(what, where=about, mend="Give another reference.")
                return before, False
            after = _topped_up(before, top_up.units, about)
            _replace(session, partner, after, about)
            its = EndUserTopUpRecord(
                partner=partner, end_user=user, reference=top_up.reference, units=top_up.units, at_ms=at_ms
            )
            session.add(its)
            told = to_plain(after) | {"reference": top_up.reference}
            audit.record(session, who, at_ms, "top up", NOUN, f"{partner}/{user}", before=before, after=told)
            return after, True

    def import_all(
        self,
        partner: PartnerId,
        given: Collection[GivenUser],
        *,
        who: str,
        at_ms: int,
        dry_run: bool = False,
        unread: int = 0,
    ) -> Imported:
        """Add or change many end users of a partner together, all whose rows can go in; `dry_run`: only say which.

        The trail has each that was changed, before and after, how many were added, and how many rows were wrong: these,
        and the `unread` ones of the same file.
        """
        with self._sessions.reading() if dry_run else self._sessions.writing() as session:
            checks.existing(session, PartnerRecord, partner, "partner")
            known = _known(session, partner, [one.id for one in given])
            users, wrong = _as_given(session, partner, given, known)
            done = [user for user in users if user != known.get(user.id)]
            changed = [user for user in done if user.id in known]
            if not dry_run:
                _drop(session, partner, [user.id for user in changed])
                insert_rows(session, "end_user", _COLUMNS, [_row(partner, user) for user in done])
                keys = [(partner, kind, key, user.id) for user in done for kind, key in keys_of(user)]
                insert_rows(session, "end_user_key", ["partner", "kind", "key", "end_user"], keys)
                its = [(f"{partner}/{user.id}", known[user.id], user) for user in changed]
                audit.record_many(session, who, at_ms, "import", NOUN, its)
                after = {"added": len(done) - len(changed), "changed": len(changed), "wrong": len(wrong) + unread}
                audit.record(session, who, at_ms, "import", NOUN, partner, after=after)
            return Imported(len(done) - len(changed), len(changed), wrong)

    def remove(self, partner: PartnerId, user: EndUserId, *, who: str, at_ms: int) -> None:
        """Remove an end user; calls with his keys are nobody's from then on, and what he used stays readable.

        The references of his top-ups go with him: who is given his id later may top up with the same.
        """
        with self._sessions.writing() as session:
            before = _existing(session, partner, user)
            named = (col(LimitRecord.client) == partner, col(LimitRecord.end_user) == user)
            limits = list(session.scalars(select(col(LimitRecord.id)).where(*named).order_by(col(LimitRecord.id))))
            if limits:
                mend = "Remove these first: `switchboard limits remove`."
                what = f"it cannot be removed: limits {', '.join(limits[:5])} name it"
                raise ConflictError(what, where=where(partner, user), mend=mend)
            _drop(session, partner, [user])
            its = (col(EndUserTopUpRecord.partner) == partner, col(EndUserTopUpRecord.end_user) == user)
            session.execute(delete(EndUserTopUpRecord).where(*its))
            audit.record(session, who, at_ms, "remove", NOUN, f"{partner}/{user}", before=before)

    def get(self, partner: PartnerId, user: EndUserId) -> EndUser:
        """Return an end user. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _existing(session, partner, user)

    def find(self, partner: PartnerId, text: str, *, limit: int, offset: int) -> tuple[list[EndUser], int]:
        """Return a page of a partner's end users by id, and how many there are: those with a text in id, name, key."""
        with self._sessions.reading() as session:
            checks.existing(session, PartnerRecord, partner, "partner")
            chosen = [col(EndUserRecord.partner) == partner]
            if text:
                like = f"%{text.lower()}%"
                by_key = select(_KEY[2]).where(col(EndUserKeyRecord.partner) == partner, func.lower(_KEY[1]).like(like))
                own = (func.lower(col(EndUserRecord.id)).like(like), func.lower(col(EndUserRecord.name)).like(like))
                chosen.append(or_(*own, col(EndUserRecord.id).in_(by_key)))
            total = session.scalar(select(func.count()).select_from(EndUserRecord).where(*chosen)) or 0
            query = select(EndUserRecord).where(*chosen).order_by(col(EndUserRecord.id)).limit(limit).offset(offset)
            return _users(session, partner, session.scalars(query).all()), total

    def with_all(self, use: Callable[[Iterator[tuple[PartnerId, EndUser]], int], T]) -> T:
        """Return what is made of all end users, partner by partner, and of the version of that.

        They are read by and by: there may be very many.
        """
        with self._sessions.reading() as session:
            return use(_everyone(session), audit.version(session, NOUN))

    def version(self) -> int:
        """Return the version that `with_all` has now, without reading them."""
        with self._sessions.reading() as session:
            return audit.version(session, NOUN)


def where(partner: str, user: str) -> str:
    """Say who a message is about."""
    return f"end user {user} of {partner}"


def _topped_up(user: EndUser, units: int, about: str) -> EndUser:
    """Return an end user who may spend so much more. Raises InputError."""
    if user.period is not Period.EVER and (user.max_units is not None or user.max_minutes is not None):
        mend = f"Set period=ever: what he may use begins anew each {user.period} as it is."
        raise InputError("he has no balance to top up", where=about, mend=mend)
    most = (user.max_units or 0) + units
    if not units or not 0 <= most < 2**63:
        mend = f"He may spend {decimal_text(user.max_units or 0)} in all: take no more than that away."
        raise InputError(f"a top-up of {decimal_text(units)} cannot be", where=about, mend=mend)
    return replace(user, max_units=most, period=Period.EVER)


def _change(session: Session, partner: PartnerId, before: EndUser, after: EndUser, who: str, at_ms: int) -> None:
    _replace(session, partner, after, where(partner, after.id))
    if before != after:
        audit.record(session, who, at_ms, "change", NOUN, f"{partner}/{after.id}", before=before, after=after)


def _replace(session: Session, partner: PartnerId, user: EndUser, about: str) -> None:
    check_end_user(user, about)
    _drop(session, partner, [user.id])
    session.expunge_all()
    _put(session, partner, user)


def _put(session: Session, partner: PartnerId, user: EndUser) -> None:
    _check_keys(session, partner, user)
    session.add(EndUserRecord(**dict(zip(_COLUMNS, _row(partner, user), strict=True))))
    for kind, key in keys_of(user):
        session.add(EndUserKeyRecord(partner=partner, kind=kind, key=key, end_user=user.id))


def _drop(session: Session, partner: PartnerId, users: list[EndUserId]) -> int:
    """Delete end users with their keys; return how many there were."""
    found = 0
    for some in (users[at : at + ASK] for at in range(0, len(users), ASK)):
        its_keys = (col(EndUserKeyRecord.partner) == partner, col(EndUserKeyRecord.end_user).in_(some))
        session.execute(delete(EndUserKeyRecord).where(*its_keys))
        of_them = (col(EndUserRecord.partner) == partner, col(EndUserRecord.id).in_(some))
        found += session.scalar(select(func.count()).select_from(EndUserRecord).where(*of_them)) or 0
        session.execute(delete(EndUserRecord).where(*of_them))
    return found


def _known(session: Session, partner: PartnerId, users: Sequence[EndUserId]) -> dict[EndUserId, EndUser]:
    """Return those of some end users who are there; plain rows, since a session that knows them would look at each."""
    its = EndUserRecord.__table__.columns  # type: ignore[attr-defined]
    found: dict[EndUserId, EndUser] = {}
    for some in (users[at : at + ASK] for at in range(0, len(users), ASK)):
        rows = session.execute(select(*its).where(its.partner == partner, its.id.in_(some))).all()
        found |= {user.id: user for user in _users(session, partner, rows)}
    return found


def _as_given(
    session: Session, partner: PartnerId, given: Collection[GivenUser], known: Mapping[EndUserId, EndUser]
) -> tuple[list[EndUser], list[WrongRow]]:
    """Return the end users as they are to be, and the rows that cannot go in."""
    users: dict[EndUserId, EndUser] = {}
    wrong: list[WrongRow] = []
    for one in given:
        try:
            users[one.id] = as_given(one, known.get(one.id), where(partner, one.id))
        except InputError as error:
            wrong.append(WrongRow(one.row, one.raw, f"{error}"))
    taken = taken_keys(users.values(), _held(session, partner, users.values()))
    wrong += (
        WrongRow(one.row, one.raw, f"{_taken(partner, *taken[one.id], one.id)}") for one in given if one.id in taken
    )
    return [user for user in users.values() if user.id not in taken], sorted(wrong, key=attrgetter("row"))


def _check_keys(session: Session, partner: PartnerId, user: EndUser) -> None:
    """Raise ConflictError where a key is another's."""
    for key, owner in taken_keys([user], _held(session, partner, [user])).values():
        raise _taken(partner, key, owner, user.id)


def _held(session: Session, partner: PartnerId, users: Iterable[EndUser]) -> dict[Key, EndUserId]:
    """Return whose the keys are that some users are to have."""
    wanted = sorted({key for user in users for key in keys_of(user)})
    held: dict[Key, EndUserId] = {}
    for kind in (NAME, CALLER):
        texts = [text for one, text in wanted if one == kind]
        its = col(EndUserKeyRecord.partner) == partner, col(EndUserKeyRecord.kind) == kind
        for some in (texts[at : at + ASK] for at in range(0, len(texts), ASK)):
            query = select(*_KEY[1:3]).where(*its, col(EndUserKeyRecord.key).in_(some))
            held |= {(kind, key): EndUserId(user) for key, user in session.execute(query)}
    return held


def _taken(partner: str, key: str, owner: str, user: str) -> ConflictError:
    mend = "A key is one end user's: take it from him first, or give another."
    return ConflictError(f"{key} is a key of end user {owner} already", where=where(partner, user), mend=mend)


def _existing(session: Session, partner: PartnerId, user: EndUserId) -> EndUser:
    checks.existing(session, PartnerRecord, partner, "partner")
    record = session.get(EndUserRecord, (partner, user))
    if record is None:
        mend = f"`switchboard end-users list {partner}` shows those there are."
        raise NotFoundError(f"{partner} has no end user {user!r}", mend=mend)
    return _users(session, partner, [record])[0]


def _everyone(session: Session) -> Iterator[tuple[PartnerId, EndUser]]:
    its = EndUserRecord.__table__.columns  # type: ignore[attr-defined]
    users = session.execute(select(*its).order_by(its.partner, its.id).execution_options(yield_per=READ))
    keys = session.execute(select(*_KEY).order_by(_KEY[3], _KEY[2], _KEY[1]).execution_options(yield_per=READ))
    ahead = next(keys, None)
    for row in users:
        own: list[tuple[str, str]] = []
        while ahead is not None and (ahead[3], ahead[2]) == (row.partner, row.id):
            own.append((ahead[0], ahead[1]))
            ahead = next(keys, None)
        yield PartnerId(row.partner), _user(row, own)
    assert ahead is None, "every key is of a user, and both come in one order"


def _users(session: Session, partner: PartnerId, records: Iterable[Any]) -> list[EndUser]:
    found = list(records)
    keys: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    query = select(*_KEY[:3]).where(
        col(EndUserKeyRecord.partner) == partner, col(EndUserKeyRecord.end_user).in_([record.id for record in found])
    )
    for kind, key, user in session.execute(query.order_by(col(EndUserKeyRecord.key))):
        keys[user].append((kind, key))
    return [_user(record, keys[record.id]) for record in found]


def _user(row: Any, keys: Iterable[tuple[str, str]]) -> EndUser:
    its = list(keys)
    return EndUser(
        id=EndUserId(row.id),
        name=row.name,
        user_names=tuple(sorted(key for kind, key in its if kind == NAME)),
        callers=tuple(sorted(key for kind, key in its if kind == CALLER)),
        status=EndUserStatus(row.status),
        max_calls=row.max_calls,
        max_cps=row.max_cps,
        burst=row.burst,
        max_minutes=row.max_minutes,
        max_units=row.max_units,
        period=Period(row.period),
    )


def _row(partner: str, user: EndUser) -> tuple[object, ...]:
    return (
        partner, user.id, user.name, user.status.value, user.max_calls, user.max_cps, user.burst, user.max_minutes,
        user.max_units, user.period.value,
    )  # fmt: skip
