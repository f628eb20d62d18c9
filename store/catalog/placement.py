"""Orders about placement, kept as one fact of the house."""

from domain.placement import Orders
from store.catalog.engine import Sessions
from store.placement_file import orders_of, orders_text
from store.tables import HouseRecord

NAME = "placement"


class PlacementOrders:
    """What operators ordered: pins of partners, machines of shards."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def get(self) -> Orders:
        """Return the orders; none at first."""
        with self._sessions.reading() as session:
            house = session.get(HouseRecord, NAME)
        return Orders() if house is None else orders_of(house.value)

    def put(self, orders: Orders) -> None:
        """Put orders in the place of older ones; those of an earlier epoch change nothing."""
        with self._sessions.writing() as session:
            house = session.get(HouseRecord, NAME)
            if house is None or orders_of(house.value).epoch < orders.epoch:
                session.merge(HouseRecord(name=NAME, value=orders_text(orders).decode()))
