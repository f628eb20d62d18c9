"""Users: who may call us, by a token that we know only as its hash."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select
from sqlmodel import col

from domain.errors import InputError
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import UserRecord


class Role(StrEnum):
    """What a user may do."""

    ADMIN = "admin"
    OPERATOR = "operator"
    RATES = "rates"
    FINANCE = "finance"
    VIEWER = "viewer"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may call us; the name is the audit's who."""

    name: str
    role: Role
    enabled: bool = True


class Users:
    """Adds, disables and recognises users. Tokens are long and random, so one plain hash keeps them safe."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def set(self, user: User, token: str, *, who: str, at_ms: int) -> None:
        """Add a user or give one another role, state and token. Raises InputError for a token under 20 characters."""
        where = f"user {user.name}"
        checks.slug(user.name, where)
        if len(token) < 20:
            raise InputError("the token is too short", where=where, mend="Use at least 20 random characters.")
        with self._sessions.writing() as session:
            record = session.get(UserRecord, user.name)
            before = _user(record) if record else None
            session.merge(
                UserRecord(name=user.name, token_sha256=_hash(token), role=user.role.value, enabled=user.enabled)
            )
            audit.record(session, who, at_ms, "set", "user", user.name, before=before, after=user)

    def by_token(self, token: str) -> User | None:
        """Return the enabled user with this token; None when there is none."""
        query = select(UserRecord).where(col(UserRecord.token_sha256) == _hash(token), col(UserRecord.enabled))
        with self._sessions.reading() as session:
            record = session.scalars(query).first()
            return _user(record) if record else None

    def list(self) -> list[User]:
        """Return all users by name."""
        with self._sessions.reading() as session:
            return [_user(record) for record in session.scalars(select(UserRecord).order_by(col(UserRecord.name)))]


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _user(record: UserRecord) -> User:
    return User(record.name, Role(record.role), record.enabled)
