"""What Ray needs so that other machines can join: a port that is known, and a token that they must show.

The token lies in `<data>/ray.token`; it is copied by hand to a machine that is to join. Who has it commands the
cluster, as who has the data folder does.
"""

import os
import secrets
from pathlib import Path

from actors.home import Home
from domain.errors import NotFoundError
from store.files import write_atomically

FILE = "ray.token"
TOKEN_VARIABLE = "RAY_AUTH_TOKEN"  # noqa: S105  a variable's name
_HEALTH = {"period_ms": "1000", "timeout_ms": "2000", "failure_threshold": "4", "initial_delay_ms": "5000"}
"""Ray asks each machine for a sign of life this often: one that vanished is found out within some seconds."""


def head_environment(home: Home) -> dict[str, str]:
    """Return the environment of the process that owns the cluster; nothing where no machine may join.

    Ray reads it when it is imported. The token is made if need be.
    """
    if not home.settings.cluster.address:
        return {}
    ours = {"RAY_AUTH_MODE": "token", "RAY_GCS_SERVER_PORT": str(home.settings.cluster.port)}
    if not os.environ.get(TOKEN_VARIABLE):
        file = home.data / FILE
        if not file.exists():
            write_atomically(file, [secrets.token_hex(32).encode()], mode=0o600)
        ours["RAY_AUTH_TOKEN_PATH"] = str(file)
    return ours | {f"RAY_health_check_{name}": value for name, value in _HEALTH.items()}


def joining_environment(data: Path) -> dict[str, str]:
    """Return the environment by which a machine shows the token. Raises NotFoundError where it was given none."""
    file = data / FILE
    if os.environ.get(TOKEN_VARIABLE):
        return {"RAY_AUTH_MODE": "token"}
    if not file.exists():
        raise NotFoundError(
            "the cluster's token is missing",
            where=str(file),
            mend=f"Copy {FILE} from the data folder of the first machine there (mode 0600), or set {TOKEN_VARIABLE}.",
        )
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(file.absolute())}
