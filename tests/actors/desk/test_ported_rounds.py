"""A server of moved numbers that does not answer is an alarm, by what nodes count."""

from dataclasses import replace

import pytest

from actors.desk.core import Desk
from actors.desk.ported_rounds import LASTS_S, PortedRounds
from actors.home import Home
from actors.pulse import Pulse
from domain.portability import PortedSource, Silent, SourceKind
from domain.settings import NodeSettings, Settings

LNP = PortedSource("lnp", SourceKind.ENUM, server="192.0.2.53:53")


class House:
    """A desk with one node, whose counts are what a test says."""

    def __init__(self, desk: Desk) -> None:
        desk.home = Home(desk.home.data, Settings(node=(NodeSettings(name="node-0"),)))
        self.now_s, self.alarms, self.figures = 1_000.0, dict[str, str](), dict[str, float]()
        self.rounds = PortedRounds(desk, self._pulse, self._alarm, lambda: self.now_s)

    async def after(self, seconds: float = 5, **counts: int) -> str:
        """Return the alarm after some time in which so many questions were asked, failed, or were not asked."""
        self.now_s += seconds
        for name, count in counts.items():
            key = f"ported.lnp.{name.replace('_', '-')}"
            self.figures[key] = self.figures.get(key, 0) + count
        await self.rounds.look()
        return self.alarms.get("ported lnp", "")

    def _pulse(self, name: str) -> Pulse:
        return Pulse(name, "node", 1, 0, 0.0, 0, dict(self.figures))

    def _alarm(self, key: str, text: str, severity: str) -> None:
        self.alarms[key] = text


@pytest.fixture
async def house(desk: Desk) -> House:
    await desk.change(lambda catalog, at_ms: catalog.ported.add(LNP, who="ada", at_ms=at_ms))
    return House(desk)


async def test_failures_are_an_alarm_until_a_while_without_any(house: House) -> None:
    assert await house.after(asked=500, failed=500) == "", "of what was before nobody knows when"
    assert await house.after() == ""
    assert "192.0.2.53:53 does not answer: its numbers go and are charged as dialled" in await house.after(
        asked=3, failed=3
    )
    assert await house.after(LASTS_S - 10, asked=100)
    assert await house.after(LASTS_S, asked=100) == ""
    assert await house.after(not_asked=1), "it is left alone after failures: such calls count, too"


async def test_a_lost_datagram_among_many_is_none(house: House) -> None:
    await house.after()
    assert await house.after(asked=500, failed=4) == ""
    assert await house.after(asked=500, failed=5)


async def test_a_node_that_began_anew_counts_from_nothing(house: House) -> None:
    await house.after(asked=500, failed=100)
    house.figures = {"ported.lnp.asked": 10.0, "ported.lnp.failed": 10.0}
    assert await house.after()


async def test_where_calls_wait_for_it_that_is_said_and_who_is_removed_has_no_alarm(desk: Desk, house: House) -> None:
    waits = replace(LNP, silent=Silent.REFUSE)
    await desk.change(lambda catalog, at_ms: catalog.ported.change("lnp", lambda *_: waits, who="ada", at_ms=at_ms))
    await house.after()
    assert "calls to its numbers are refused, legs wait" in await house.after(asked=1, failed=1)
    await desk.change(lambda catalog, at_ms: catalog.ported.remove("lnp", who="ada", at_ms=at_ms))
    assert await house.after() == ""
