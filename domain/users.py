"""Users: who may call us over gRPC, and as what."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user may do; `actors.roles` says which call needs which role."""

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


DESK = "desk"
"""Who stands in the audit trail for what nobody asked for: work that repeats itself. No user has this name."""
ADMIN = User("admin", Role.ADMIN)
"""Who has the token of the data folder. No other user has this name."""
