"""Users: who may call us, by a token that we know only as its hash."""

from sqlalchemy import select
from sqlmodel import col

from domain.errors import ConflictError, InputError
from domain.users import ADMIN, DESK, Role, User
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import UserRecord
from store.users_file import token_hash

RESERVED = {
    ADMIN.name: "the token in the data folder is the admin's",
    DESK: "in the audit it stands for work that repeats itself",
}
LEAST_TOKEN = 20
"""Characters that a token has at least."""


class Users:
    """Adds, changes and recognises users."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, user: User, token: str, *, who: str, at_ms: int) -> None:
        """Add a user with a token. Raises ConflictError where the name is taken, InputError for a short token."""
        where = f"user {user.name}"
        checks.slug(user.name, where)
        if user.name in RESERVED:
            mend = f"Choose another name: {RESERVED[user.name]}."
            raise ConflictError(f"there is already a user {user.name!r}", where=where, mend=mend)
        digest = _digest(token, where)
        with self._sessions.writing() as session:
            checks.free(session, UserRecord, user.name, "user")
            session.add(UserRecord(name=user.name, token_sha256=digest, role=user.role.value, enabled=user.enabled))
            audit.record(session, who, at_ms, "add", "user", user.name, after=user)

    def change(self, user: User, *, who: str, at_ms: int) -> bool:
        """Give a user another role or state; return whether that changed anything. Raises NotFoundError."""
        with self._sessions.writing() as session:
            record = checks.existing(session, UserRecord, user.name, "user")
            before = _user(record)
            if before == user:
                return False
            record.role, record.enabled = user.role.value, user.enabled
            audit.record(session, who, at_ms, "set", "user", user.name, before=before, after=user)
            return True

    def new_token(self, name: str, token: str, *, who: str, at_ms: int) -> None:
        """Give a user another token; the former one is void. Raises NotFoundError."""
        digest = _digest(token, f"user {name}")
        with self._sessions.writing() as session:
            record = checks.existing(session, UserRecord, name, "user")
            record.token_sha256 = digest
            audit.record(session, who, at_ms, "new-token", "user", name)

    def list(self) -> list[User]:
        """Return all users by name."""
        with self._sessions.reading() as session:
            return [_user(record) for record in session.scalars(select(UserRecord).order_by(col(UserRecord.name)))]

    def by_hash(self) -> dict[str, User]:
        """Return all users by the hashes of their tokens."""
        with self._sessions.reading() as session:
            return {record.token_sha256: _user(record) for record in session.scalars(select(UserRecord))}


def _digest(token: str, where: str) -> str:
    if len(token) < LEAST_TOKEN:
        raise InputError("the token is too short", where=where, mend=f"Use at least {LEAST_TOKEN} random characters.")
    return token_hash(token)


def _user(record: UserRecord) -> User:
    return User(record.name, Role(record.role), record.enabled)
