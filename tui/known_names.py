"""Names that the switchboard knows: lines are completed to them, and told of what has no such name."""

from collections.abc import Awaitable, Callable, Iterable

from textual.suggester import Suggester

from protos import codes_pb2, operators_pb2
from tui.link import Link, LinkError

MOST = 200
Ask = Callable[[str], Awaitable[Iterable[str]]]
"""Asks for names with a text in them, MOST at most. Raises LinkError."""


class KnownNames(Suggester):
    """Completes a name, whatever its case, to the first that the switchboard knows; `what` says what has such names,
    "": new ones may be given."""

    def __init__(self, what: str, ask: Ask) -> None:
        super().__init__(use_cache=False, case_sensitive=False)
        self._what, self._ask = what, ask
        self._heard: dict[str, list[str]] = {}

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first name that begins so, None where none does or nobody answers."""
        try:
            names = await self._named(value)
        except LinkError:
            return None
        return next((name for name in names if name.casefold().startswith(value)), None)

    async def wrong(self, value: str, *, begun: bool) -> str:
        """Return why there is no such name, "" where there is, or may be; `begun`: it is being typed yet.

        Raises LinkError.
        """
        if not self._what:
            return ""
        text = value.casefold()
        names = [name.casefold() for name in await self._named(text)]
        if text in names or len(names) >= MOST or (begun and any(name.startswith(text) for name in names)):
            return ""
        return f"there is no {self._what} {value!r}"

    async def _named(self, text: str) -> list[str]:
        if text not in self._heard:
            self._heard[text] = sorted(await self._ask(text))
        return self._heard[text]


def partners(link: Link, what: str) -> KnownNames:
    """Names of partners."""

    async def ask(text: str) -> Iterable[str]:
        page = operators_pb2.PageRequest(filter=text, limit=MOST)
        reply = await link.ask(lambda services: services.partners.List, page)
        return [one.partner.id for one in reply.partners]

    return KnownNames(what, ask)


def trunks(link: Link) -> KnownNames:
    """Names of trunks, of both directions."""

    async def ask(text: str) -> Iterable[str]:
        page = operators_pb2.PageRequest(filter=text, limit=MOST)
        reply = await link.ask(lambda services: services.trunks.List, page)
        return [one.id for one in reply.trunks]

    return KnownNames("trunk", ask)


def products(link: Link) -> KnownNames:
    """Products that incoming trunks sell; another one may be given."""

    async def ask(_text: str) -> Iterable[str]:
        page = operators_pb2.PageRequest(limit=MOST)
        reply = await link.ask(lambda services: services.trunks.List, page)
        return [one.options.get("product", "") for one in reply.trunks]

    return KnownNames("", ask)


def destinations(link: Link) -> KnownNames:
    """Names of destinations of the reference book."""

    async def ask(text: str) -> Iterable[str]:
        query = codes_pb2.BookQuery(filter=text, limit=MOST)
        reply = await link.ask(lambda services: services.book.List, query)
        return [one.destination for one in reply.codes]

    return KnownNames("destination", ask)


def policies(link: Link, what: str = "policy") -> KnownNames:
    """Names of policies; `what` "": another one may be given."""

    async def ask(text: str) -> Iterable[str]:
        page = operators_pb2.PageRequest(filter=text, limit=MOST)
        reply = await link.ask(lambda services: services.policies.List, page)
        return [one.name for one in reply.policies]

    return KnownNames(what, ask)


def ready_policies(link: Link) -> KnownNames:
    """Names of ready policies."""

    async def ask(_text: str) -> Iterable[str]:
        reply = await link.ask(lambda services: services.policies.Library, operators_pb2.Empty())
        return [one.name for one in reply.policies]

    return KnownNames("ready policy", ask)


def profiles(link: Link, *, negated: bool = False) -> KnownNames:
    """Names of parts of the week; `negated`: what is outside of one may be named, too."""

    async def ask(_text: str) -> Iterable[str]:
        reply = await link.ask(lambda services: services.policies.Profiles, operators_pb2.Empty())
        names = [one.name for one in reply.profiles]
        return names + [f"not {name}" for name in names] * negated

    return KnownNames("part of the week", ask)
