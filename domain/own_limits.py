"""Names of limits that trunks, partners and end users say themselves: "trunk NAME", "partner NAME", "user PARTNER/ID".

No limit of the catalog can have such a name; end users' may be given as PARTNER/ID too.
"""

from domain.limits import OF_USER

OF_TRUNK, OF_PARTNER = "trunk ", "partner "


def is_own(name: str) -> bool:
    """Say whether a limit of such a name is one that somebody says himself."""
    return name.startswith((OF_TRUNK, OF_PARTNER, OF_USER)) or "/" in name


def user_named(name: str) -> tuple[str, str]:
    """Return partner and id of the end user that a limit is of."""
    partner, _, user = name.removeprefix(OF_USER).partition("/")
    return partner, user


def set_elsewhere(name: str) -> str:
    """Say by which command such a limit is set."""
    if name.startswith(OF_TRUNK):
        return f"Set it with its trunk: `switchboard trunks set {name.removeprefix(OF_TRUNK)} max_calls=…`."
    if name.startswith(OF_PARTNER):
        return f"Set it with its partner: `switchboard partners set {name.removeprefix(OF_PARTNER)} max_calls=…`."
    partner, user = user_named(name)
    return f"Set it with the end user: `switchboard end-users set {partner} {user} max_calls=…`."
