"""Which product a client's call is of: that of the trunk by which it came, as the trunk is now."""

from domain.directory import Direction, Directory
from domain.ids import PartnerId, TrunkId


def products_of(directory: Directory) -> dict[TrunkId, str]:
    """Return the product of each incoming trunk ("": none) of clients of whom some trunk sells one.

    Calls of all other clients are of none, and need not be told apart.
    """
    incoming = [trunk for trunk in directory.trunks.values() if trunk.direction is Direction.IN]
    selling = {trunk.partner for trunk in incoming if trunk.options.product}
    return {trunk.id: trunk.options.product for trunk in incoming if trunk.partner in selling}


def products_by_client(directory: Directory) -> dict[PartnerId, frozenset[str]]:
    """Return the products of clients that sell some, "" among them where a trunk sells none."""
    found: dict[PartnerId, set[str]] = {}
    for trunk, product in products_of(directory).items():
        found.setdefault(directory.trunks[trunk].partner, set()).add(product)
    return {client: frozenset(products) for client, products in found.items()}
