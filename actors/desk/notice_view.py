"""What rounds of notices look at, read again only where the audit trail names what it may depend on."""

from collections.abc import Mapping, Sequence

from actors.desk.core import Desk
from actors.desk.notice_making import Making
from store.catalog.notice_standing import Key, NoticeMark, Standing
from store.catalog.notice_steps import NOUN
from store.catalog.rate_clients import RateClient

NOTHING = Standing()
_APART = frozenset((NOUN, "sheet"))
"""Whatever else is named, clients may be others."""
_SOME = 500
"""Where more notices or partners at once are named, all are read."""


class View:
    """Clients with their plans, and how they stand with notices.

    Invariant: all is as it was after change `seen` of the trail or later. A notice that changes is of one partner, and
    so are those that change with it; clients change with anything that is neither a notice nor a sheet.
    """

    def __init__(self, desk: Desk, making: Making) -> None:
        self._desk, self._making = desk, making
        self.seen = -1
        self.clients: Sequence[RateClient] = ()
        self._standing: dict[Key, Standing] = {}
        self._begun: Mapping[Key, int] = {}

    async def named(self) -> frozenset[str]:
        """Return what the trail names that was not looked at yet, of what notices depend on; nothing is read for it."""
        last, named = await self._desk.read(lambda catalog: catalog.rate_clients.named_since(self.seen))
        if not named and self.seen >= 0:
            self.seen = last
        return frozenset(named)

    async def look(self) -> bool:
        """Read what may have changed; say whether anything did."""
        last, named = await self._desk.read(lambda catalog: catalog.rate_clients.named_since(self.seen))
        first, notices = self.seen < 0, [int(key) for key in named.get(NOUN, ())]
        whole, partners = first or len(notices) > _SOME, set[str]()
        if notices and not whole:
            partners |= await self._desk.read(lambda catalog: catalog.rate_notices.partners_of(notices))
        if (
            whole
            or named.keys() - _APART
            or await self._desk.read(lambda catalog: catalog.rate_clients.knows_by(notices))
        ):
            partners |= await self._look_at_clients()
        if whole or partners:
            await self._look_at_notices(None if whole or len(partners) > _SOME else partners)
        self.seen = last
        return bool(named)

    def of(self, client: RateClient) -> Standing:
        """Say how a client stands with notices of its plan."""
        return self._standing.get((client.partner, client.plan), NOTHING)

    def queued(self) -> list[NoticeMark]:
        """Return the notices of rates that wait, in their order."""
        found = [one.queued for one in self._standing.values() if one.queued is not None]
        return sorted(found, key=lambda one: one.id)

    async def _look_at_clients(self) -> set[str]:
        """Read clients, and write down who was given which plan; return those for whom that is another than before."""
        await self._making.look_who()
        self.clients = await self._desk.read(lambda catalog: catalog.rate_clients.list())
        before, self._begun = self._begun, await self._desk.read(lambda catalog: catalog.rate_clients.begun())
        return {key[0] for key in before.keys() | self._begun.keys() if before.get(key) != self._begun.get(key)}

    async def _look_at_notices(self, partners: set[str] | None) -> None:
        found = await self._desk.read(lambda catalog: catalog.rate_notices.standing(partners))
        kept = {} if partners is None else {key: one for key, one in self._standing.items() if key[0] not in partners}
        self._standing = kept | found
