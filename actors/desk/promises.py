"""The desk's part in promises to clients: which were broken is written and told, and what no vendor keeps."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from ray.exceptions import RayError

from actors.desk.core import Desk
from actors.refs import QUALITY, UnavailableError, handle
from domain.sla.breaches import Breach, Promised
from domain.sla.report import Whose
from domain.sla.unmet import UnmetCount
from store.catalog import Catalog
from store.catalog.mail import Draft
from store.mail_texts import Told, mail_text, moment

EVERY_S = 2.0
ANSWER_S = 10.0
LASTS_MS = 300_000
"""A promise that no vendor keeps is an alarm as long as calls met that lately, business time."""
MOST_NAMED = 3
MOST_ALARMS = 20
"""Breaches that are alarms of their own; of more there is one for all others."""
MORE, UNMET = "sla more", "sla unmet"
MAIL = "sla-broken"


class PromiseRounds:
    """Takes breaches from quality-0 into the catalog, with an alarm and mail for each, and counts from all nodes.

    Invariants: of one client, product and destination one breach at most lasts, and it is mailed once; a node's counts
    are written as they stand, so that none counts twice, whoever is asked again.
    """

    def __init__(self, desk: Desk, alarm: Callable[[str, str, str], None]) -> None:
        self._desk, self._alarm = desk, alarm
        self._standing: dict[Whose, Breach] | None = None
        self._taken = 0
        """The last look of quality-0 whose breaches are written."""
        self._alarmed: set[str] = set()
        self._heard: dict[str, tuple[str, int]] = {}
        self._met: dict[Whose, int] = {}
        """When a call was last met for which no vendor keeps the promise."""

    async def keep(self) -> None:
        """Do one round; that somebody is away is an alarm already, and what he knows waits there."""
        await asyncio.gather(*(self._of_node(node.name) for node in self._desk.home.settings.node))
        self._say_unmet()
        with suppress(UnavailableError):
            await self.round()

    async def round(self) -> None:
        """Write what broke or is over. Raises UnavailableError where quality-0 does not answer."""
        if self._standing is None:
            found = await self._desk.read(lambda catalog: catalog.promises.standing())
            self._standing = {one.whose: one for one in found}
        look, changes = await self._ask("promise_changes", list(self._standing.values()), self._taken)
        for breach in changes:
            written = await self._desk.write(partial(self._enter, breach))
            self._standing.pop(breach.whose, None)
            if written.until_ms is None:
                self._standing[breach.whose] = written
        self._taken = look
        self._say()

    async def promised(self, client: str, limit: int, offset: int) -> tuple[list[Promised], int]:
        """Return a page of what is promised now. Raises UnavailableError."""
        found: tuple[list[Promised], int] = await self._ask("promised", client or None, limit, offset)
        return found

    def standing(self, whose: Whose) -> Breach | None:
        """Return the breach that lasts."""
        return (self._standing or {}).get(whose)

    def _enter(self, breach: Breach, catalog: Catalog) -> Breach:
        written = catalog.promises.write(breach)
        if written.until_ms is None:
            for draft in self._drafts(written):
                catalog.mail.add(draft, at_ms=self._desk.now_ms())
        return written

    def _drafts(self, breach: Breach) -> list[Draft]:
        told = Told(at=moment(breach.since_ms), partner=breach.whose.client, text=self._words(breach))
        addresses = self._desk.home.settings.mail.notify
        if not addresses:
            return []
        subject, body = mail_text(self._desk.home.data, MAIL, told)
        return [
            Draft(f"sla {breach.number} {address}", MAIL, address, subject, body, breach.whose.client)
            for address in dict.fromkeys(addresses)
        ]

    def _say(self) -> None:
        """Keep an alarm for each breach that lasts, and one for all beyond MOST_ALARMS."""
        lasting = sorted((self._standing or {}).values(), key=lambda one: one.number)
        named = {_key(one.whose): self._words(one) for one in lasting[:MOST_ALARMS]}
        for key in self._alarmed - named.keys():
            self._alarm(key, "", "error")
        for key, text in named.items():
            self._alarm(key, text, "error")
        self._alarmed = set(named)
        more = len(lasting) - len(named)
        self._alarm(MORE, f"{more} more promises are broken: `switchboard sla breaches`" if more > 0 else "", "error")

    def _words(self, breach: Breach) -> str:
        return (
            f"{self._whose(breach.whose)} is promised {breach.promise}: {breach.why} since {moment(breach.bucket_ms)}"
        )

    def _whose(self, whose: Whose) -> str:
        product = f", product {whose.product}" if whose.product else ""
        return f"{whose.client} to {self._desk.name_of(whose.destination) or whose.destination}{product}"

    async def _of_node(self, name: str) -> None:
        process, after = self._heard.get(name, ("", 0))
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await handle(name).unmet.remote(process, after)
        except (RayError, ValueError, TimeoutError):
            return
        process, version, counts = answer
        if counts:
            await self._desk.write(lambda catalog: catalog.promises.count_unmet(process, counts))
            self._meet(counts)
        self._heard[name] = process, version

    def _meet(self, counts: Sequence[UnmetCount]) -> None:
        now_ms = self._desk.now_ms()
        lately = (one.whose for one in counts if one.slot_ms > now_ms - LASTS_MS - 900_000)
        self._met |= dict.fromkeys(lately, now_ms)

    def _say_unmet(self) -> None:
        since_ms = self._desk.now_ms() - LASTS_MS
        self._met = {whose: at_ms for whose, at_ms in self._met.items() if at_ms >= since_ms}
        named = ", ".join(self._whose(whose) for whose in sorted(self._met)[:MOST_NAMED])
        more = f" and {len(self._met) - MOST_NAMED} more" if len(self._met) > MOST_NAMED else ""
        text = f"no vendor keeps what is promised for calls of {named}{more}: `switchboard sla report`"
        self._alarm(UNMET, text if self._met else "", "warning")

    async def _ask(self, method: str, *args: object) -> Any:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await getattr(handle(QUALITY), method).remote(*args)
        except (RayError, ValueError, TimeoutError) as error:
            raise UnavailableError(f"{QUALITY} does not answer: it counts what clients get") from error


def _key(whose: Whose) -> str:
    product = f" {whose.product}" if whose.product else ""
    return f"sla {whose.client}{product} {whose.destination}"
