"""Users by the hashes of their tokens as one JSON file, `<data>/users.json` (mode 0600): what recognises a caller.

The desk writes it after each change of a user. Nodes read it, since they have no catalog and know callers while the
desk is down too. It stands beside the directory and not in it: a directory's version is a world of routes that is
loaded and mapped anew, and a user who is put out must be out at once, whatever a world takes to load.
Imports neither SQLModel nor Polars.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import orjson

from domain.errors import BrokenWorldError
from domain.users import Role, User
from store.files import write_atomically

NAME = "users.json"


def token_hash(token: str) -> str:
    """Return what is kept of a token. Tokens are long and random, so one plain hash keeps them safe."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def write_users(data: Path, users: Mapping[str, User]) -> None:
    """Write the enabled users by the hashes of their tokens, whole or not at all."""
    plain = {digest: {"name": user.name, "role": user.role.value} for digest, user in users.items() if user.enabled}
    write_atomically(data / NAME, [orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)], mode=0o600)


def read_users(data: Path) -> dict[str, User]:
    """Read the enabled users by the hashes of their tokens; none before there is a file.

    Raises BrokenWorldError where it is damaged.
    """
    path = data / NAME
    try:
        plain = orjson.loads(path.read_bytes())
        return {digest: User(user["name"], Role(user["role"])) for digest, user in plain.items()}
    except FileNotFoundError:
        return {}
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenWorldError(f"{path} is no file of users: {error}") from error
